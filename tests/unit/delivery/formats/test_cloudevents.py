from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from delivery.formats.cloudevents import cloud_event
from spillway.deliveries.announcement import text_of
from spillway.deliveries.delivery import Delivery, due
from spillway.event import JOB_EVENTS, EventType
from spillway.job import Job, JobError, Status
from tests.unit.core.jobs import NOW_MS
from tests.unit.delivery.world import TOPIC, succeeded


def told(job: Job, event: EventType) -> tuple[Delivery, CloudEvent]:
    """A delivery, and its event as the project's own library reads it, which checks it too."""
    deliveries = due(job)
    delivery = next(each for each in deliveries if each.event is event)
    written = json.dumps(cloud_event(delivery, text_of(job, event), stack="spillway"))
    read = JSONFormat().read(CloudEvent, written)
    assert isinstance(read, CloudEvent)
    return delivery, read


def test_an_event_says_what_happened_to_which_job_and_when() -> None:
    delivery, event = told(succeeded(TOPIC), EventType.SUCCEEDED)

    assert event.get_specversion() == "1.0"
    assert event.get_id() == delivery.delivery_id
    assert event.get_source() == "/spillway/spillway"
    assert event.get_type() == "job.succeeded"
    assert event.get_subject() == "j1"
    assert event.get_time() == datetime.fromtimestamp((NOW_MS - 100) / 1000, UTC)
    assert event.get_datacontenttype() == "application/json"
    assert event.get_extension("tenant") == "acme"


def test_its_data_is_what_a_webhook_is_told() -> None:
    job = succeeded(TOPIC)
    _, event = told(job, EventType.SUCCEEDED)

    assert event.get_data() == json.loads(text_of(job, EventType.SUCCEEDED))["data"]


@pytest.mark.parametrize("event", JOB_EVENTS)
def test_every_event_is_a_valid_cloud_event(event: EventType) -> None:
    status = Status[event.name] if event is not EventType.STARTED else Status.RUNNING
    error = JobError("expired", "it waited ümläut 🙂", retryable=True)
    job = succeeded(replace(TOPIC, events=JOB_EVENTS), status=status, error=error)

    _, read = told(job, event)

    assert read.get_type() == event.value
