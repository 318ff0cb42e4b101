"""Destinations as callers write them (destination.py has the forms), every fault with its pointer.

`POST /v1/jobs` takes `destination` or `destinations`, `PUT /v1/destinations` the latter: both are
read by `parse`. `POST /v1/webhooks/test` takes one `url`, which is read by `address`. Whether the
operator allows a destination is asked afterwards, of `Allowed.check`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from spillway.destinations import webhook_url
from spillway.destinations.destination import ADDRESSES, FIELDS, Destination
from spillway.errors import Fault
from spillway.event import ENDS, JOB_EVENTS, EventType
from spillway.fields import told, unknown
from spillway.strict_json import Json, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.destinations.destination import Format, Kind

MOST = 5
FORMATS = ("cloudevents", "sagemaker")
PREFIX_BYTES = 900
"""S3's keys have 1,024 bytes: what is left holds a job's id and what is told of it."""

_OF_AWS = "arn:aws(?:-[a-z]+){0,2}"
_PLACE = "[a-z]{2,4}(?:-[a-z]+){1,2}-[0-9]{1,2}:[0-9]{12}"
"""A region and an account."""
_ARNS: Mapping[Kind, re.Pattern[str]] = {
    "sns": re.compile(rf"{_OF_AWS}:sns:{_PLACE}:(?=.{{1,256}}$)[A-Za-z0-9_-]+(?:\.fifo)?"),
    "sqs": re.compile(rf"{_OF_AWS}:sqs:{_PLACE}:(?=.{{1,80}}$)[A-Za-z0-9_-]+(?:\.fifo)?"),
    "eventbridge": re.compile(rf"{_OF_AWS}:events:{_PLACE}:event-bus/[A-Za-z0-9._-]{{1,256}}"),
}
"""The names are those that CreateTopic, CreateQueue and CreateEventBus take; a FIFO's length counts
its suffix."""
_EXAMPLES: Mapping[Kind, str] = {
    "sns": "arn:aws:sns:us-east-1:123456789012:topic",
    "sqs": "arn:aws:sqs:us-east-1:123456789012:queue",
    "eventbridge": "arn:aws:events:us-east-1:123456789012:event-bus/bus",
}
_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<prefix>.*)")
_DOTTED_QUAD = re.compile(r"[0-9]+(?:\.[0-9]+){3}")


def parse(
    request: Mapping[str, Any], faults: list[Fault], *, loopback: bool
) -> tuple[Destination, ...] | None:
    """The destinations that a request names, None where it names none; adds to `faults`.

    An empty list is a choice, too: to be told nowhere. `loopback`: see webhook_url.py.
    """
    if all(name in request for name in FIELDS):
        detail = "destination: expected either destination or destinations, got both"
        faults.append(Fault(detail, "/destination"))
        return None
    if "destination" in request:
        named = {"/destination": request["destination"]}
    elif "destinations" in request:
        named = _listed(request["destinations"], faults)
    else:
        return None
    read = {at: _read(value, at, faults, loopback=loopback) for at, value in named.items()}
    found = {at: destination for at, destination in read.items() if destination is not None}
    faults += _repeated(found)
    return tuple(found.values())


def address(
    document: Mapping[str, Any], kind: Kind, at: str, faults: list[Fault], *, loopback: bool
) -> str | None:
    """The address of a destination of this type; adds to `faults` where it is none.

    `at` is the pointer to the document, "" to a whole body.
    """
    name = ADDRESSES[kind]
    value, where = document.get(name), f"{at}/{name}"
    if not isinstance(value, str):
        got = kind_of(value) if name in document else "nothing"
        faults.append(_fault(where, f"expected text, got {got}"))
        return None
    wrong = _wrong_with(kind, value, loopback=loopback)
    if wrong is None:
        return value
    faults.append(_fault(where, wrong))
    return None


def _listed(value: Json, faults: list[Fault]) -> dict[str, Json]:
    at = "/destinations"
    if not isinstance(value, list):
        faults.append(_fault(at, f"expected an array, got {kind_of(value)}"))
        return {}
    if len(value) > MOST:
        faults.append(_fault(at, f"expected at most {MOST}, got {len(value)}"))
        return {}
    return {f"{at}/{place}": entry for place, entry in enumerate(value)}


def _read(value: Json, at: str, faults: list[Fault], *, loopback: bool) -> Destination | None:
    if not isinstance(value, dict):
        faults.append(_fault(at, f"expected an object, got {kind_of(value)}"))
        return None
    if value.get("type") not in tuple(ADDRESSES):
        got = told(value["type"]) if "type" in value else "nothing"
        faults.append(_fault(f"{at}/type", f"expected one of {', '.join(ADDRESSES)}, got {got}"))
        return None
    kind = cast("Kind", value["type"])
    faults += unknown(value, _known(kind), at)
    where = address(value, kind, at, faults, loopback=loopback)
    events = _events(value, f"{at}/events", faults)
    format_ = _format(value, kind, f"{at}/format", faults)
    if format_ == "sagemaker" and EventType.STARTED in events:
        place = f"{at}/events/{events.index(EventType.STARTED)}"
        faults.append(
            _fault(place, "expected no job.started: format sagemaker tells of ends alone")
        )
    return None if where is None else Destination(kind, where, events, format_)


def _known(kind: Kind) -> tuple[str, ...]:
    fields = ("type", ADDRESSES[kind], "events")
    return (*fields, "format") if kind == "sns" else fields


def _events(value: dict[str, Any], at: str, faults: list[Fault]) -> tuple[EventType, ...]:
    if "events" not in value:
        return ENDS
    events = value["events"]
    if not isinstance(events, list) or not 0 < len(events) <= len(JOB_EVENTS):
        got = f"one of {len(events)}" if isinstance(events, list) else kind_of(events)
        detail = f"expected an array of 1 to {len(JOB_EVENTS)} events, got {got}"
        faults.append(_fault(at, detail))
        return ENDS
    wrong = [
        _fault(f"{at}/{place}", f"expected one of {', '.join(JOB_EVENTS)}, got {told(event)}")
        for place, event in enumerate(events)
        if event not in JOB_EVENTS
    ]
    if not wrong and len(set(events)) < len(events):
        wrong = [_fault(at, "expected each event once")]
    faults += wrong
    return ENDS if wrong else tuple(map(EventType, events))


def _format(value: dict[str, Any], kind: Kind, at: str, faults: list[Fault]) -> Format:
    chosen = value.get("format", FORMATS[0])
    if kind == "sns" and chosen not in FORMATS:
        faults.append(_fault(at, f"expected one of {', '.join(FORMATS)}, got {told(chosen)}"))
    return cast("Format", chosen)


def _wrong_with(kind: Kind, text: str, *, loopback: bool) -> str | None:
    if kind == "webhook":
        return webhook_url.fault_of(text, loopback=loopback)
    if kind == "s3":
        return _wrong_with_uri(text)
    if _ARNS[kind].fullmatch(text):
        return None
    return f"expected an ARN such as {_EXAMPLES[kind]}, got {told(text)}"


def _wrong_with_uri(text: str) -> str | None:
    parts = _URI.fullmatch(text)
    if parts is None or ".." in parts["bucket"] or _DOTTED_QUAD.fullmatch(parts["bucket"]):
        return f"expected s3://bucket/ or s3://bucket/prefix/, got {told(text)}"
    prefix = parts["prefix"]
    if not prefix:
        return None
    if not prefix.isprintable() or len(prefix.encode()) > PREFIX_BYTES:
        return f"expected a prefix of up to {PREFIX_BYTES} bytes, without control characters"
    *folders, last = prefix.split("/")
    if last or {"", ".", ".."}.intersection(folders):
        return "expected a prefix that ends with a slash, of folders that have names"
    return None


def _repeated(found: Mapping[str, Destination]) -> list[Fault]:
    first: dict[tuple[str, str], str] = {}
    faults = []
    for at, destination in found.items():
        before = first.setdefault((destination.type, _plain(destination)), at)
        if before != at:
            detail = f"the same as {before[1:]}: name its events there"
            faults.append(_fault(f"{at}/{ADDRESSES[destination.type]}", detail))
    return faults


def _plain(destination: Destination) -> str:
    """The address in one of its spellings: only a URL has several."""
    is_url = destination.type == "webhook"
    return webhook_url.plain(destination.address) if is_url else destination.address


def _fault(at: str, detail: str) -> Fault:
    return Fault(f"{at[1:]}: {detail}", at)
