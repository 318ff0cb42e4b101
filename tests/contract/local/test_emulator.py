"""MiniStack with the adapters of local/ does what AWS does, where the product relies on it.

A failure after an upgrade of MiniStack names the adapter that no longer fits.
"""

from __future__ import annotations

import json
import os
import signal
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local import compatibility
from spillway_cli import api_keys
from tests.sigv4 import SigV4

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.contract.local.conftest import Host


@pytest.fixture(scope="module")
def api(host: Host, outputs: dict[str, str]) -> Iterator[httpx.Client]:
    key = api_keys.create(host.aws.apigateway, outputs["PlanId"], "acme")
    with httpx.Client(
        base_url=host.settings.url, headers={"x-api-key": key}, timeout=30, trust_env=False
    ) as client:
        yield client


@pytest.fixture
def worker(host: Host, outputs: dict[str, str]) -> Iterator[dict[str, str]]:
    """The environment of the one running worker."""
    host.aws.ecs.update_service(cluster="contract", service="contract", desiredCount=1)
    yield environment_of(eventually(lambda: one(host.root.glob(".local/tasks/*"))))
    host.aws.ecs.update_service(cluster="contract", service="contract", desiredCount=0)
    eventually(lambda: not list(host.root.glob(".local/tasks/*")))


def eventually[T](look: Callable[[], T | None], timeout_s: float = 15) -> T:
    deadline_s = time.monotonic() + timeout_s
    while not (seen := look()):
        assert time.monotonic() < deadline_s, "it never came to that"
        time.sleep(0.05)
    return seen


def one(paths: Iterator[Path]) -> Path | None:
    return next((path for path in paths if (path / "tmp" / "environment.json").is_file()), None)


def environment_of(task: Path) -> dict[str, str]:
    environment: dict[str, str] = json.loads((task / "tmp" / "environment.json").read_text())
    return environment


def client_as(worker: dict[str, str], service: str) -> Any:
    """A client with the credentials that the worker's own would find."""
    answer = httpx.get(
        worker["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
        headers={"authorization": worker["AWS_CONTAINER_AUTHORIZATION_TOKEN"]},
        trust_env=False,
    )
    given = answer.json()
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=worker["AWS_ENDPOINT_URL"],
        region_name=worker["AWS_REGION"],
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["Token"],
    )


def protect(worker: dict[str, str], minutes: int | None = 5) -> Any:
    """Protect the worker's task, or with None end that, as the worker does; its new state."""
    url = f"{worker['ECS_AGENT_URI']}/task-protection/v1/state"
    wanted = {"ProtectionEnabled": minutes is not None, "ExpiresInMinutes": minutes}
    return httpx.put(url, json=wanted, trust_env=False).json()["protection"]


def user_of(host: Host, name: str) -> tuple[str, Credentials]:
    """A new IAM user's ARN and keys."""
    iam = host.client("iam")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return arn, Credentials(key["AccessKeyId"], key["SecretAccessKey"])


# --- compatibility --------------------------------------------------------------------------------


def test_this_is_the_ministack_that_local_was_made_for(host: Host) -> None:
    assert version("ministack") == compatibility.VERSION
    assert host.missing == ()


# --- rest_import, proxy_event, gateway_responses, front -------------------------------------------


def test_the_stage_is_the_first_part_of_the_path(api: httpx.Client) -> None:
    answer = api.post("/echo/a", params={"needed": "1"})

    assert answer.status_code == 200


def test_the_event_names_the_key_that_was_checked(api: httpx.Client) -> None:
    identity = api.post("/echo/a", params={"needed": "1"}).json()

    assert identity["apiKey"] == api.headers["x-api-key"]
    assert identity["apiKeyId"]


def test_a_gateway_response_has_its_own_status_type_and_body(api: httpx.Client) -> None:
    answer = api.post("/echo/a", params={"needed": "1"}, headers={"x-api-key": "acme.wrong"})

    assert (answer.status_code, answer.json()) == (401, {"title": "no key"})
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_route_has_the_gateway_response_for_it(api: httpx.Client) -> None:
    answer = api.get("/nothing")

    assert (answer.status_code, answer.json()) == (404, {"title": "no route"})


def test_a_missing_parameter_is_refused(api: httpx.Client) -> None:
    answer = api.post("/echo/a")

    assert (answer.status_code, answer.json()) == (400, {"title": "a parameter is missing"})


