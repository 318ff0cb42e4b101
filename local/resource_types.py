"""Stand-ins for the resource types that MiniStack refuses, so that the template deploys unchanged.

A stand-in does nothing but keep what the template declared, in `declared`. What is declared for
Application Auto Scaling is done by the scaling engine (`autoscaling`); alarms on metric math and
budgets have no twin here.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local import compatibility
from local.settings import REGION

if TYPE_CHECKING:
    from collections.abc import Callable

type Properties = dict[str, Any]
type Attributes = dict[str, str]
type Identify = Callable[[str, Properties], tuple[str, Attributes]]

ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Declared:
    """One resource as its template gave it, its intrinsics resolved."""

    resource_type: str
    logical_id: str
    stack: str
    physical_id: str
    properties: Properties


class Declarations:
    """All that the stand-ins were asked to make, by physical id."""

    def __init__(self) -> None:
        self._entries: dict[str, Declared] = {}
        self._lock = threading.Lock()

    def put(self, entry: Declared) -> None:
        """Keep a new or changed resource."""
        with self._lock:
            self._entries[entry.physical_id] = entry

    def drop(self, physical_id: str) -> None:
        """Forget a deleted resource."""
        with self._lock:
            self._entries.pop(physical_id, None)

    def of(self, resource_type: str) -> list[Declared]:
        """Return the resources of one type, in the order of their creation."""
        with self._lock:
            return [e for e in self._entries.values() if e.resource_type == resource_type]


def _named(property_name: str) -> Identify:
    """Identify by a property if the template sets it."""
    return lambda made_up, given: (str(given.get(property_name) or made_up), {})


def _with_attribute(prefix: str, attribute: str) -> Identify:
    """Identify by an id made up, which the attribute gives too."""

    def identify(_made_up: str, _given: Properties) -> tuple[str, Attributes]:
        physical_id = f"{prefix}-{uuid.uuid4().hex[:17]}"
        return physical_id, {attribute: physical_id}

    return identify


def _with_arn(service: str, kind: str) -> Identify:
    """Identify by an ARN, as types do whose Ref gives it."""

    def identify(made_up: str, _given: Properties) -> tuple[str, Attributes]:
        arn = f"arn:aws:{service}:{REGION}:{ACCOUNT}:{kind}{made_up}"
        return arn, {"Arn": arn}

    return identify


def _scalable_target(_made_up: str, given: Properties) -> tuple[str, Attributes]:
    parts = (given.get("ResourceId"), given.get("ScalableDimension"), given.get("ServiceNamespace"))
    physical_id = "|".join(str(part) for part in parts)
    return physical_id, {"Id": physical_id}


def _composite_alarm(made_up: str, given: Properties) -> tuple[str, Attributes]:
    name = str(given.get("AlarmName") or made_up)
    return name, {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"}


LACKING: dict[str, Identify] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": _scalable_target,
    "AWS::ApplicationAutoScaling::ScalingPolicy": _with_arn("autoscaling", "scalingPolicy:"),
    "AWS::Budgets::Budget": _named("BudgetName"),
    "AWS::CloudWatch::CompositeAlarm": _composite_alarm,
    "AWS::EC2::EIP": _with_attribute("eipalloc", "AllocationId"),
    "AWS::EC2::FlowLog": _with_attribute("fl", "Id"),
    "AWS::EC2::NatGateway": _with_attribute("nat", "NatGatewayId"),
    "AWS::EC2::SecurityGroupEgress": _with_attribute("sgr", "Id"),
    "AWS::EC2::SecurityGroupIngress": _with_attribute("sgr", "Id"),
    "AWS::ECS::CapacityProvider": _named("Name"),
    "AWS::ECS::ClusterCapacityProviderAssociations": _named("Cluster"),
    "AWS::Logs::QueryDefinition": _with_attribute("query", "QueryDefinitionId"),
}
MATH_ALARM = "AWS::CloudWatch::Alarm"


def install(declared: Declarations) -> None:
    """Register a stand-in for each lacking type, and for alarms on metric math alone."""
    handlers = compatibility.name("services.cloudformation.provisioners._RESOURCE_HANDLERS")
    for resource_type, identify in LACKING.items():
        handlers.setdefault(resource_type, _handler(resource_type, identify, declared))
    handlers[MATH_ALARM] = _either(
        handlers[MATH_ALARM], _handler(MATH_ALARM, _composite_alarm, declared)
    )


def _handler(resource_type: str, identify: Identify, declared: Declarations) -> dict[str, Any]:
    """Return the functions that MiniStack calls to create, update and delete a resource."""

    def create(logical_id: str, given: Properties, stack: str) -> tuple[str, Attributes]:
        physical_id, attributes = identify(f"{stack}-{logical_id}", given)
        declared.put(Declared(resource_type, logical_id, stack, physical_id, given))
        return physical_id, attributes

    def update(
        physical_id: str,
        _old: Properties,
        new: Properties,
        stack: str,
        logical_id: str | None = None,
    ) -> tuple[str, Attributes]:
        delete(physical_id, _old)
        return create(logical_id or physical_id, new, stack)

    def delete(physical_id: str, _given: Properties) -> None:
        declared.drop(physical_id)

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}


def _either(own: dict[str, Any], stand_in: dict[str, Any]) -> dict[str, Any]:
    """Return a handler that sends alarms with Metrics to the stand-in, others to MiniStack."""

    def create(logical_id: str, given: Properties, stack: str) -> tuple[str, Attributes]:
        made: tuple[str, Attributes] = _side(given)["create"](logical_id, given, stack)
        return made

    def update(
        physical_id: str,
        old: Properties,
        new: Properties,
        stack: str,
        logical_id: str | None = None,
    ) -> tuple[str, Attributes]:
        delete(physical_id, old)
        return create(logical_id or physical_id, new, stack)

    def delete(physical_id: str, given: Properties) -> None:
        _side(given)["delete"](physical_id, given)

    def _side(given: Properties) -> dict[str, Any]:
        return stand_in if given.get("Metrics") else own

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}
