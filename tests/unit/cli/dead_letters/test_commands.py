"""The commands, on an account of moto's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from threading import Barrier
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from spillway.aws.store import DynamoStore
from spillway.job import Job, JobError, Status
from spillway.message import encode
from spillway_cli.dead_letters import queue
from spillway_cli.dead_letters.queue import DeadLetterQueue
from spillway_cli.dead_letters.system import DeadLetters
from tests.contract.ports.template import jobs_table
from tests.unit.core.jobs import job

if TYPE_CHECKING:
    from spillway_cli.dead_letters.rules import Choice, DeadLetter
    from tests.unit.cli.conftest import Deploy, Terminal

HERE = "--stack=spillway"
TEMPLATE = {
    "Parameters": {"RetentionDays": {"Type": "Number", "Default": 30}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {
        name: {"Value": name.lower()}
        for name in ("JobsTable", "DeliveriesTable", "InputBucket", "ResultBucket")
    },
}
ENTRY = {
    "maxTasks": 1,
    "maxAttempts": 4,
    "leaseSeconds": 30,
    "modelUri": "s3://m/",
    "cluster": "c",
    "service": "s",
}


@dataclass(frozen=True)
class Stack:
    """A deployed stack with two models, as far as dead letters go."""

    store: DynamoStore

    @classmethod
    def deployed(cls) -> Stack:
        boto3.client("cloudformation").create_stack(
            StackName="spillway",
            TemplateBody=json.dumps(TEMPLATE),
            Parameters=[{"ParameterKey": "RetentionDays", "ParameterValue": "30"}],
        )
        dynamodb = boto3.client("dynamodb")
        dynamodb.create_table(**jobs_table("jobstable"))
        for model in ("default", "minilm"):
            cls._announce(model)
        return cls(DynamoStore(dynamodb, "jobstable"))

    @staticmethod
    def _announce(model: str) -> None:
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName=f"spillway_{model}")["QueueUrl"]
        sqs.create_queue(QueueName=f"spillway_{model}_dlq")
        value = json.dumps(ENTRY | {"model": model, "queueUrl": url})
        boto3.client("ssm").put_parameter(
            Name=f"/spillway/spillway/models/{model}", Value=value, Type="String"
        )

    def bury(self, body: str, model: str, reason: str | None = None) -> None:
        sqs = boto3.client("sqs")
        url = sqs.get_queue_url(QueueName=f"spillway_{model}_dlq")["QueueUrl"]
        said: dict[str, Any] = {}
        if reason:
            said["MessageAttributes"] = {"reason": {"DataType": "String", "StringValue": reason}}
        sqs.send_message(QueueUrl=url, MessageBody=body, **said)

    def with_letter(self, job_id: str, model: str = "default", **changes: Any) -> Job:
        made = job(job_id=job_id, model=model, expires_at_ms=9_999_999_999_999, **changes)
        self.store.put(made)
        self.bury(encode(made, payload="1"), model, made.error.code if made.error else None)
        return made

    def waiting(self, model: str) -> list[str]:
        sqs = boto3.client("sqs")
        url = sqs.get_queue_url(QueueName=f"spillway_{model}")["QueueUrl"]
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(each["Body"])["jobId"] for each in received.get("Messages", [])]


@pytest.fixture
def stack(account: Deploy, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setattr(queue, "WAIT_S", 0)
    return Stack.deployed()


FAILED: dict[str, Any] = {
    "status": Status.FAILED,
    "attempts": 4,
    "error": JobError("timeout", "ran too long", retryable=True),
}


def test_letters_of_all_models_are_listed_with_their_jobs(stack: Stack, terminal: Terminal) -> None:
    stack.with_letter("j1", **FAILED)
    stack.with_letter("j2", model="minilm")
    stack.bury("hello", "minilm", "malformed_message: not JSON")

    listed = terminal.run("dead-letters", "list", HERE)

    head, *rows = listed.stdout.splitlines()
    assert head.split() == [
        *("JOB", "TENANT", "MODEL", "REASON", "ATTEMPTS", "STATUS", "SENT", "MESSAGE")
    ]
    assert [row.split()[:6] for row in sorted(rows)] == [
        ["-", "-", "minilm", "malformed_message:", "not", "JSON"],
        ["j1", "acme", "default", "timeout", "4", "FAILED"],
        ["j2", "acme", "minilm", "moved_by_sqs", "0", "QUEUED"],
    ]
    assert listed.stderr == "default: about 1 in all\nminilm: about 2 in all\n"


def test_a_list_keeps_to_its_limit_and_its_model(stack: Stack, terminal: Terminal) -> None:
    for number in range(25):
        stack.bury(f"hello {number}", "default")
    stack.bury("hello", "minilm")

    assert len(terminal.json("dead-letters", "list", HERE, "--limit=12")) == 12
    assert len(terminal.json("dead-letters", "list", HERE, "--model=minilm")) == 1
    assert len(terminal.json("dead-letters", "list", HERE)) == 26, "what was left is there at once"
    assert terminal.json("dead-letters", "list", HERE, "--older-than=1d") == []


def test_a_letter_is_shown_with_its_message_and_its_job(stack: Stack, terminal: Terminal) -> None:
    stack.with_letter("j1", **FAILED)

    [shown] = terminal.json("dead-letters", "show", "j1", HERE)

    assert shown["job"]["error"]["message"] == "ran too long"
    assert json.loads(shown["body"])["payload"] == 1
    assert shown["receives"] == 1


def test_a_long_body_is_cut_for_a_person_and_whole_for_a_program(
    stack: Stack, terminal: Terminal
) -> None:
    stack.bury("x" * 5000, "default")
    [letter] = terminal.json("dead-letters", "list", HERE)

    shown = terminal.run("dead-letters", "show", letter["messageId"], HERE)
    [whole] = terminal.json("dead-letters", "show", letter["messageId"], HERE)

    assert "… (5000 characters; --json prints them all)" in shown.stdout
    assert len(shown.stdout) < 3000
    assert whole["body"] == "x" * 5000
    assert whole["fault"].startswith("not JSON")


@pytest.mark.parametrize("words", [["show", "nobody"], ["redrive", "--job=nobody"]])
def test_a_letter_that_is_not_there_is_not_found(
    stack: Stack, terminal: Terminal, words: list[str]
) -> None:
    ran = terminal.run("dead-letters", *words, HERE)

    assert (ran.exit_code, ran.stderr) == (3, "spillway: no dead letter of nobody\n")


def test_a_model_that_is_not_there_is_not_found(stack: Stack, terminal: Terminal) -> None:
    ran = terminal.run("dead-letters", "list", HERE, "--model=nothing")

    assert ran.exit_code == 3
    assert "stack spillway has no model nothing" in ran.stderr


@pytest.mark.parametrize("words", [[], ["--all", "--job=j1"], ["--job=j1", "--message=m1"]])
def test_which_letters_are_redriven_is_said_in_one_way(
    terminal: Terminal, words: list[str]
) -> None:
    ran = terminal.run("dead-letters", "redrive", *words, HERE)

    assert ran.exit_code == 2
    assert "say which: one of --job ID, --message ID and --all" in ran.stderr


def test_all_are_redriven_each_as_its_job_asks(stack: Stack, terminal: Terminal) -> None:
    stack.with_letter("failed", **FAILED)
    stack.with_letter("waiting", model="minilm")
    stack.bury("hello", "default")

    foretold = terminal.run("dead-letters", "redrive", "--all", "--dry-run", HERE)
    assert stack.waiting("default") == stack.waiting("minilm") == []
    done = terminal.run("dead-letters", "redrive", "--all", HERE)

    [new] = stack.waiting("default")
    assert stack.waiting("minilm") == ["waiting"]
    lines = sorted(done.stdout.splitlines())
    assert f"failed  run again as {new}" in lines
    assert "waiting  sent back" in lines
    assert any("left: not a message of Spillway's: not JSON" in line for line in lines)
    assert set(done.stderr.rstrip().split(", ")) == {"1 left", "1 run again", "1 sent back"}
    assert "failed  would be run again" in foretold.stdout
    assert "waiting  would be sent back" in foretold.stdout
    assert [each["jobId"] for each in terminal.json("dead-letters", "list", HERE)] == [None]


def test_reasons_choose_what_is_redriven(stack: Stack, terminal: Terminal) -> None:
    stack.with_letter("failed", **FAILED)
    stack.with_letter("waiting")

    [done] = terminal.json("dead-letters", "redrive", "--all", "--reason=moved_by_sqs", HERE)

    assert (done["jobId"], done["done"], done["dryRun"]) == ("waiting", "sent back", False)


def test_an_id_of_several_tenants_is_redriven_for_none_unless_one_is_named(
    stack: Stack, terminal: Terminal
) -> None:
    stack.with_letter("order-1", tenant="acme")
    stack.with_letter("order-1", tenant="globex", model="minilm")

    refused = terminal.run("dead-letters", "redrive", "--job=order-1", HERE)

    assert (refused.exit_code, refused.stdout) == (4, "")
    assert refused.stderr == (
        "spillway: order-1 is a job of several tenants: acme, globex; say which by --tenant\n"
    )
    assert stack.waiting("default") == stack.waiting("minilm") == []

    [done] = terminal.json("dead-letters", "redrive", "--job=order-1", "--tenant=globex", HERE)

    assert (done["tenant"], done["done"]) == ("globex", "sent back")
    assert (stack.waiting("default"), stack.waiting("minilm")) == ([], ["order-1"])
    [left] = terminal.json("dead-letters", "list", HERE)
    assert left["tenant"] == "acme"


def test_a_tenant_that_comes_meanwhile_is_left_alone(
    stack: Stack, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.with_letter("order-1", tenant="acme")
    of_one_tenant = DeadLetters.of_one_tenant

    def slowly(there: DeadLetters, *asked: Any) -> Choice:
        choice = of_one_tenant(there, *asked)
        stack.with_letter("order-1", tenant="globex")
        return choice

    monkeypatch.setattr(DeadLetters, "of_one_tenant", slowly)

    [done] = terminal.json("dead-letters", "redrive", "--job=order-1", HERE)

    assert done["tenant"] == "acme"


def test_a_tenants_letters_are_chosen(stack: Stack, terminal: Terminal) -> None:
    for tenant in ("acme", "globex"):
        stack.with_letter("order-1", tenant=tenant)

    [listed] = terminal.json("dead-letters", "list", "--tenant=globex", HERE)
    [shown] = terminal.json("dead-letters", "show", "order-1", "--tenant=acme", HERE)

    assert (listed["tenant"], shown["tenant"]) == ("globex", "acme")


def test_an_empty_list_says_so_and_reads_no_queue(
    stack: Stack, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeadLetterQueue, "_receive", lambda _queue: pytest.fail("was read"))

    listed = terminal.run("dead-letters", "list", HERE)

    assert (listed.exit_code, listed.stdout) == (0, "")
    assert listed.stderr == ("no dead letters\ndefault: about 0 in all\nminilm: about 0 in all\n")


def test_queues_are_read_side_by_side(
    stack: Stack, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for model in ("default", "minilm"):
        stack.bury("hello", model)
    both, receive = Barrier(2), DeadLetterQueue._receive

    def together(queue: DeadLetterQueue) -> list[DeadLetter]:
        both.wait(timeout=10)
        return receive(queue)

    monkeypatch.setattr(DeadLetterQueue, "_receive", together)

    assert len(terminal.json("dead-letters", "list", HERE)) == 2


def test_discarding_deletes_what_is_of_no_use(stack: Stack, terminal: Terminal) -> None:
    stack.bury("hello", "default")

    [done] = terminal.json("dead-letters", "redrive", "--all", "--discard", HERE)

    assert done["done"] == "discarded"
    assert terminal.json("dead-letters", "list", HERE) == []


def test_with_nothing_there_nothing_is_done(stack: Stack, terminal: Terminal) -> None:
    ran = terminal.run("dead-letters", "redrive", "--all", HERE)

    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "", "no dead letters\n")
