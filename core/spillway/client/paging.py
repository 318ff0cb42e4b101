"""Lists, fetched page by page as they are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode

from spillway.client.answers import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from spillway.client.api import Api

PAGE_SIZE = 100
"""The most that the API puts on a page."""


class Page[Item](Protocol):
    """A page of a list."""

    @property
    def items(self) -> Sequence[Item]:
        """What is on it."""
        ...

    @property
    def next_token(self) -> str | None:
        """What the next one is asked for with; None where it is the last."""
        ...


def listed[Item](
    api: Api, path: str, of: Callable[[Any], Page[Item]], wanted: Mapping[str, str | None]
) -> Iterator[Item]:
    """All that the list at this path has, as `of` reads its pages; `wanted` narrows it."""
    query = {"pageSize": str(PAGE_SIZE)} | {k: v for k, v in wanted.items() if v}
    while True:
        # A blank as %20: SigV4 signs a `+` as one that is meant.
        page = read(of, api.call("GET", f"{path}?{urlencode(query, quote_via=quote)}"))
        yield from page.items
        if page.next_token is None:
            return
        query["pageToken"] = page.next_token
