"""Page tokens: opaque to callers, good only for the list that gave them."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from spillway.errors import BadRequest

MAX_PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 20

_MOST_DIGITS = 9
_CREATED_KEY = re.compile(r"\d{15}#[A-Za-z0-9_-]{1,64}")


def page_size(asked: str | None) -> int:
    """The page size for what was asked: none or 0 gives the default, too many the most there are.

    https://google.aip.dev/158 has a service coerce rather than refuse.
    """
    if asked is None:
        return DEFAULT_PAGE_SIZE
    if not (asked.isascii() and asked.isdigit()):
        raise BadRequest("bad-page-size", f"pageSize: expected a whole number, got {asked[:40]!r}")
    if len(asked) > _MOST_DIGITS:
        return MAX_PAGE_SIZE
    return min(int(asked), MAX_PAGE_SIZE) or DEFAULT_PAGE_SIZE


def token(last_key: str, *, scope: tuple[str, ...]) -> str:
    """The token that continues after `last_key` in the list that `scope` describes."""
    text = json.dumps([last_key, _seal(last_key, scope)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def last_key(asked: str | None, *, scope: tuple[str, ...]) -> str | None:
    """Where the list goes on; None from its start.

    The seal is no secret: it tells a mistake, and no token reaches beyond its tenant's own list.

    Raises:
        BadRequest: the token is not one that this list gave.

    """
    if not asked:
        return None
    try:
        padded = asked.encode("ascii") + b"=" * (-len(asked) % 4)
        key, seal = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError):
        raise _bad() from None
    if not isinstance(key, str) or not _CREATED_KEY.fullmatch(key) or seal != _seal(key, scope):
        raise _bad()
    return key


def _seal(key: str, scope: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join((key, *scope)).encode()).hexdigest()[:16]


def _bad() -> BadRequest:
    return BadRequest("bad-page-token", "pageToken: not a token that this list gave")
