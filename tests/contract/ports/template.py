"""The tables as template.yaml declares them: the contract holds on those that are deployed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import CreateTableInputTypeDef

TEMPLATE = Path(__file__).parents[3] / "template.yaml"
KEYS = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


class _Loader(yaml.SafeLoader):
    """YAML in which CloudFormation's short forms (`!Ref`, `!Sub`) stand for nothing."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def jobs_table(name: str) -> CreateTableInputTypeDef:
    """What CreateTable takes: the JobsTable as it is where no parameter changes it."""
    return _table("JobsTable", name)


def deliveries_table(name: str) -> CreateTableInputTypeDef:
    """The same of the DeliveriesTable."""
    return _table("DeliveriesTable", name)


def _table(resource: str, name: str) -> CreateTableInputTypeDef:
    properties = _resources()[resource]["Properties"]
    return {"TableName": name, **{key: _said(properties[key]) for key in KEYS}}  # type: ignore[typeddict-item]


def _said(value: Any) -> Any:
    """The value without what a short form would say."""
    if isinstance(value, dict):
        return {key: _said(item) for key, item in value.items() if item is not None}
    return [_said(item) for item in value] if isinstance(value, list) else value


@cache
def _resources() -> dict[str, Any]:
    template = yaml.load(TEMPLATE.read_text(), _Loader)  # noqa: S506 (it is a SafeLoader)
    resources: dict[str, Any] = template["Resources"]
    return resources
