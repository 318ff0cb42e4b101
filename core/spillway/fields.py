"""The fields of a JSON object from a stranger, and how what is wrong with them is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spillway.errors import Fault, Unprocessable
from spillway.strict_json import Json, kind_of, read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

MOST_FAULTS = 20
"""Faults that one answer names: a body of 5 MiB could hold half a million of them."""

_SHOWN_LENGTH = 80


def read_object(body: bytes, known: Collection[str]) -> tuple[dict[str, Any], list[Fault]]:
    """Read a body that is to be an object, with a fault for each field that is not known.

    Raises:
        BadRequest: it is not JSON.
        Unprocessable: it is, and is no object.

    """
    value = read(body)
    if not isinstance(value, dict):
        raise invalid([Fault(f"expected an object, got {kind_of(value)}", "")])
    return value, list(unknown(value, known))


def unknown(value: Mapping[str, Any], known: Collection[str], at: str = "") -> Iterable[Fault]:
    """A fault for each field of the object at this pointer that is not known."""
    return (
        Fault(f"unknown field {shown(name)}", at + pointer(name))
        for name in value
        if name not in known
    )


def invalid(faults: list[Fault]) -> Unprocessable:
    """What a request is refused with that has these faults."""
    named = faults[:MOST_FAULTS]
    detail = "; ".join(fault.detail for fault in named)
    if len(faults) > MOST_FAULTS:
        detail += f"; and {len(faults) - MOST_FAULTS} more"
    return Unprocessable("invalid-request", detail, faults=named)


def pointer(*names: str) -> str:
    """The JSON Pointer (RFC 6901) to a member; a name too long to repeat is cut short."""
    names = tuple(map(shown, names))
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def told(value: Json) -> str:
    """What was given, as a fault says it: a text itself, of anything else its kind."""
    return repr(shown(value)) if isinstance(value, str) else kind_of(value)


def shown(text: str) -> str:
    """As much of a text as a fault repeats."""
    return text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "…"
