"""docs/delivery.md: its receivers are run, and what it shows is what is sent."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from delivery import schedule
from delivery.formats.cloudevents import cloud_event
from delivery.formats.sagemaker import notification
from spillway.deliveries import announcement
from spillway.deliveries.delivery import due_now
from spillway.destinations.destination import Destination, to_text
from spillway.destinations.parsing import parse
from spillway.event import EventType
from spillway.job import Status
from spillway_cli import api_keys, webhook_secrets
from tests.acceptance.running import free_port
from tests.acceptance.system import ROOT
from tests.unit.core.jobs import job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from spillway.deliveries.delivery import Delivery
    from spillway.errors import Fault
    from tests.acceptance.system import Caller, System

GUIDE = (ROOT / "docs" / "delivery.md").read_text()
TENANT = "guide"
UNITS_S = {"s": 1, "min": 60, "h": 3600}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Receiver:
    """A program of the guide that runs."""

    url: str
    output: Path

    def printed(self, count: int, within_s: float = 30) -> list[str]:
        """The lines that it printed, once there are so many."""
        deadline_s = time.monotonic() + within_s
        while len(lines := self.output.read_text().splitlines()) < count:
            assert time.monotonic() < deadline_s, f"it printed only {lines}"
            time.sleep(0.1)
        return lines


@contextmanager
def receiving(program: Path, command: str, secret: str) -> Iterator[Receiver]:
    port, output = free_port(), program.with_suffix(".log")
    with output.open("wb") as log:
        process = subprocess.Popen(
            [command, str(program)],
            env={**os.environ, "PORT": str(port), "WEBHOOK_SECRET": secret},
            stdout=log,
        )
    try:
        wait_until_served(url := f"http://127.0.0.1:{port}/")
        yield Receiver(url, output)
    finally:
        process.terminate()
        process.wait()


def wait_until_served(url: str) -> None:
    """Returns once it refuses what nobody signed."""
    deadline_s = time.monotonic() + 20
    while not is_refused(url):
        assert time.monotonic() < deadline_s, "it does not listen"
        time.sleep(0.1)


def is_refused(url: str) -> bool:
    try:
        return httpx.post(url, content=b"{}", trust_env=False).status_code == 401
    except httpx.ConnectError:
        return False


@pytest.fixture(scope="module")
def tenant(system: System) -> Iterator[Caller]:
    key = api_keys.create(system.aws("apigateway"), system.output("UsagePlanId"), TENANT)
    with system.caller(key) as caller:
        yield caller


@pytest.fixture(scope="module")
def secret(system: System) -> str:
    return webhook_secrets.ensure(system.aws("ssm"), system.stack, TENANT)


def delivered(caller: Caller, job_id: str, *, attempts: int) -> Any:
    """The job's only delivery, once it was taken in so many attempts."""
    deadline_s = time.monotonic() + 30
    while True:
        deliveries = caller.job(job_id)["deliveries"]
        if [(each["status"], each["attempts"]) for each in deliveries] == [("DELIVERED", attempts)]:
            return deliveries[0]
        assert time.monotonic() < deadline_s, deliveries
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("language", "name", "command"),
    [
        ("python", "receiver.py", sys.executable),
        pytest.param(
            "js",
            "receiver.mjs",
            "node",
            marks=pytest.mark.skipif(shutil.which("node") is None, reason="there is no node"),
        ),
    ],
)
def test_a_receiver_takes_each_event_once(
    tenant: Caller, secret: str, tmp_path: Path, language: str, name: str, command: str
) -> None:
    [text] = blocks(language)
    program = tmp_path / name
    program.write_text(text)

    with receiving(program, command, secret) as receiver:
        webhook = {"type": "webhook", "url": receiver.url}
        job_id = tenant.submit({"text": "hello"}, destination=webhook)["jobId"]
        tenant.until(job_id)
        taken = delivered(tenant, job_id, attempts=1)
        tenant.post(f"/deliveries/{taken['id']}/redeliver")
        delivered(tenant, job_id, attempts=2)
        tenant.post("/webhooks/test", {"url": receiver.url})

        first, second = receiver.printed(2)
        assert first == f"job.succeeded {job_id}"
        assert second.startswith("webhook.test ")


def test_each_receiver_has_the_line_that_runs_it() -> None:
    commands = [text for text in blocks("bash") if "WEBHOOK_SECRET=" in text]

    assert [text.split()[-1] for text in commands] == ["receiver.py", "receiver.mjs"]
    for text in commands:
        assert "WEBHOOK_SECRET=$(.venv/bin/spillway webhooks secret demo) PORT=" in text


# --- what it shows, without any system ------------------------------------------------------------


def test_each_destination_is_one() -> None:
    shown = [
        json.loads(text) for text in re.findall(r"^\| `\w+` \| `(\{.*?\})`", GUIDE, re.MULTILINE)
    ]
    faults: list[Fault] = []

    read = parse({"destinations": shown}, faults, loopback=False)

    assert faults == []
    assert [each.document() for each in read or ()] == shown
    assert {each["type"] for each in shown} == {"webhook", "sns", "sqs", "eventbridge", "s3"}


def test_the_schedule_is_the_function_s() -> None:
    [pauses] = re.findall(r"^\| after the one before \| at once \| (.*) \|$", GUIDE, re.MULTILINE)
    told = [pause.split(" ") for pause in pauses.split(" | ")]

    assert tuple(int(n) * UNITS_S[unit] for n, unit in told) == schedule.DELAYS_S


def told() -> tuple[Delivery, str]:
    """A delivery, and what its receiver is told."""
    destination = Destination("sqs", "arn:aws:sqs:us-east-1:123456789012:results")
    ended = job(
        status=Status.SUCCEEDED,
        result="1",
        result_uri="s3://results/1.json",
        destinations=to_text([destination]),
    )
    [delivery] = due_now(ended)
    return delivery, announcement.text_of(ended, EventType.SUCCEEDED)


def test_a_sample_has_these_fields() -> None:
    [shown] = [json.loads(text) for text in blocks("http") if text.startswith("{")]
    webhook = Destination("webhook", "https://shop.example.com/hooks/spillway")
    sample = replace(told()[0], event=EventType.TEST, destination=webhook, job_id=None)

    sent = json.loads(announcement.sample_text(sample))

    assert list(shown) == list(sent)
    assert shown["type"] == sent["type"]
    assert list(shown["data"]) == list(sent["data"])


def test_a_cloud_event_has_these_attributes() -> None:
    shown, _ = [json.loads(text) for text in blocks("json")]

    sent = cloud_event(*told(), stack="spillway")

    assert list(shown) == list(sent)
    assert set(shown["data"]) < set(sent["data"])


def test_sagemaker_s_message_has_these_fields() -> None:
    _, shown = [json.loads(text) for text in blocks("json")]
    _, text = told()

    sent = notification(text, region="us-east-1")

    assert list(shown) == list(sent)
    assert {name: list(shown[name]) for name in shown if isinstance(shown[name], dict)} == {
        name: list(sent[name]) for name in sent if isinstance(sent[name], dict)
    }
