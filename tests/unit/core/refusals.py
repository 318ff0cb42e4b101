"""Whether something is refused, for property tests that allow both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spillway.errors import SpillwayError

if TYPE_CHECKING:
    from collections.abc import Callable


def refusal[E: SpillwayError](kind: type[E], call: Callable[[], Any]) -> E | None:
    """The error of this kind that the call raised, None if it raised none."""
    try:
        call()
    except kind as error:
        return error
    return None
