"""Application Auto Scaling for the stacks on this machine: an engine for each that has policies.

What a stack's template says of alarms and policies is read as the emulator's CloudFormation
resolved it, so nothing is written twice; a stack that is updated gets an engine that follows the
new template, one that is deleted has none.
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

from local import compatibility, scale_in
from local.failure import StartFailed
from local.resource_types import ACCOUNT
from local.scaled_service import ScaledService
from local.settings import REGION
from scaling.engine import template
from scaling.engine.clock import RealClock
from scaling.engine.engine import Engine
from scaling.engine.kernel import Kernel
from scaling.engine.metrics import Metric
from scaling.engine.properties import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_ecs import ECSClient

    from local.console import Console
    from local.decisions import Decisions
    from local.protection import Protections
    from scaling.engine.plan import Plan

    type Resources = dict[str, dict[str, Any]]

STACKS = "services.cloudformation._stacks"
READ = (template.TARGET, template.POLICY, template.ALARM)
POLL_S = 1.0
STOP_S = 5.0


class Autoscaling:
    """The engines, by stack. Each runs in a thread of its own, on the world's time."""

    def __init__(
        self, ecs: ECSClient, decisions: Decisions, protections: Protections, console: Console
    ) -> None:
        self._ecs = ecs
        self._decisions = decisions
        self._protections = protections
        self._console = console
        self._read: dict[str, Resources] = {}
        self._running: dict[str, _Running] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="autoscaling", daemon=True)

    def start(self) -> None:
        """Follow the stacks that are there, and from now on each that comes.

        Raises `StartFailed` for a template that says what the engine can't do.
        """
        self._follow_stacks()
        self._thread.start()

    def close(self) -> None:
        """End all engines."""
        self._ended.set()
        for running in self._running.values():
            running.stop()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def put(
        self, namespace: str, name: str, dimensions: Mapping[str, str], value: float, at_s: float
    ) -> None:
        """Take a sample of a metric, from any thread."""
        metric = Metric(namespace, name, frozenset(dimensions.items()))
        for running in list(self._running.values()):
            running.engine.put(metric, value, at_s=at_s)

    def _watch(self) -> None:
        while not self._ended.wait(POLL_S):
            try:
                self._follow_stacks()
            except StartFailed as fault:
                self._console.line(str(fault))
            with _emulated():
                scale_in.settle(self._protections)

    def _follow_stacks(self) -> None:
        """Raise `StartFailed` once for each new template that can't be read."""
        with _emulated():
            found = dict(_scaled(compatibility.name(STACKS).items()))
        for stack in self._read.keys() - found.keys():
            self._drop(stack)
        for stack, resources in found.items():
            if self._read.get(stack) != resources:
                self._drop(stack)
                self._read[stack] = resources
                self._running[stack] = self._engine(stack, resources)

    def _drop(self, stack: str) -> None:
        self._read.pop(stack, None)
        if running := self._running.pop(stack, None):
            running.stop()

    def _engine(self, stack: str, resources: Resources) -> _Running:
        try:
            plan = template.read(resources)
        except Unreadable as fault:
            raise StartFailed(f"stack {stack} is not scaled: {fault}") from None
        services = {
            target.name: ScaledService(
                self._ecs, resources[target.name]["Properties"]["ResourceId"], self._decisions.say
            )
            for target in plan.targets
        }
        return _Running(plan, services)


class _Running:
    """One engine and its thread."""

    def __init__(self, plan: Plan, services: Mapping[str, ScaledService]) -> None:
        self._clock = RealClock()
        kernel = Kernel(self._clock)
        self.engine = Engine(plan, services, kernel, random.Random())  # noqa: S311 - lags, no secret
        self.engine.start()
        threading.Thread(target=kernel.run, name="scaling-engine", daemon=True).start()

    def stop(self) -> None:
        """Invoke no policy from now on."""
        self._clock.stop()


def _emulated() -> Any:  # noqa: ANN401 - MiniStack is untyped
    """Enter the account and the region that all stacks of a run are in."""
    return compatibility.name("core.responses.request_scope")(ACCOUNT, REGION)


def _scaled(stacks: Iterator[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, Resources]]:
    for name, stack in list(stacks):
        status = str(stack.get("StackStatus", ""))
        if status.endswith("_COMPLETE") and status != "DELETE_COMPLETE":
            resources = readable(stack.get("_resources", {}))
            if any(each["Type"] == template.TARGET for each in resources.values()):
                yield name, resources


def readable(records: Mapping[str, Mapping[str, Any]]) -> Resources:
    """Return alarms, policies and targets as a template has them, referring to one another."""
    read = {name: record for name, record in records.items() if record["ResourceType"] in READ}
    names = {str(record["PhysicalResourceId"]): name for name, record in read.items()}
    refer = _referring(names)
    return {
        name: {"Type": record["ResourceType"], "Properties": refer(record.get("Properties", {}))}
        for name, record in read.items()
    }


def _referring(names: Mapping[str, str]) -> Callable[[Any], Any]:
    """Return what puts references in the place of the physical ids that they came to."""

    def refer(node: Any) -> Any:  # noqa: ANN401 - any part of a template
        if isinstance(node, dict):
            return {key: refer(part) for key, part in node.items()}
        if isinstance(node, list):
            return [refer(part) for part in node]
        return {"Ref": names[node]} if isinstance(node, str) and node in names else node

    return refer
