"""Where jobs are told of: by default, and as one submit says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from spillway.deliveries import delivery
from tests.unit.api.system import ALLOWED_ARNS

if TYPE_CHECKING:
    from tests.unit.api.system import System
    from tests.unit.cli.conftest import Terminal

URL = "https://example.com/hook"
WEBHOOK = {"type": "webhook", "url": URL}
TOPIC = {"type": "sns", "topicArn": ALLOWED_ARNS[0].replace("*", "all"), "events": ["job.failed"]}


def test_a_job_is_told_of_where_its_submit_says(terminal: Terminal, system: System) -> None:
    words = ["--webhook", URL, "--destination", json.dumps(TOPIC)]

    one = terminal.run("submit", "1", *words).stdout.strip()
    [two, three] = terminal.run("submit", "-", "--lines", *words, stdin="1\n2\n").stdout.split()

    for job_id in (one, two, three):
        assert json.loads(system.job(job_id).destinations or "") == [WEBHOOK, TOPIC]


def test_a_job_can_be_told_of_nowhere(terminal: Terminal, system: System) -> None:
    terminal.run("destinations", "set", "--webhook", URL)

    by_default = terminal.run("submit", "1").stdout.strip()
    nowhere = terminal.run("submit", "1", "--no-destination").stdout.strip()

    assert json.loads(system.job(by_default).destinations or "") == [WEBHOOK]
    assert system.job(nowhere).destinations is None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--destination", "{"], 4, "--destination is not JSON"),
        (["--destination", "[]"], 2, "expected a JSON object"),
        (["--destination", '{"type": "fax"}'], 4, "destinations/0/type: expected one of"),
        (["--webhook", URL, "--no-destination"], 2, "--no-destination goes with no other"),
        (["--webhook", "http://example.com"], 4, "destinations/0/url"),
        (
            [
                "--destination",
                '{"type": "sqs", "queueArn": "arn:aws:sqs:us-east-1:123456789012:q"}',
            ],
            5,
            "AllowedDestinationArns",
        ),
    ],
)
def test_a_destination_that_is_wrong_is_told(
    terminal: Terminal, system: System, words: list[str], code: int, said: str
) -> None:
    for command in (["submit", "1"], ["destinations", "set"]):
        refused = terminal.run(*command, *words)

        assert (refused.exit_code, refused.stdout) == (code, "")
        assert said in refused.stderr
    system.assert_untouched()


def test_the_default_is_shown_and_set(terminal: Terminal, system: System) -> None:
    assert "no default destinations" in terminal.run("destinations", "get").stderr

    words = ["--webhook", URL, "--destination", json.dumps(TOPIC)]
    assert terminal.json("destinations", "set", *words) == [WEBHOOK, TOPIC]

    head, *rows = [line.split() for line in terminal.run("destinations", "get").stdout.splitlines()]
    assert head == ["TYPE", "ADDRESS", "EVENTS", "FORMAT"]
    assert rows == [
        ["webhook", URL, "each", "end"],
        ["sns", TOPIC["topicArn"], "job.failed"],
    ]
    assert terminal.json("destinations", "get") == [WEBHOOK, TOPIC]
    nowhere = terminal.run("destinations", "set", "--no-destination")
    assert nowhere.exit_code == 0
    assert "a minute from now" in nowhere.stderr
    assert terminal.json("destinations", "get") == []


def test_what_the_default_is_to_be_must_be_said(terminal: Terminal, system: System) -> None:
    refused = terminal.run("destinations", "set")

    assert refused.exit_code == 2
    assert "say where" in refused.stderr
    assert system.defaults.held == {}


def test_a_job_is_shown_with_a_destination_and_a_delivery_a_line(
    terminal: Terminal, system: System
) -> None:
    topic = TOPIC | {"events": ["job.succeeded"], "format": "sagemaker"}
    words = ["--webhook", URL, "--destination", json.dumps(topic)]
    job_id = terminal.run("submit", "1", *words).stdout.strip()
    first, second = delivery.due_now(system.succeed(job_id, "1"))
    system.deliveries.add(first)
    failed = delivery.failed(
        first, at_ms=system.clock(), took_ms=1, error="answered 500", next_attempt_at_ms=None
    )
    system.deliveries.replace(failed)

    shown = terminal.run("get", job_id).stdout

    at = {name: shown.index(name) for name in ("webhook  http", "sns      arn")}
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert at["webhook  http"] < at["sns      arn"], "the columns begin under each other"
    assert f"destinations webhook {URL} each end" in lines
    assert f"sns {TOPIC['topicArn']} job.succeeded sagemaker" in lines
    assert (
        f"deliveries {first.delivery_id} job.succeeded webhook {URL} FAILED answered 500" in lines
    )
    assert f"{second.delivery_id} job.succeeded sns {TOPIC['topicArn']} PENDING" in lines
