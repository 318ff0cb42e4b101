"""More requests than are taken: what was accepted is done, what was refused left nothing behind."""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

import spillway
from benchmarks.flood import tenant
from benchmarks.flood.limits import Throttle
from benchmarks.flood.load import flood
from local.deployment import ARTIFACTS, Deployment
from local.settings import Settings
from local.workspace import Workspace
from spillway.aws.timeouts import ATTEMPTS
from tests.acceptance.refusals import refusing
from tests.acceptance.system import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.flood.load import Answer
    from tests.acceptance.system import System

MODEL = "flooded"
CALLERS = 8
RATE = Throttle(rate=30, burst=30)
"""Less than this machine accepts from so many callers."""
UNLUCKY = 3


@pytest.fixture(scope="module")
def model(system: System) -> str:
    """A model that no worker serves yet."""
    system.upload_unruly_model(MODEL)
    system.deploy_model(MODEL, LeaseSeconds="30", MaxBatch="32")
    system.keep_asleep(MODEL)
    return MODEL


@dataclass(frozen=True)
class Flooded:
    """What one tenant's requests were answered, and what there was when they were."""

    key: str
    said: Mapping[str, str]
    """What each accepted job, by its id, is to say."""
    refused: Sequence[Answer]
    stored: Mapping[str, str]
    messages: int


@pytest.fixture(scope="module")
def flooded(system: System, model: str) -> Flooded:
    """Three hundred requests of one tenant, far above its rate, each sent once."""
    key = tenant.create(system.aws("apigateway"), system.stack, "hasty", RATE)
    before = system.backlog(model)
    answers = flood(system.url, key, _requests(300), callers=CALLERS)
    return Flooded(
        key=key,
        said={answer.job_id: f"{n}" for n, answer in enumerate(answers) if answer.is_accepted},
        refused=[answer for answer in answers if not answer.is_accepted],
        stored=_stored(system, "hasty"),
        messages=system.backlog(model) - before,
    )


def test_a_flood_over_the_tenants_rate_is_accepted_in_part(flooded: Flooded) -> None:
    assert len(flooded.said) >= RATE.burst
    assert len(flooded.refused) >= 50
    assert len(flooded.said) + len(flooded.refused) == 300


def test_each_refusal_says_when_to_come_back(flooded: Flooded) -> None:
    assert {answer.status for answer in flooded.refused} == {429}
    _check_refusals(flooded.refused, "too-many-requests")


def test_each_202_is_a_stored_job_with_its_message_and_a_refusal_left_neither(
    flooded: Flooded,
) -> None:
    assert flooded.stored == dict.fromkeys(flooded.said, "QUEUED")
    assert flooded.messages == len(flooded.said)


def test_a_function_without_room_answers_503(system: System, model: str) -> None:
    # Given one environment for eight callers
    with _one_environment(system):
        answers = flood(system.url, system.api_key, _requests(40), callers=CALLERS)

    # Then some are accepted, the others told to come back
    refused = [answer for answer in answers if not answer.is_accepted]
    assert {answer.status for answer in answers} == {202, 503}
    _check_refusals(refused, "unavailable")


@pytest.mark.parametrize(("service", "action"), [("DYNAMODB", "PutItem"), ("SQS", "SendMessage")])
def test_a_service_that_throttles_makes_503_and_leaves_no_job(
    service: str, action: str, system: System, model: str
) -> None:
    # Given a service that refuses each call of this kind
    name = f"unlucky-{service.lower()}"
    key = tenant.create(system.aws("apigateway"), system.stack, name, Throttle(100, 100))
    before = system.backlog(model)

    # When requests come
    with (
        refusing(system.endpoint_url, lambda asked, _: asked == action) as url,
        _endpoint(system, f"AWS_ENDPOINT_URL_{service}", url),
    ):
        answers = flood(system.url, key, _requests(4), callers=4)

    # Then each is refused for now, and there is nothing of it
    assert {answer.status for answer in answers} == {503}
    _check_refusals(answers, "dependency-unavailable")
    assert _stored(system, name) == {}
    assert system.backlog(model) == before


def test_what_was_accepted_is_done(flooded: Flooded, system: System) -> None:
    # Given a worker, at last
    _serve(system)

    # Then each job ends with its own result
    with system.caller(flooded.key) as caller:
        jobs = [caller.until(job_id) for job_id in flooded.said]
    assert {job["status"] for job in jobs} == {"SUCCEEDED"}
    assert {job["jobId"]: job["result"]["inline"] for job in jobs} == flooded.said


