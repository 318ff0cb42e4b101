"""Jobs' payloads: in their messages, or fetched from the input bucket within bounds."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from spillway.errors import InvalidPayload, ObjectMissing, PredictionFailed, Unavailable
from spillway.intake import OBJECT_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from spillway.strict_json import Json
    from worker.held import Held
    from worker.ports import Objects

FETCHES = 4
"""Payloads fetched side by side."""
FETCHED_BYTES = OBJECT_BYTES
"""As long as so much lies in memory, no more is fetched: with what is under way, five times that
at the very most, and a few MB with payloads of the usual size."""


class Payloads:
    """What the jobs in hand are about."""

    def __init__(self, inputs: Objects) -> None:
        self._inputs = inputs
        self._turns = asyncio.Semaphore(FETCHES)
        self._bytes = 0
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def of(self, held: Held) -> AsyncIterator[Json]:
        """The job's payload; the block is left when it is needed no more.

        Raises:
            InvalidPayload: it is not there, not JSON or too long.
            PredictionFailed: it could not be fetched.

        """
        uri = held.message.payload_uri
        if uri is None:
            yield held.message.payload
            return
        text = await self._fetch(uri)
        size = len(text)
        self._bytes += size
        try:
            yield _parsed(text)
        finally:
            self._bytes -= size
            self._freed.set()

    async def _fetch(self, uri: str) -> bytes:
        key = self._inputs.key(uri)
        if key is None:
            raise InvalidPayload(f"payloadUri: {uri} is not in the input bucket")
        try:
            async with self._turns:
                while self._bytes >= FETCHED_BYTES:
                    self._freed.clear()
                    await self._freed.wait()
                return await self._inputs.get(key, most_bytes=OBJECT_BYTES)
        except Unavailable as error:
            raise PredictionFailed(f"the payload could not be fetched: {error}") from None
        except ObjectMissing:
            raise InvalidPayload(f"payloadUri: nothing lies at {uri}") from None
        except ValueError as error:
            raise InvalidPayload(f"payloadUri: {error}") from None


def _parsed(text: bytes) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidPayload(f"payloadUri: not JSON: {error}") from None
