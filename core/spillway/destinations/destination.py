"""Where a caller wants to be told of a job's end, and of which events.

::

    {"type": "webhook",     "url": "https://…"}
    {"type": "sns",         "topicArn": "arn:aws:sns:…", "format": "cloudevents" | "sagemaker"}
    {"type": "sqs",         "queueArn": "arn:aws:sqs:…"}
    {"type": "eventbridge", "eventBusArn": "arn:aws:events:…"}
    {"type": "s3",          "uri": "s3://bucket/prefix/"}

Each may name `events`; without, it is told of every end (`ENDS`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from spillway.event import ENDS, EventType
from spillway.strict_json import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

type Kind = Literal["webhook", "sns", "sqs", "eventbridge", "s3"]
type Format = Literal["cloudevents", "sagemaker"]

ADDRESSES: Mapping[Kind, str] = {
    "webhook": "url",
    "sns": "topicArn",
    "sqs": "queueArn",
    "eventbridge": "eventBusArn",
    "s3": "uri",
}
"""The field that says where, by type."""
FIELDS = ("destination", "destinations")
"""The fields of a job's request that name them: one, or a list."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One place to be told at. `address` is its URL, ARN or `s3://` prefix, by its type."""

    type: Kind
    address: str
    events: tuple[EventType, ...] = ENDS
    format: Format = "cloudevents"

    @property
    def arn(self) -> str | None:
        """What an operator's patterns are held against; None for a webhook."""
        if self.type == "s3":
            return f"arn:aws:s3:::{self.address.removeprefix('s3://')}"
        return None if self.type == "webhook" else self.address

    def document(self) -> dict[str, Any]:
        """As its caller wrote it; what is left to its default is left out."""
        document: dict[str, Any] = {"type": self.type, ADDRESSES[self.type]: self.address}
        if self.events != ENDS:
            document["events"] = [event.value for event in self.events]
        if self.format != "cloudevents":
            document["format"] = self.format
        return document


def to_text(destinations: Iterable[Destination]) -> str:
    """The JSON text by which a job, or a tenant's default, is stored."""
    return compact([destination.document() for destination in destinations])


def from_text(text: str) -> tuple[Destination, ...]:
    """The destinations that were stored."""
    return tuple(map(from_document, json.loads(text)))


def from_document(document: Mapping[str, Any]) -> Destination:
    """One that was checked when it was taken (parsing.py)."""
    kind = cast("Kind", document["type"])
    return Destination(
        kind,
        document[ADDRESSES[kind]],
        tuple(map(EventType, document.get("events", ENDS))),
        document.get("format", "cloudevents"),
    )
