"""Whose requests these are, as botocore finds it out: a task's role, an instance's, a user's."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from spillway.aws.light.environment import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.credentials import Credentials as Source

CHECK_S = 60.0
"""Between questions whether there are newer ones. A role's keys expire after hours, and botocore
fetches new ones from 15 minutes before that."""


class Keys:
    """The credentials as they are now. What botocore does about them may block: it does elsewhere.

    `source` is what a boto3 session's `get_credentials` gives.
    """

    def __init__(self, source: Source, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._turn = asyncio.Lock()
        self._held: Credentials | None = None
        self._checked_s = 0.0

    async def current(self) -> Credentials:
        """Return a pair that is good for some minutes at least.

        Raises:
            CredentialRetrievalError: there are none, or none that are not about to expire.

        """
        if (held := self._fresh) is not None:
            return held
        async with self._turn:
            return self._fresh or await self._ask()

    @property
    def _fresh(self) -> Credentials | None:
        return self._held if self._clock() - self._checked_s < CHECK_S else None

    async def _ask(self) -> Credentials:
        now_s = self._clock()
        frozen = await asyncio.to_thread(self._source.get_frozen_credentials)
        asked = Credentials(frozen.access_key or "", frozen.secret_key or "", frozen.token)
        if asked != self._held:  # signers go by identity
            self._held = asked
        self._checked_s = now_s
        return self._held or asked