def test_a_body_is_held_to_its_schema(api: httpx.Client) -> None:
    good, bad = api.post("/checked", json={"item": "x"}), api.post("/checked", json={"item": 1})

    assert good.status_code == 200
    assert (bad.status_code, bad.json()) == (422, {"title": "not as the schema says"})


def test_a_function_without_room_has_the_gateway_response_for_it(
    host: Host, api: httpx.Client
) -> None:
    # Given a function that may not run at all
    functions = host.aws.functions
    (name,) = [
        given["FunctionName"]
        for given in functions.list_functions()["Functions"]
        if "Echo" in given["FunctionName"]
    ]
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        answer = api.post("/echo/a", params={"needed": "1"})
    finally:
        functions.delete_function_concurrency(FunctionName=name)

    assert (answer.status_code, answer.json()) == (503, {"title": "no answer"})
    assert answer.headers["retry-after"] == "5"


def test_an_integration_keeps_its_templates(api: httpx.Client) -> None:
    assert api.get("/mocked").json() == {"mocked": True}


def test_a_body_over_ten_megabytes_is_refused(api: httpx.Client) -> None:
    answer = api.post("/checked", content=b"x" * 10_485_761)

    assert (answer.status_code, answer.json()) == (413, {"title": "too large"})


def test_the_event_names_the_principal_who_signed(
    host: Host, outputs: dict[str, str], api: httpx.Client
) -> None:
    user, credentials = user_of(host, "signer")
    arn = f"arn:aws:execute-api:us-east-1:{user.split(':')[4]}:{outputs['ApiId']}/v1/GET/signed"
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arn}
    host.client("iam").put_user_policy(
        UserName="signer",
        PolicyName="call",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )

    answer = api.get("/signed", auth=SigV4(credentials, "us-east-1"))

    assert (answer.status_code, answer.json()["userArn"]) == (200, user)


def test_a_principal_whom_no_policy_allows_has_the_gateway_response_for_it(
    host: Host, outputs: dict[str, str], api: httpx.Client
) -> None:
    user, credentials = user_of(host, "stranger")

    answer = api.get("/signed", auth=SigV4(credentials, "us-east-1"))

    assert (answer.status_code, answer.json()["title"]) == (403, "not allowed")
    assert f"{user} is not authorized to perform: execute-api:Invoke" in answer.json()["why"]
    assert answer.headers["content-type"] == "application/problem+json"


# --- resource_types, number_properties, container_definitions -------------------------------------


def test_types_that_are_lacking_deploy_with_their_attributes(outputs: dict[str, str]) -> None:
    assert outputs["PolicyArn"].startswith("arn:aws:autoscaling:")


def test_an_alarm_on_a_metric_is_still_an_alarm(host: Host, outputs: dict[str, str]) -> None:
    alarms = host.client("cloudwatch").describe_alarms(AlarmNamePrefix="contract-")["MetricAlarms"]

    assert [alarm["AlarmName"] for alarm in alarms] == ["contract-plain"]


def test_a_number_parameter_may_be_the_count_of_a_service(
    host: Host, outputs: dict[str, str]
) -> None:
    services = host.aws.ecs.describe_services(cluster="contract", services=["contract"])["services"]

    assert services[0]["desiredCount"] == 0


def test_a_number_parameter_may_be_how_many_read_a_queue_at_once(
    host: Host, outputs: dict[str, str]
) -> None:
    sqs, url = host.client("sqs"), outputs["MailUrl"]
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    sqs.send_message(QueueUrl=url, MessageBody="hello")

    def is_read() -> bool:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"]
        return set(found.values()) == {"0"}

    assert eventually(is_read)


def test_a_health_check_is_described_whole(host: Host, outputs: dict[str, str]) -> None:
    described = host.aws.ecs.describe_task_definition(taskDefinition="contract")

    container = described["taskDefinition"]["containerDefinitions"][0]
    assert container["healthCheck"]["command"] == ["CMD", "python", "-m", "worker.health"]


# --- nested_stacks --------------------------------------------------------------------------------


def test_a_nested_stack_s_update_leaves_what_is_unchanged_as_it_was(host: Host) -> None:
    created = host.nest("old")
    updated = host.nest("new")

    value = host.aws.ssm.get_parameter(Name="/nested")["Parameter"]["Value"]
    assert updated == created | {"status": "UPDATE_COMPLETE"}
    assert value == f"new {created['QueueName']}"


