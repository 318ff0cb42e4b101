"""The document's own examples, as a client reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from spillway import (
    Attempt,
    Decision,
    Delivery,
    DeliveryStatus,
    Destination,
    EventType,
    Job,
    JobError,
    Model,
    Tasks,
)
from tests.unit.api.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

SIX = datetime(2026, 11, 22, 6, tzinfo=UTC)


def examples(schema: str) -> Iterator[dict[str, Any]]:
    """Each answer that the document shows for this schema."""
    for _, _, operation in Document().operations():
        for answer in operation["responses"].values():
            for content in answer.get("content", {}).values():
                if content["schema"] == {"$ref": f"#/components/schemas/{schema}"}:
                    yield from filter(None, [content.get("example")])


@pytest.mark.parametrize("document", [*examples("Job"), *examples("Accepted")])
def test_every_job_of_the_document_can_be_read(document: dict[str, Any]) -> None:
    job = Job.of(document)

    assert (job.job_id, job.model, job.status) == (
        document["jobId"],
        document["model"],
        document["status"],
    )
    assert job.document is document


def test_a_job_is_read_whole() -> None:
    [succeeded] = [each for each in examples("Job") if each["status"] == "SUCCEEDED"]

    told = {
        "id": "dlv_1", "event": "job.succeeded", "status": "RETRYING",
        "destination": {"type": "webhook", "url": "https://a.example"},
        "attempts": 1, "lastError": "answered 503", "nextAttemptAt": "2026-11-22T06:00:00Z",
    }  # fmt: skip
    more = {"destinations": [{"type": "webhook", "url": "https://a.example"}], "deliveries": [told]}

    job = Job.of(succeeded | {"retryOf": "order-16", "queuePosition": 3} | more)

    assert job == Job(
        job_id="order-17",
        model="default",
        status=job.status,
        created_at=SIX,
        started_at=SIX.replace(microsecond=120_000),
        completed_at=SIX.replace(microsecond=150_000),
        expires_at=SIX.replace(hour=12),
        ttl_s=21_600,
        timeout_s=900,
        attempts=1,
        model_version="minilm-1",
        payload_bytes=22,
        has_result=True,
        result={"embedding": [0.1, -0.2]},
        result_uri="s3://spillway-result/results/acme/order-17/1.json",
        queue_ms=120,
        run_ms=30,
        queue_position=3,
        retry_of="order-16",
        metadata={"order": "17"},
        destinations=(Destination("webhook", "https://a.example"),),
        deliveries=(
            Delivery(
                delivery_id="dlv_1",
                event=EventType.SUCCEEDED,
                destination=Destination("webhook", "https://a.example"),
                status=DeliveryStatus.RETRYING,
                attempts=1,
                last_error="answered 503",
                next_attempt_at=SIX,
            ),
        ),
    )


def test_jobs_can_be_told_apart_in_a_set() -> None:
    [succeeded] = [each for each in examples("Job") if each["status"] == "SUCCEEDED"]
    said = succeeded | {"metadata": {"order": "17"}}

    job, again, other = Job.of(said), Job.of(said), Job.of(said | {"jobId": "order-18"})

    assert {job, again, other} == {job, other}


def test_a_failed_job_says_why() -> None:
    [failed] = [each for each in examples("Job") if each["status"] == "FAILED"]

    assert Job.of(failed).error == JobError(
        "invalid_payload", "text must be a string", retryable=False
    )


def test_a_model_is_read_whole() -> None:
    [models] = examples("Models")

    [model] = map(Model.of, models["models"])

    assert model == Model(
        name="default",
        backlog=120,
        in_flight=16,
        max_tasks=10,
        max_attempts=4,
        lease_s=30,
        tasks=Tasks(
            running=1, pending=2, desired=3, required=3, observed_at=SIX.replace(second=10)
        ),
        seconds_per_job=2.5,
        decisions=(
            Decision(
                at=SIX.replace(second=10),
                before=1,
                after=3,
                reason="140 jobs, 2.5 s each, target 120 s",
            ),
            Decision(
                at=SIX.replace(microsecond=120_000),
                before=0,
                after=1,
                reason="1 job, 2.5 s each, target 120 s",
            ),
        ),
    )


def test_a_model_s_counts_may_be_unknown() -> None:
    document = {"model": "default", "maxTasks": 1, "maxAttempts": 1, "leaseSeconds": 30}

    model = Model.of(document)
    assert (model.backlog, model.in_flight) == (None, None)
    assert (model.tasks, model.seconds_per_job, model.decisions) == (None, None, ())


@pytest.mark.parametrize("document", [*examples("Delivery")])
def test_every_delivery_of_the_document_can_be_read(document: dict[str, Any]) -> None:
    delivery = Delivery.of(document)

    assert (delivery.delivery_id, delivery.event, delivery.status) == (
        document["id"],
        document["event"],
        document["status"],
    )
    assert delivery.document is document


def test_a_delivery_is_read_whole() -> None:
    [delivered] = [each for each in examples("Delivery") if each["status"] == "DELIVERED"]

    delivery = Delivery.of(delivered)

    assert delivery == Delivery(
        delivery_id="dlv_0f343b0931126a20f133d67c2b018a3b",
        event=EventType.SUCCEEDED,
        status=DeliveryStatus.DELIVERED,
        attempts=2,
        job_id="order-17",
        destination=Destination("webhook", "https://example.com/hooks/spillway"),
        round=1,
        created_at=SIX.replace(microsecond=150_000),
        delivered_at=SIX.replace(second=5, microsecond=840_000),
        history=(
            Attempt(at=SIX.replace(microsecond=310_000), took_ms=41, error="answered 503"),
            Attempt(at=SIX.replace(second=5, microsecond=800_000), took_ms=40),
        ),
    )
    assert delivery.is_over
    assert {delivery, Delivery.of(delivered)} == {delivery}
