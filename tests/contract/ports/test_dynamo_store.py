"""`DynamoStore` where DynamoDB gives less than was asked for, which no emulator does of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from spillway.aws.clients import client
from spillway.aws.store import DynamoStore
from spillway.errors import Unavailable
from spillway.record import created_key
from tests.contract.ports.samples import NOW_MS, queued
from tests.contract.ports.template import jobs_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from spillway.job import Job
    from tests.contract.ports.implementations import Implementation

TABLE = "jobs"


@pytest.fixture
def dynamodb(on_moto: Implementation) -> DynamoDBClient:
    made = client("dynamodb")
    made.create_table(**jobs_table(TABLE))
    return made


@pytest.fixture
def jobs(dynamodb: DynamoDBClient) -> list[Job]:
    """Thirty jobs that are stored, the newest first."""
    jobs = [queued(f"job-{number:02d}", created_at_ms=NOW_MS - number) for number in range(30)]
    for job in jobs:
        DynamoStore(dynamodb, TABLE).put(job)
    return jobs


def test_where_the_index_lists_jobs_that_are_gone_older_ones_fill_the_page(
    dynamodb: DynamoDBClient, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an index that still lists three jobs that the table has not,
    gone = {f"JOB#acme#{job.job_id}" for job in jobs[2:5]}

    def without_those(answer: dict[str, Any]) -> None:
        items = answer["Responses"][TABLE]
        answer["Responses"][TABLE] = [item for item in items if item["pk"]["S"] not in gone]

    _patch_answers(dynamodb, monkeypatch, without_those)
    store = DynamoStore(dynamodb, TABLE)

    # when the list is read,
    first = store.page("acme", before=None, limit=10)
    rest = store.page("acme", before=created_key(first[-1]), limit=20)

    # then the first page is full, for a short one would say that the list ends.
    assert first == jobs[:2] + jobs[5:13]
    assert rest == jobs[13:]


def test_keys_left_unprocessed_are_asked_for_again(
    dynamodb: DynamoDBClient, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_but_ten(answer: dict[str, Any]) -> None:
        items = answer["Responses"][TABLE]
        answer["Responses"][TABLE] = items[:10]
        left = [{"pk": item["pk"]} for item in items[10:]]
        answer["UnprocessedKeys"] = {TABLE: {"Keys": left}} if left else {}

    _patch_answers(dynamodb, monkeypatch, all_but_ten)

    found = DynamoStore(dynamodb, TABLE).get_many([job.key for job in jobs])

    assert found == jobs


def test_keys_that_stay_unprocessed_make_the_store_unavailable(
    dynamodb: DynamoDBClient, jobs: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(answer: dict[str, Any]) -> None:
        items = answer["Responses"].pop(TABLE)
        answer["UnprocessedKeys"] = {TABLE: {"Keys": [{"pk": item["pk"]} for item in items]}}

    _patch_answers(dynamodb, monkeypatch, none)

    with pytest.raises(Unavailable, match="unprocessed"):
        DynamoStore(dynamodb, TABLE).get_many([job.key for job in jobs])


def _patch_answers(
    dynamodb: DynamoDBClient,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[dict[str, Any]], None],
) -> None:
    """Let each BatchGetItem's answer be changed before the store sees it."""
    real = dynamodb.batch_get_item

    def changed(**asked: Any) -> dict[str, Any]:
        answer: dict[str, Any] = dict(real(**asked))
        change(answer)
        return answer

    monkeypatch.setattr(dynamodb, "batch_get_item", changed)
