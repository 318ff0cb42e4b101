"""Who calls: an API key here, a signature in `spillway.aws.sigv4`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from spillway.identity import tenant_of_api_key

if TYPE_CHECKING:
    from collections.abc import Mapping


class Auth(Protocol):
    """What proves to the API who calls."""

    def headers(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Mapping[str, str]:
        """The headers to add to this request, made anew for each attempt."""
        ...


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A tenant's key, `<tenant>.<secret>`; never shown. Raises ValueError for what is none."""

    value: str = field(repr=False)

    def __post_init__(self) -> None:
        """Check the form: what was cut short, or pasted with a blank, is best told here."""
        is_a_header = self.value.isascii() and self.value.isprintable()
        if tenant_of_api_key(self.value) is None or not is_a_header:
            raise ValueError("key: expected <tenant>.<secret>")

    def headers(
        self,
        method: str,  # noqa: ARG002
        url: str,  # noqa: ARG002
        headers: Mapping[str, str],  # noqa: ARG002
        body: bytes | None,  # noqa: ARG002
    ) -> Mapping[str, str]:
        """The key itself, whatever is asked."""
        return {"x-api-key": self.value}
