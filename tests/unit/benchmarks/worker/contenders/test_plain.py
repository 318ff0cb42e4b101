"""The plain loop writes what Spillway does: else the two could not be compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from benchmarks.worker import jobs
from benchmarks.worker.contenders.plain import Store
from spillway import transitions
from spillway.aws.attributes import from_item
from spillway.message import encode
from spillway.record import partition_key, to_record

if TYPE_CHECKING:
    from benchmarks.worker.standin import StandIn
    from spillway.job import Job
    from spillway.update import Record
    from tests.unit.benchmarks.worker.conftest import Clients

BUCKET = "results"


@pytest.fixture
def store(client: Clients, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("JOBS_TABLE", "jobs")
    monkeypatch.setenv("RESULT_BUCKET", BUCKET)
    return Store(client("dynamodb"), client("s3"))


@pytest.fixture
def job(aws: StandIn) -> Job:
    accepted = jobs.accepted(1)
    aws.keep("test", jobs.messages(accepted), jobs.items(accepted))
    aws.start(latency_ms=0, seed="test", count=1)
    return accepted[0]


def asked(job: Job) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(encode(job, payload=job.payload))
    return message


def test_its_writes_set_and_remove_what_spillway_s_do(
    store: Store, job: Job, client: Clients
) -> None:
    claimed: Record = transitions.claim(
        job.key, now_ms=1, lease_until_ms=2, max_attempts=4, model_version="1"
    ).applied(to_record(job))
    finished = transitions.succeed(
        job.key, attempt=1, now_ms=1, result="1", result_uri="s3://results/1"
    ).applied(claimed)

    attempt = store.claim(asked(job))
    store.finish(asked(job), attempt, "7.0")

    key = {"pk": {"S": partition_key(job.key)}}
    found = from_item(client("dynamodb").get_item(TableName="jobs", Key=key)["Item"])
    # The holder's name, and a failure's count, are Spillway's alone.
    assert found.keys() == finished.keys() - {"holder"}
    assert (found["status"], found["attempts"]) == ("SUCCEEDED", 1)
    path = found["resultUri"].removeprefix(f"s3://{BUCKET}/")
    assert client("s3").get_object(Bucket=BUCKET, Key=path)["Body"].read() == b"7.0"


def test_a_job_is_claimed_once_and_finished_by_who_claimed_it(store: Store, job: Job) -> None:
    attempt = store.claim(asked(job))

    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        store.claim(asked(job))
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        store.finish(asked(job), attempt + 1, "7.0")