# --- tasks, credentials, authorization, protection ------------------------------------------------


def test_a_worker_has_its_definition_as_its_environment(
    worker: dict[str, str], outputs: dict[str, str], host: Host
) -> None:
    assert worker["QUEUE_URL"] == outputs["QueueUrl"]
    assert worker["AWS_ENDPOINT_URL"] == host.settings.endpoint_url
    assert worker["MODEL_DIR"].startswith(str(host.root / ".local" / "tasks"))
    assert worker["OPENBLAS_NUM_THREADS"] == "2"
    assert "AWS_ACCESS_KEY_ID" not in worker


def test_a_worker_may_what_its_role_allows(worker: dict[str, str], outputs: dict[str, str]) -> None:
    entries = [{"Id": "a", "MessageBody": "x"}]

    sent = client_as(worker, "sqs").send_message_batch(
        QueueUrl=outputs["QueueUrl"], Entries=entries
    )
    found = client_as(worker, "ssm").get_parameters_by_path(Path="/contract/models")

    ecs = client_as(worker, "ecs")
    [service] = ecs.describe_services(cluster="contract", services=["contract"])["services"]
    ecs.update_service(cluster="contract", service="contract", desiredCount=1)
    metrics = client_as(worker, "cloudwatch")
    metrics.put_metric_data(Namespace="Contract", MetricData=[{"MetricName": "a", "Value": 1}])

    assert len(sent["Successful"]) == 1
    assert [parameter["Value"] for parameter in found["Parameters"]] == ["found"]
    assert service["desiredCount"] == 1


def test_a_worker_may_nothing_else(worker: dict[str, str], outputs: dict[str, str]) -> None:
    sqs, ssm = client_as(worker, "sqs"), client_as(worker, "ssm")
    entries = [{"Id": "a", "ReceiptHandle": "x"}]

    with pytest.raises(ClientError, match="not authorized"):
        sqs.delete_message_batch(QueueUrl=outputs["QueueUrl"], Entries=entries)
    with pytest.raises(ClientError, match="not authorized"):
        ssm.get_parameters_by_path(Path="/contract")
    with pytest.raises(ClientError, match="not authorized"):
        client_as(worker, "ecs").update_service(cluster="contract", service="other")
    metrics = client_as(worker, "cloudwatch")
    with pytest.raises(ClientError, match="not authorized"):
        metrics.put_metric_data(Namespace="Other", MetricData=[{"MetricName": "a", "Value": 1}])


def test_credentials_are_given_to_the_task_alone(worker: dict[str, str]) -> None:
    answer = httpx.get(worker["AWS_CONTAINER_CREDENTIALS_FULL_URI"], trust_env=False)

    assert answer.status_code == 404


def test_a_killed_worker_is_replaced(host: Host, worker: dict[str, str]) -> None:
    first = one(host.root.glob(".local/tasks/*"))
    assert first is not None

    os.kill(int((first / "pid").read_text()), signal.SIGKILL)

    eventually(lambda: (found := one(host.root.glob(".local/tasks/*"))) and found != first)


def test_a_stopped_worker_has_its_time_and_the_caller_does_not_wait(
    host: Host, worker: dict[str, str]
) -> None:
    log = max(host.root.glob(".local/log/tasks/*.log"), key=lambda path: path.stat().st_mtime)
    began_s = time.monotonic()

    host.aws.ecs.update_service(cluster="contract", service="contract", desiredCount=0)

    assert time.monotonic() - began_s < 0.9
    eventually(lambda: "stopping" in log.read_text())


def test_what_a_worker_writes_is_in_its_log_group(host: Host, worker: dict[str, str]) -> None:
    logs = host.client("logs")

    def messages() -> list[str]:
        streams = logs.describe_log_streams(logGroupName="/contract/worker")["logStreams"]
        return [
            event["message"]
            for stream in streams
            for event in logs.get_log_events(
                logGroupName="/contract/worker", logStreamName=stream["logStreamName"]
            )["events"]
        ]

    eventually(lambda: "hello from the worker" in messages())