def test_a_client_that_retries_loses_nothing(system: System, model: str) -> None:
    # Given a tenant with a low rate, a worker, and a queue that is away when the first jobs come
    key = tenant.create(system.aws("apigateway"), system.stack, "patient", RATE)
    _serve(system)
    sends = Counter[str]()

    def is_away(action: str, body: bytes) -> bool:
        if action != "SendMessage":
            return False
        job_id = json.loads(json.loads(body)["MessageBody"])["jobId"]
        sends[job_id] += 1
        return job_id in list(sends)[:UNLUCKY] and sends[job_id] <= ATTEMPTS

    # When it sends more than its rate, and again what was refused
    words = [f"word {number}" for number in range(80)]
    with (
        refusing(system.endpoint_url, is_away) as url,
        _endpoint(system, "AWS_ENDPOINT_URL_SQS", url),
        spillway.Client(system.url, key=key) as client,
    ):
        jobs = [_job(answer) for answer in client.submit_many(_payloads(words), model=model)]
        results = [client.wait(job.job_id, within_s=60).result for job in jobs]

    # Then each word has made one job, which says it
    assert [count > ATTEMPTS for count in sends.values()].count(True) == UNLUCKY
    assert len({job.job_id for job in jobs}) == len(words)
    assert results == words
    assert _stored(system, "patient").keys() == {job.job_id for job in jobs}


def test_requests_go_to_what_stands_ready_and_that_follows_each_parameter(
    system: System, model: str
) -> None:
    # Given a stack that stands ready, and then another limit under the same name
    ready = {"EnqueueProvisionedConcurrency": "2", "EnqueueRelease": "first"}
    with _deployed(system, ready, {"BacklogLimit": "1000"}):
        answers = flood(system.url, system.api_key, _requests(3), callers=1)
        version = system.aws("lambda").get_function_configuration(
            FunctionName=_enqueue_function(system), Qualifier="ready"
        )

    # Then a version of that name, with that limit, takes requests
    assert version["Description"].startswith("first ")
    assert version["Environment"]["Variables"]["BACKLOG_LIMIT"] == "1000"
    assert {answer.status for answer in answers} == {202}


def _job(answer: spillway.Job | spillway.SpillwayError) -> spillway.Job:
    assert isinstance(answer, spillway.Job), answer
    return answer


def _payloads(words: Sequence[str]) -> list[Any]:
    return [{"say": word} for word in words]


def _requests(count: int) -> list[Mapping[str, Any]]:
    words = [f"{number}" for number in range(count)]
    return [{"payload": payload, "model": MODEL} for payload in _payloads(words)]


def _check_refusals(answers: Sequence[Answer], problem: str) -> None:
    for answer in answers:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.document["type"].endswith(f"/{problem}")
        assert int(answer.retry_after or "") >= 1


def _stored(system: System, tenant_name: str) -> dict[str, str]:
    """The tenant's jobs as the table has them: their states by their ids."""
    pages = (
        system.aws("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=system.output("JobsTable"),
            FilterExpression="tenant = :tenant",
            ExpressionAttributeValues={":tenant": {"S": tenant_name}},
        )
    )
    items = [item for page in pages for item in page["Items"]]
    return {item["jobId"]["S"]: item["status"]["S"] for item in items}


def _enqueue_function(system: System) -> str:
    stack = system.aws("cloudformation").describe_stack_resource(
        StackName=system.stack, LogicalResourceId="EnqueueFunction"
    )
    return str(stack["StackResourceDetail"]["PhysicalResourceId"])


@contextmanager
def _one_environment(system: System) -> Iterator[None]:
    functions, name = system.aws("lambda"), _enqueue_function(system)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    try:
        yield
    finally:
        functions.delete_function_concurrency(FunctionName=name)


@contextmanager
def _endpoint(system: System, variable: str, url: str) -> Iterator[None]:
    """The enqueue function with another address for one service."""
    functions, name = system.aws("lambda"), _enqueue_function(system)
    own = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

    def put(variables: dict[str, str]) -> None:
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)

    put({**own, variable: url})
    try:
        yield
    finally:
        put(own)


@contextmanager
def _deployed(system: System, *changes: Mapping[str, str]) -> Iterator[None]:
    """The stack after one deploy for each change of parameters, and then as it was."""
    settings = Settings.of({"PORT": str(urlsplit(system.url).port)}, ROOT)
    deployment = Deployment(settings, Workspace(system.folder))
    (stack,) = system.aws("cloudformation").describe_stacks(StackName=system.stack)["Stacks"]
    own = {given["ParameterKey"]: given["ParameterValue"] for given in stack["Parameters"]}
    # sam takes no empty value, and a name that nothing bears does nothing.
    before = {name: own[name] or "none" for change in changes for name in change}
    try:
        for change in changes:
            deployment.begin_deploy(ARTIFACTS, parameters=change).finish()
        yield
    finally:
        deployment.begin_deploy(ARTIFACTS, parameters=before).finish()


def _serve(system: System) -> None:
    """Start a worker for the model and wait until it is there."""
    ecs = system.aws("ecs")
    cluster = system.output("Cluster")
    services = ecs.list_services(cluster=cluster)["serviceArns"]
    (service,) = [arn for arn in services if MODEL in arn]
    ecs.update_service(cluster=cluster, service=service, desiredCount=1)
    deadline = time.monotonic() + 60
    while not system.worker_pids(MODEL):
        assert time.monotonic() < deadline, "no worker has started"
        time.sleep(0.2)
