"""What is put to CloudWatch, told on as it comes: MiniStack's alarms invoke no scaling policy.

The samples are MiniStack's own reading of the request, in whichever of its protocols.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from local import compatibility

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STORE = "services.cloudwatch._store_datum"


class Put(Protocol):
    """Takes one sample; `at_s` is epoch seconds."""

    def __call__(
        self, namespace: str, name: str, dimensions: Mapping[str, str], value: float, at_s: float
    ) -> None:
        """Take it."""


def install(put: Put) -> None:
    """Have each sample told to `put` too, once it is stored. What is aggregated already is not."""
    store = compatibility.name(STORE)

    def store_and_tell(
        namespace: str,
        name: str,
        dimensions: dict[str, str],
        at_s: float,
        unit: str,
        value: Any,  # noqa: ANN401 - MiniStack is untyped
        values: Sequence[Any] | None,
        *aggregated: Any,  # noqa: ANN401
    ) -> None:
        store(namespace, name, dimensions, at_s, unit, value, values, *aggregated)
        for each in (value,) if values is None else values:
            if each is not None:
                put(namespace, name, dimensions, float(each), at_s)

    compatibility.replace(STORE, store_and_tell)
