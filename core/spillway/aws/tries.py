"""Tries at a batch: botocore retries a call that is refused, not one that is answered in part."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TRIES = 5
_PAUSE_S = 0.05


def tries() -> Iterator[int]:
    """Count tries from 0, with a pause before each further one that doubles: 1.5 s in all."""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(_PAUSE_S * 2**attempt)
        yield attempt
