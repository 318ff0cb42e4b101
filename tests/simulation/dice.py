"""Chance without order: what falls depends on the seed and on what is asked, never on when.

So a fault that is taken out of a run moves no other, and a run is the same wherever it is made.
"""

from __future__ import annotations

import struct
from hashlib import blake2b

_WORDS = struct.Struct("<16I")
_SCALE = 2.0**-32


def fractions(seed: int, *about: object) -> tuple[float, ...]:
    """Sixteen numbers from 0 up to 1."""
    digest = blake2b(repr(about).encode(), key=b"%d" % seed).digest()
    return tuple(map(_SCALE.__mul__, _WORDS.unpack(digest)))
