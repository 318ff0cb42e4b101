"""DynamoDB's items, read and written by the key `pk`; conditions are evaluated, not waved by."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks.worker.endpoint.conditions import condition
from benchmarks.worker.endpoint.scope import Item, Scope
from benchmarks.worker.endpoint.service import Document, Fault
from benchmarks.worker.endpoint.updates import update

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class DynamoDb:
    """Tables by their names, each made when it is first written to."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Item]] = defaultdict(dict)
        self.refused = 0
        self._operations: Mapping[str, Callable[[Document], Document]] = {
            "GetItem": self._get,
            "BatchGetItem": self._batch_get,
            "PutItem": self._put,
            "UpdateItem": self._update,
            "DeleteItem": self._delete,
        }

    def clear(self) -> None:
        """Forget every item."""
        self.tables.clear()
        self.refused = 0

    async def call(self, operation: str, asked: Document) -> Document:
        """Carry out an operation."""
        if operation not in self._operations:
            raise Fault("UnknownOperationException", operation)
        return self._operations[operation](asked)

    def _get(self, asked: Document) -> Document:
        item = self.tables[asked["TableName"]].get(_key(asked["Key"]))
        return {} if item is None else {"Item": item}

    def _batch_get(self, asked: Document) -> Document:
        wanted = asked["RequestItems"]
        if sum(len(keys["Keys"]) for keys in wanted.values()) > 100:
            raise Fault("ValidationException", "more than 100 keys")
        return {
            "Responses": {
                name: [
                    item
                    for key in keys["Keys"]
                    if (item := self.tables[name].get(_key(key))) is not None
                ]
                for name, keys in wanted.items()
            },
            "UnprocessedKeys": {},
        }

    def _put(self, asked: Document) -> Document:
        self._check(asked, _key(asked["Item"]))
        self.tables[asked["TableName"]][_key(asked["Item"])] = asked["Item"]
        return {}

    def _delete(self, asked: Document) -> Document:
        self._check(asked, _key(asked["Key"]))
        self.tables[asked["TableName"]].pop(_key(asked["Key"]), None)
        return {}

    def _update(self, asked: Document) -> Document:
        key = _key(asked["Key"])
        old = self._check(asked, key)
        new: Item = {**old.item, **asked["Key"]}
        for change in update(asked["UpdateExpression"]):
            change(old, new)
        self.tables[asked["TableName"]][key] = new
        match asked.get("ReturnValues", "NONE"):
            case "NONE":
                return {}
            case "ALL_NEW":
                return {"Attributes": new}
            case "ALL_OLD":
                return {"Attributes": old.item}
        raise Fault("ValidationException", "ReturnValues")

    def _check(self, asked: Document, key: str) -> Scope:
        """The item as it is, or `Fault` where it does not meet the request's condition."""
        scope = Scope(
            self.tables[asked["TableName"]].get(key, {}),
            asked.get("ExpressionAttributeNames", {}),
            asked.get("ExpressionAttributeValues", {}),
        )
        text = asked.get("ConditionExpression")
        if text is not None and not condition(text)(scope):
            self.refused += 1
            wants_item = asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            item = {"Item": scope.item} if wants_item and scope.item else {}
            raise Fault("ConditionalCheckFailedException", "The conditional request failed", **item)
        return scope


def _key(item: Item) -> str:
    key: str = item["pk"]["S"]
    return key
