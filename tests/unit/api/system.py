"""The API's handlers on the twins, reached by the events that API Gateway sends."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api import deliveries, enqueue, jobs
from spillway import transitions
from spillway.deliveries.settings import DeliveriesSettings
from spillway.destinations.defaults import DefaultDestinations
from spillway.errors import Unavailable
from spillway.intake import Intake
from spillway.job import Job, JobError, JobKey
from spillway.memory import (
    MemoryBucket,
    MemoryDeliveries,
    MemoryDeliveryQueue,
    MemoryFigures,
    MemoryQueue,
    MemoryQueues,
    MemoryRegistry,
    MemoryStore,
    MemoryTenantDestinations,
    MemoryWaker,
)
from spillway.ports import Depth, ModelEntry
from spillway.settings import FunctionSettings
from spillway.waking import Waking
from tests.unit.api.document import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

    import pytest

NOW_MS = 1_800_000_000_000
KEY = "acme.0123456789abcdef0123456789abcdef"
IDS = {"jobs": "jobId", "deliveries": "deliveryId"}
DELIVERIES = ("/deliveries", "/webhooks", "/destinations")
OTHER_KEY = "globex.0123456789abcdef0123456789abcdef"
DOCUMENT = Document()
ALLOWED_ARNS = (
    "arn:aws:sns:eu-central-1:123456789012:told-*",
    "arn:aws:s3:::everybodys/{tenant}/*",
)
OWN_ARNS = ("arn:aws:sqs:*:*:spillway*",)


class Clock:
    """Virtual time. `sleep` moves it, and lets what was planned for meanwhile happen."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.meanwhile: Callable[[], object] | None = None

    def __call__(self) -> int:
        return self.now_ms

    def sleep(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)
        if self.meanwhile is not None:
            action, self.meanwhile = self.meanwhile, None
            action()


class FrailQueue(MemoryQueue):
    """A queue that can be told to be away."""

    is_away = False

    def send(self, body: str, *, group: str) -> None:
        self._check()
        super().send(body, group=group)

    def depth(self) -> Depth:
        self._check()
        return super().depth()

    def _check(self) -> None:
        if self.is_away:
            raise Unavailable("dependency-unavailable", "SQS did not answer", retry_after_s=5)


class FrailDeliveryQueue(MemoryDeliveryQueue):
    """A queue of deliveries that can be told to be away."""

    is_away = False

    def send(self, messages: Sequence[tuple[str, str]]) -> None:
        if self.is_away:
            raise Unavailable("dependency-unavailable", "SQS did not answer", retry_after_s=5)
        super().send(messages)


@dataclass(frozen=True)
class Reply:
    """One answer; `body` is parsed where it is JSON."""

    status: int
    headers: dict[str, str]
    body: Any