def test_a_task_protects_itself_and_ecs_says_so(host: Host, worker: dict[str, str]) -> None:
    url = f"{worker['ECS_AGENT_URI']}/task-protection/v1/state"

    before = httpx.get(url, trust_env=False).json()["protection"]
    after = protect(worker)
    told = host.aws.ecs.get_task_protection(cluster="contract", tasks=[after["TaskArn"]])
    protect(worker, minutes=None)

    assert (before["ProtectionEnabled"], after["ProtectionEnabled"]) == (False, True)
    assert told["protectedTasks"][0]["protectionEnabled"] is True


def test_ecs_protects_no_more_tasks_than_are_desired(host: Host, worker: dict[str, str]) -> None:
    ecs = host.aws.ecs
    arn = protect(worker)["TaskArn"]
    ecs.update_service(cluster="contract", service="contract", desiredCount=0)

    told = ecs.update_task_protection(cluster="contract", tasks=[arn], protectionEnabled=True)
    protect(worker, minutes=None)

    assert told["failures"] == [{"arn": arn, "reason": "DEPLOYMENT_BLOCKED"}]


# --- scale_in -------------------------------------------------------------------------------------


def test_a_protected_task_stays_until_it_no_longer_is(host: Host, worker: dict[str, str]) -> None:
    # Given a protected task, and another that is newer
    ecs = host.aws.ecs
    kept = protect(worker)["TaskArn"]
    ecs.update_service(cluster="contract", service="contract", desiredCount=2)
    eventually(lambda: len(ecs.list_tasks(cluster="contract")["taskArns"]) == 2)

    # When none is wanted any more, then it alone is left
    ecs.update_service(cluster="contract", service="contract", desiredCount=0)
    eventually(lambda: ecs.list_tasks(cluster="contract")["taskArns"] == [kept])

    # Until its protection ends, as the fixture's own scale-in shows
    protect(worker, minutes=None)


# --- stack_imports --------------------------------------------------------------------------------


def test_an_import_that_no_condition_takes_holds_no_stack(host: Host) -> None:
    _export_and_import(host, "unused", imports=False)

    assert _deleted(host, "unused")


def test_an_import_in_use_holds_its_stack(host: Host) -> None:
    _export_and_import(host, "used", imports=True)

    with pytest.raises(ClientError, match="used-Value is imported by stack used-importer"):
        _deleted(host, "used")


# --- without the adapters -------------------------------------------------------------------------


def test_without_the_adapters_the_stack_does_not_deploy(bare: Host) -> None:
    """When this fails, MiniStack has learned a type: see whether a stand-in can go."""
    with pytest.raises(ClientError, match="AWS::ApplicationAutoScaling::ScalableTarget"):
        bare.deploy()


def test_without_the_adapters_an_import_that_is_not_taken_holds_its_stack(bare: Host) -> None:
    """When this fails, MiniStack looks at conditions: `stack_imports` can go."""
    _export_and_import(bare, "unused", imports=False)

    with pytest.raises(ClientError, match="imported by stack"):
        _deleted(bare, "unused")


def test_without_the_adapters_a_nested_stack_s_update_fails(bare: Host) -> None:
    """When this fails, MiniStack keeps the attributes: `nested_stacks` can go."""
    bare.nest("old")

    assert bare.nest("new")["status"] == "UPDATE_ROLLBACK_FAILED"


def _export_and_import(host: Host, name: str, *, imports: bool) -> None:
    """Make a stack that exports a value, and one whose template imports it, if so told."""
    topic = {"Type": "AWS::SNS::Topic"}
    exported = {"Value": {"Ref": "AWS::StackName"}, "Export": {"Name": f"{name}-Value"}}
    exporter = {"Resources": {"Topic": topic}, "Outputs": {"Value": exported}}
    value = {"Fn::If": ["HasOwn", "own", {"Fn::ImportValue": f"{name}-Value"}]}
    importer = {
        "Conditions": {"HasOwn": {"Fn::Equals": [str(imports), "False"]}},
        "Resources": {"Topic": {**topic, "Properties": {"DisplayName": value}}},
    }
    for stack, template in ((name, exporter), (f"{name}-importer", importer)):
        cloudformation = host.aws.cloudformation
        cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )


def _deleted(host: Host, name: str) -> bool:
    cloudformation = host.aws.cloudformation
    cloudformation.delete_stack(StackName=name)
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    return True
