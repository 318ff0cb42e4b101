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
from local.scaled_service import ScaledService
from scaling.engine import template
from scaling.engine.clock import RealClock
from scaling.engine.engine import Engine
from scaling.engine.kernel import Kernel
from scaling.engine.metrics import Metric
from scaling.engine.properties import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

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
        for fault in self._follow_stacks():
            raise StartFailed(fault)
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
        told: Sequence[str] = ()
        while not self._ended.wait(POLL_S):
            faults = self._look()
            for fault in faults:
                if fault not in told:
                    self._console.line(fault)
            told = faults

    def _look(self) -> Sequence[str]:
        """Follow each stack and scale each service in; return what of it failed, and why."""
        return [*self._follow_stacks(), *self._settle()]

    def _settle(self) -> Sequence[str]:
        try:
            with scale_in.emulated():
                return scale_in.settle(self._protections)
        except Exception as fault:  # noqa: BLE001 - it is tried again
            return [f"no service is scaled in: {_words(fault)}"]

    def _follow_stacks(self) -> Sequence[str]:
        """Return of each stack that could not be followed why."""
        try:
            with scale_in.emulated():
                stacks = dict(_standing(compatibility.name(STACKS).items()))
        except Exception as fault:  # noqa: BLE001 - it is tried again
            return [f"no stack can be read: {_words(fault)}"]
        for name in self._read.keys() - stacks.keys():
            self._drop(name)
        return [fault for name, stack in stacks.items() for fault in self._faults(name, stack)]

    def _faults(self, name: str, stack: Mapping[str, Any]) -> Iterator[str]:
        try:
            self._follow(name, readable(dict(stack.get("_resources", {}))))
        except Exception as fault:  # noqa: BLE001 - the others are scaled all the same
            yield f"stack {name} is not scaled: {_words(fault)}"

    def _follow(self, name: str, resources: Resources) -> None:
        if self._read.get(name) == resources:
            return
        self._drop(name)
        if any(each["Type"] == template.TARGET for each in resources.values()):
            self._running[name] = self._engine(resources)
        self._read[name] = resources

    def _drop(self, stack: str) -> None:
        self._read.pop(stack, None)
        if running := self._running.pop(stack, None):
            running.stop()

    def _engine(self, resources: Resources) -> _Running:
        plan = template.read(resources)
        services = {
            target.name: ScaledService(
                self._ecs,
                resources[target.name]["Properties"]["ResourceId"],
                self._decisions.because,
            )
            for target in plan.targets
        }
        return _Running(plan, services, self._console)


class _Running:
    """One engine and its thread."""

    def __init__(self, plan: Plan, services: Mapping[str, ScaledService], console: Console) -> None:
        self._clock = RealClock()
        self._kernel = Kernel(self._clock)
        self._console = console
        self.engine = Engine(plan, services, self._kernel, random.Random())  # noqa: S311 - lags, no secret
        self.engine.start()
        threading.Thread(target=self._run, name="scaling-engine", daemon=True).start()

    def stop(self) -> None:
        """Invoke no policy from now on."""
        self._clock.stop()

    def _run(self) -> None:
        """Go on until stopped: an alarm that fails ends itself alone."""
        while True:
            try:
                return self._kernel.run()
            except Exception as fault:  # noqa: BLE001 - the other alarms go on
                self._console.line(f"an alarm is evaluated no more: {_words(fault)}")


def _words(fault: Exception) -> str:
    """Say what was raised; what a template says wrong is a sentence by itself."""
    return str(fault) if isinstance(fault, Unreadable) else f"{type(fault).__name__}: {fault}"


def _standing(
    stacks: Iterable[tuple[str, Mapping[str, Any]]],
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, stack in list(stacks):
        status = str(stack.get("StackStatus", ""))
        if status.endswith("_COMPLETE") and status != "DELETE_COMPLETE":
            yield name, stack


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