class System:
    """Handlers and twins of one test."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        *,
        backlog_limit: int = 0,
        auth_mode: Any = "ApiKey",
    ) -> None:
        self.clock = Clock()
        self.store = MemoryStore()
        self.queue = FrailQueue(self.clock)
        self.queues = MemoryQueues({"default": self.queue})
        self.waker = MemoryWaker()
        self.figures = MemoryFigures()
        self.deliveries = MemoryDeliveries()
        self.delivery_queue = FrailDeliveryQueue(self.clock)
        self.defaults = MemoryTenantDestinations()
        self.inputs = MemoryBucket("inputs")
        self.results = MemoryBucket("results")
        self.registry = MemoryRegistry(
            [ModelEntry("default", "https://queue", 10, 4, 30, "s3://models/default/")]
        )
        self.settings = FunctionSettings(
            stack="spillway",
            jobs_table="jobs",
            input_bucket="inputs",
            result_bucket="results",
            auth_mode=auth_mode,
            backlog_limit=backlog_limit,
            retention_days=30,
            default_model="default",
            deliveries_table="deliveries",
            allowed_destinations=ALLOWED_ARNS,
            own_arns=OWN_ARNS,
        )
        intake = Intake(
            store=self.store,
            queues=self.queues,
            inputs=self.inputs,
            clock=self.clock,
            backlog_limit=backlog_limit,
            retention_days=30,
            waking=Waking(figures=self.figures, waker=self.waker, clock=self.clock),
            defaults=DefaultDestinations(self.defaults, self.clock),
        )
        submit = enqueue.Enqueue(
            self.settings,
            intake=intake,
            store=self.store,
            results=self.results,
            clock=self.clock,
            sleep=self.clock.sleep,
        )
        parts = jobs.Parts(
            settings=self.settings,
            intake=intake,
            store=self.store,
            queues=self.queues,
            registry=self.registry,
            figures=self.figures,
            deliveries=self.deliveries,
            inputs=self.inputs,
            results=self.results,
            clock=self.clock,
        )
        told = deliveries.Parts(
            settings=DeliveriesSettings(
                auth_mode=auth_mode,
                jobs_table="jobs",
                deliveries_table="deliveries",
                delivery_queue_url="https://deliveries",
                allowed_destinations=ALLOWED_ARNS,
                own_arns=OWN_ARNS,
            ),
            jobs=self.store,
            deliveries=self.deliveries,
            queue=self.delivery_queue,
            defaults=self.defaults,
            clock=self.clock,
        )
        monkeypatch.setattr(enqueue, "_enqueue", lambda: submit)
        monkeypatch.setattr(jobs, "_parts", lambda: parts)
        monkeypatch.setattr(deliveries, "_parts", lambda: told)
        jobs._document.cache_clear()
        logging.getLogger("spillway").setLevel(logging.INFO)

    def call(
        self,
        method: str,
        path: str,
        body: str | bytes | None = None,
        *,
        key: str = KEY,
        headers: Mapping[str, str | None] | None = None,
        query: Mapping[str, str] | None = None,
        **envelope: object,
    ) -> Reply:
        """Send a request and hold the answer to the document."""
        event = event_of(method, path, body, key=key, headers=headers, query=query)
        event |= envelope
        answer = module_of(method, path).handler(event, None)
        reply = _reply(json.loads(json.dumps(answer)))
        DOCUMENT.check(method, path, reply.status, reply.headers, reply.body)
        return reply

    def submit(self, request: object = None, **call: Any) -> Reply:
        """POST /jobs with this request, else with the smallest there is."""
        request = {"payload": {"hello": "world"}} if request is None else request
        return self.call("POST", "/jobs", json.dumps(request), **call)

    def submitted(self, request: object = None, **call: Any) -> str:
        """The id of a job that was accepted."""
        reply = self.submit(request, **call)
        assert reply.status == 202, reply
        return str(reply.body["jobId"])

    def job(self, job_id: str, tenant: str = "acme") -> Job:
        """The job as stored."""
        job = self.store.get(JobKey(tenant, job_id))
        assert job is not None
        return job

    def start(self, job_id: str, tenant: str = "acme") -> Job:
        """Claim a job, as a worker does."""
        update = transitions.claim(
            JobKey(tenant, job_id),
            now_ms=self.clock(),
            lease_until_ms=self.clock() + 30_000,
            max_attempts=4,
            model_version="v1",
        )
        return self.store.apply(update)

    def succeed(
        self, job_id: str, result: str, *, inline: bool = True, tenant: str = "acme"
    ) -> Job:
        """Run a job to its success."""
        attempt = self.start(job_id, tenant).attempts
        key = f"results/{tenant}/{job_id}/{attempt}.json"
        self.results.put(key, result.encode())
        return self.store.apply(
            transitions.succeed(
                JobKey(tenant, job_id),
                attempt=attempt,
                now_ms=self.clock(),
                result=result if inline else None,
                result_uri=self.results.uri(key),
            )
        )

    def fail(self, job_id: str, tenant: str = "acme") -> Job:
        """Run a job to its failure."""
        attempt = self.start(job_id, tenant).attempts
        error = JobError("prediction_failed", "no", retryable=True)
        key = JobKey(tenant, job_id)
        return self.store.apply(
            transitions.fail(key, attempt=attempt, now_ms=self.clock(), error=error)
        )

    def assert_untouched(self) -> None:
        """Nothing was stored, nothing enqueued."""
        assert not self.store._records
        assert self.messages() == []
        assert not self.inputs.objects

    def messages(self) -> list[str]:
        """What waits in the model's queue."""
        return [entry.body for entry in self.queue._entries.values()]


def module_of(method: str, path: str) -> ModuleType:
    """The handler that the document sends the request to."""
    if (method, path) == ("POST", "/jobs"):
        return enqueue
    return deliveries if path.startswith(DELIVERIES) else jobs


def event_of(
    method: str,
    path: str,
    body: str | bytes | None = None,
    *,
    key: str = KEY,
    headers: Mapping[str, str | None] | None = None,
    query: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """API Gateway's proxy event, format 1.0."""
    steps = path.split("/")
    given = {"x-api-key": key, "Content-Type": "application/json", **(headers or {})}
    sent = {name: value for name, value in given.items() if value is not None}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": {n: [v] for n, v in query.items()} if query else None,
        "pathParameters": {IDS[steps[1]]: steps[2]} if steps[1] in IDS and steps[2:] else None,
        "stageVariables": None,
        "requestContext": {
            "requestId": "request-1",
            "stage": "v1",
            "path": f"/v1{path}",
            "httpMethod": method,
            "identity": {"apiKey": key, "sourceIp": "192.0.2.1", "userArn": None},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def _reply(answer: dict[str, Any]) -> Reply:
    headers = {name: values[0] for name, values in (answer.get("multiValueHeaders") or {}).items()}
    headers |= answer.get("headers") or {}
    text = answer["body"]
    return Reply(answer["statusCode"], headers, json.loads(text) if text else None)
