from __future__ import annotations

import pytest

from spillway.job import DUE_SHARDS, TENANT_SHARDS, JobError, JobKey, Status
from spillway.record import created_key, from_record, job_key, partition_key, to_record
from tests.unit.core.jobs import NOW_MS, job

FULL = job(
    status=Status.RUNNING,
    metadata={"a": "b"},
    retry_of="j0",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    attempts=2,
    failures=1,
    max_attempts=4,
    model_version="v1",
    lease_until_ms=NOW_MS,
    started_at_ms=NOW_MS,
    completed_at_ms=NOW_MS,
    payload_uri="s3://p",
    result="{}",
    result_uri="s3://r",
    error=JobError("timeout", "slow", retryable=True),
)


def test_a_job_comes_back_from_its_record_as_it_was() -> None:
    assert from_record(to_record(job())) == job()
    assert from_record(to_record(FULL)) == FULL


def test_a_record_holds_plain_values_and_its_index_keys() -> None:
    record = to_record(FULL)

    assert record["pk"] == "JOB#acme#j1"
    assert record["tenantShard"] == f"acme#{FULL.key.tenant_shard}"
    assert record["createdKey"] == created_key(FULL) == f"00{NOW_MS}#j1"
    assert record["dueShard"] == FULL.key.due_shard
    assert record["error"] == {"code": "timeout", "message": "slow", "retryable": True}
    assert type(record["status"]) is str


def test_a_record_says_that_a_start_is_told_where_it_is_alone() -> None:
    """The table's stream is filtered by an attribute that is there and true."""
    told = job(tells_start=True)

    assert to_record(told)["tellsStart"] is True
    assert from_record(to_record(told)) == told
    assert "tellsStart" not in to_record(job())


def test_a_job_that_is_over_is_in_no_index_of_what_is_due() -> None:
    record = to_record(job(status=Status.FAILED, due_at_ms=None))

    assert "dueAt" not in record
    assert "dueShard" not in record


def test_a_tables_key_names_its_job() -> None:
    key = JobKey("acme", "a-b_c")

    assert job_key(partition_key(key)) == key


@pytest.mark.parametrize(
    ("shard", "count"), [("tenant_shard", TENANT_SHARDS), ("due_shard", DUE_SHARDS)]
)
def test_jobs_are_spread_evenly_over_each_list(shard: str, count: int) -> None:
    shards = [getattr(JobKey("acme", f"j{number}"), shard) for number in range(100 * count)]

    assert set(shards) == {str(number) for number in range(count)}
    assert max(map(shards.count, set(shards))) < 150
