"""What a caller asks of its destinations beside a job's: the defaults, and a webhook to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spillway.destinations import parsing
from spillway.destinations.destination import Destination
from spillway.errors import Fault
from spillway.fields import invalid, read_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.destinations.allowed import Allowed

_LIST = "destinations"


def read_defaults(
    body: bytes, *, tenant: str, allowed: Allowed, loopback: bool
) -> tuple[Destination, ...]:
    """The destinations in the body of a tenant's `PUT /v1/destinations`; none are a choice, too.

    Raises:
        BadRequest: it is not JSON.
        Unprocessable: it is, and is not a valid request; `faults` name each field.
        Forbidden: it is valid, and names a destination that is not allowed.

    """
    request, faults = read_object(body, (_LIST,))
    if _LIST not in request:
        faults.append(Fault(f"{_LIST}: expected an array, got nothing", f"/{_LIST}"))
    given = {name: request[name] for name in request if name == _LIST}
    named = parsing.parse(given, faults, loopback=loopback)
    if faults or named is None:
        raise invalid(faults)
    allowed.check(named, tenant=tenant)
    return named


def defaults_document(held: Sequence[Destination]) -> dict[str, Any]:
    """The document of `GET` and `PUT /v1/destinations`."""
    return {_LIST: [destination.document() for destination in held]}


def read_webhook(body: bytes, *, loopback: bool) -> Destination:
    """The webhook in the body of `POST /v1/webhooks/test`.

    Raises:
        BadRequest: it is not JSON.
        Unprocessable: it is, and is not a valid request; `faults` name each field.

    """
    request, faults = read_object(body, ("url",))
    url = parsing.address(request, "webhook", "", faults, loopback=loopback)
    if faults or url is None:
        raise invalid(faults)
    return Destination("webhook", url)
