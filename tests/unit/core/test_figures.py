"""Decisions in a table that others write to meanwhile."""

from __future__ import annotations

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from spillway.aws.figures import DynamoFigures
from spillway.errors import Unavailable
from spillway.live import Decision

DECISION = Decision(at_ms=1_700_000_000_000, before=0, after=1, reason="1 job")


class Contended:
    """A DynamoDB in which another decision always comes first, `until` so many were tried."""

    def __init__(self, *, until: int) -> None:
        self.until = until
        self.tried: list[dict[str, Any]] = []

    def get_item(self, **asked: Any) -> dict[str, Any]:
        assert asked["ConsistentRead"]
        return {}

    def update_item(self, **update: Any) -> None:
        self.tried.append(update)
        if len(self.tried) < self.until:
            refused: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}
            raise ClientError(refused, "UpdateItem")


def test_a_decision_is_tried_again_with_what_the_other_left() -> None:
    dynamodb = Contended(until=3)

    DynamoFigures(cast("Any", dynamodb), "jobs").decided("default", DECISION)

    assert len(dynamodb.tried) == 3


def test_a_decision_that_others_always_overtake_is_given_up() -> None:
    figures = DynamoFigures(cast("Any", Contended(until=99)), "jobs")

    with pytest.raises(Unavailable, match="others changed the decisions each time"):
        figures.decided("default", DECISION)
