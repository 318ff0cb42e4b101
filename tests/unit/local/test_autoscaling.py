from __future__ import annotations

import io
import threading
import time
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console as RichConsole

import local.autoscaling
from local import compatibility, scale_in
from local.autoscaling import STACKS, Autoscaling, readable
from local.console import Console
from local.failure import StartFailed
from local.protection import Protections
from scaling.engine import template
from scaling.engine.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def record(kind: str, physical_id: str, **properties: Any) -> dict[str, Any]:
    return {"ResourceType": kind, "PhysicalResourceId": physical_id, "Properties": properties}


def test_resources_refer_to_one_another_by_their_logical_ids() -> None:
    records = {
        "Target": record(template.TARGET, "service/c/s|x", ResourceId="service/c/s"),
        "Policy": record(template.POLICY, "arn:policy", ScalingTargetId="service/c/s|x"),
        "Alarm": record(template.ALARM, "alarm", AlarmActions=["arn:policy", "arn:topic"]),
        "Queue": record("AWS::SQS::Queue", "queue"),
    }

    read = readable(records)

    assert read.keys() == {"Target", "Policy", "Alarm"}
    assert read["Target"]["Properties"] == {"ResourceId": "service/c/s"}
    assert read["Policy"]["Properties"] == {"ScalingTargetId": {"Ref": "Target"}}
    assert read["Alarm"]["Properties"] == {"AlarmActions": [{"Ref": "Policy"}, "arn:topic"]}


@pytest.fixture
def stacks(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """The stacks that MiniStack holds: none at first."""
    held: dict[str, dict[str, Any]] = {}
    ministack = {
        STACKS: held,
        "core.responses.request_scope": lambda *_owner: nullcontext(),
        "services.ecs._tasks": {},
        "services.ecs._services": {},
    }
    monkeypatch.setattr(compatibility, "name", ministack.__getitem__)
    return held


@pytest.fixture
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def autoscaling(printed: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[Autoscaling]:
    monkeypatch.setattr(local.autoscaling, "POLL_S", 0.01)
    console = Console(RichConsole(file=printed, width=200))
    unused: Any = None
    scaling = Autoscaling(unused, SimpleNamespace(because=unused), Protections(), console)  # type: ignore[arg-type]
    yield scaling
    scaling.close()


def stack(resource_id: str, least: Any = 0) -> dict[str, Any]:
    target = record(
        template.TARGET,
        f"{resource_id}|x",
        MaxCapacity=2,
        MinCapacity=least,
        ResourceId=resource_id,
        ScalableDimension="ecs:service:DesiredCount",
        ServiceNamespace="ecs",
    )
    return {"StackStatus": "CREATE_COMPLETE", "_resources": {"Target": target}}


def followed(autoscaling: Autoscaling) -> set[str]:
    return set(autoscaling._running)


def eventually(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_stacks_are_followed_as_they_come_and_go(
    autoscaling: Autoscaling, stacks: dict[str, Any]
) -> None:
    stacks["one"] = stack("service/c/one")
    autoscaling.start()
    assert followed(autoscaling) == {"one"}

    stacks["two"] = stack("service/c/two")
    del stacks["one"]
    eventually(lambda: followed(autoscaling) == {"two"})


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (stack("service/c"), "ResourceId"),
        (stack("service/c/bad", least=-1), "MinCapacity"),
        ({"StackStatus": "CREATE_COMPLETE", "_resources": {"Target": {}}}, "KeyError"),
    ],
)
def test_a_stack_that_cannot_be_read_stops_no_other_and_is_said_once(
    autoscaling: Autoscaling,
    stacks: dict[str, Any],
    printed: io.StringIO,
    bad: dict[str, Any],
    why: str,
) -> None:
    autoscaling.start()
    stacks["bad"] = bad
    stacks["good"] = stack("service/c/good")

    eventually(lambda: followed(autoscaling) == {"good"})
    stacks["better"] = stack("service/c/better")
    eventually(lambda: followed(autoscaling) == {"good", "better"})
    time.sleep(0.1)

    (said,) = printed.getvalue().splitlines()
    assert said.startswith("stack bad is not scaled: ")
    assert why in said


def test_a_stack_that_is_mended_is_followed_and_said_again_when_it_breaks_again(
    autoscaling: Autoscaling, stacks: dict[str, Any], printed: io.StringIO
) -> None:
    autoscaling.start()
    for number in (1, 2):
        stacks["one"] = stack("service/c")
        eventually(lambda number=number: len(printed.getvalue().splitlines()) == number)  # type: ignore[misc]
        stacks["one"] = stack("service/c/one")
        eventually(lambda: followed(autoscaling) == {"one"})


def test_the_first_stack_is_not_started_with_unless_it_can_be_read(
    autoscaling: Autoscaling, stacks: dict[str, Any]
) -> None:
    stacks["one"] = stack("service/c")

    with pytest.raises(StartFailed, match="stack one is not scaled"):
        autoscaling.start()


def test_a_scale_in_that_fails_is_said_once_and_stops_nothing(
    autoscaling: Autoscaling,
    stacks: dict[str, Any],
    printed: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_protections: Protections) -> list[str]:
        raise RuntimeError("changed during iteration")

    monkeypatch.setattr(scale_in, "settle", fail)
    autoscaling.start()
    time.sleep(0.1)
    stacks["late"] = stack("service/c/late")

    eventually(lambda: followed(autoscaling) == {"late"})
    assert printed.getvalue().splitlines() == [
        "no service is scaled in: RuntimeError: changed during iteration"
    ]


def test_an_alarm_that_fails_ends_no_other_and_is_said(
    autoscaling: Autoscaling,
    stacks: dict[str, Any],
    printed: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given an engine of two alarms, of which one can't be evaluated
    seen = threading.Event()

    def failing() -> Iterator[float]:
        raise KeyError("runningCount")
        yield

    def other() -> Iterator[float]:
        yield 0.05
        seen.set()

    def start(engine: Engine) -> None:
        for process in (failing(), other()):
            engine._kernel.start(process)

    monkeypatch.setattr(Engine, "start", start)

    # When it runs
    stacks["one"] = stack("service/c/one")
    autoscaling.start()

    # Then the other is evaluated all the same
    assert seen.wait(5)
    assert printed.getvalue() == "an alarm is evaluated no more: KeyError: 'runningCount'\n"
