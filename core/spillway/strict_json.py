"""JSON from strangers: read strictly, or refused with the reason."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from spillway.errors import BadRequest, Fault, Unprocessable

type Json = Any
"""What json.loads gives: None, bool, int, float, str, list or dict."""

MAX_DEPTH = 100
"""Levels of nesting. Every part that reads the payload again must be able to."""

compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
"""A value as text without blanks. Made once: `json.dumps` makes an encoder for each call that is
not a plain one."""

_KINDS = {dict: "an object", list: "an array", str: "text", bool: "a boolean",
          int: "a number", float: "a number", type(None): "null"}  # fmt: skip


def read(body: bytes) -> Json:
    """Parse a body as RFC 8259 has it: UTF-8, no NaN, no lone surrogates, no endless nesting.

    Raises:
        BadRequest: it is not JSON.
        Unprocessable: it is, and nested too deeply, or holds what can't be stored.

    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except RecursionError:
        raise _too_deep() from None
    except (UnicodeDecodeError, json.JSONDecodeError, _NoNumber) as error:
        raise BadRequest("not-json", f"the body is not JSON: {error}") from None
    except ValueError:
        # Python reads whole numbers of up to 4,300 digits: a longer one takes quadratic time.
        raise _unstorable("the body has a whole number with too many digits") from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise _too_deep()
    _check_storable(value)
    return value


def json_text(value: Json) -> str:
    """The value as compact JSON that SQS, too, takes as it is.

    SQS refuses U+FFFE and U+FFFF (as XML 1.0 does), which JSON lets stand unescaped.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def kind_of(value: Json) -> str:
    """What a value is called in an error."""
    return _KINDS[type(value)]


class _NoNumber(ValueError):
    """NaN or Infinity, which Python's parser would let pass."""


def _refuse(constant: str) -> NoReturn:
    raise _NoNumber(f"{constant} is no JSON number")


def _check_storable(value: Json) -> None:
    """Printing finds in C what a walk would find slowly: 1e999 and lone surrogates."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except UnicodeEncodeError:
        detail = "the body has a lone surrogate (\\ud800 to \\udfff), which is no character"
    except ValueError:
        detail = "the body has a number that is too large for a double"
    else:
        return
    raise _unstorable(detail)


def _is_deeper(value: Json, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [child for parent in layer for child in _children(parent)]
        if not layer:
            return False
    return any(isinstance(item, dict | list) for item in layer)


def _children(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _too_deep() -> Unprocessable:
    return _unstorable(f"the body is nested more than {MAX_DEPTH} levels deep")


def _unstorable(detail: str) -> Unprocessable:
    return Unprocessable("invalid-request", detail, faults=[Fault(detail, "")])
