"""One template for both: the default model nested in the core, and a further model on its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from spillway.aws.registry import _entry
from spillway.submission import TTL_S, parse
from tests.template.documents import of_type
from tests.template.resolution import Resolved, imports
from worker.settings import WorkerSettings

if TYPE_CHECKING:
    from tests.template.documents import Template

IMPORTED = {
    "JobsTable": "jobs",
    "ModelBucket": "models",
    "InputBucket": "inputs",
    "ResultBucket": "results",
    "Cluster": "cluster",
    "WorkerRepositoryUri": "1.dkr.ecr.eu-central-1.amazonaws.com/worker",
    "WorkerRepositoryArn": "arn:aws:ecr:eu-central-1:111122223333:repository/worker",
    "SubnetIds": "subnet-1,subnet-2",
    "SecurityGroupId": "sg-1",
    "AssignPublicIp": "DISABLED",
    "AlarmTopicArn": "arn:aws:sns:eu-central-1:111122223333:alarms",
}
ENVIRONMENT = {
    "MODEL", "MODEL_URI", "MODEL_DIR", "QUEUE_URL", "DEAD_LETTER_QUEUE_URL", "JOBS_TABLE",
    "INPUT_BUCKET", "RESULT_BUCKET", "LEASE_SECONDS", "MAX_ATTEMPTS", "MAX_BATCH", "MAX_DELAY_MS",
    "CONCURRENCY", "STACK_NAME",
}  # fmt: skip


@pytest.fixture
def nested(model: Template) -> Resolved:
    return Resolved(model, **IMPORTED)


def _containers(stack: Resolved) -> dict[str, dict[str, Any]]:
    containers = stack.properties("TaskDefinition")["ContainerDefinitions"]
    return {container["Name"]: container for container in containers}


def _environment(stack: Resolved) -> dict[str, Any]:
    return {entry["Name"]: entry["Value"] for entry in _containers(stack)["worker"]["Environment"]}


def test_a_model_on_its_own_imports_what_the_core_exports(model: Template, core: Template) -> None:
    exported = {
        Resolved(core).outputs[name]["Export"]["Name"]: name for name in Resolved(core).outputs
    }
    imported = set(imports(Resolved(model).resources))

    assert imported == {f"spillway-{name}" for name in IMPORTED}
    assert imported <= exported.keys()


def test_each_export_bears_the_stacks_and_the_outputs_names(core: Template) -> None:
    for name, output in Resolved(core).outputs.items():
        assert output["Export"] == {"Name": f"spillway-{name}"}


def test_a_nested_model_imports_nothing(nested: Resolved) -> None:
    assert list(imports(nested.resources)) == []
    assert nested.dangling() == set()


def test_the_core_passes_on_all_that_would_be_imported(core: Template) -> None:
    passed = core["Resources"]["DefaultModel"]["Properties"]["Parameters"]

    assert IMPORTED.keys() <= passed.keys()


def test_the_queue_has_the_name_that_the_enqueue_path_asks_for(model: Template) -> None:
    stack = Resolved(model, CoreStack="prod", ModelName="minilm")

    assert stack.properties("Queue")["QueueName"] == "prod_minilm"
    assert stack.properties("DeadLetterQueue")["QueueName"] == "prod_minilm_dlq"
    assert stack.properties("Service")["ServiceName"] == "prod-minilm"
    assert stack.properties("TaskDefinition")["Family"] == "prod-minilm"
    assert stack.properties("Registry")["Name"] == "/spillway/prod/models/minilm"


def test_the_longest_names_fit_into_a_queues_name(model: Template) -> None:
    stack = Resolved(model, CoreStack="s" * 36, ModelName="m" * 39)

    assert len(stack.properties("DeadLetterQueue")["QueueName"]) <= 80


def test_messages_live_as_long_as_a_job_may_wait(nested: Resolved) -> None:
    for name in ("Queue", "DeadLetterQueue"):
        assert nested.properties(name)["MessageRetentionPeriod"] == TTL_S[1]
        assert nested.properties(name)["SqsManagedSseEnabled"] is True


def test_only_the_models_queue_may_use_its_dead_letter_queue(nested: Resolved) -> None:
    queue = nested.properties("Queue")

    assert nested.properties("DeadLetterQueue")["RedriveAllowPolicy"] == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": ["arn:aws:sqs:eu-central-1:111122223333:spillway_default"],
    }
    assert queue["QueueName"] == "spillway_default"
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]},
        "maxReceiveCount": "100",
    }


def test_a_lease_is_the_queues_visibility(model: Template) -> None:
    stack = Resolved(model, LeaseSeconds="45")

    assert stack.properties("Queue")["VisibilityTimeout"] == "45"
    assert _environment(stack)["LEASE_SECONDS"] == "45"


def test_no_task_starts_before_an_image_is_there(nested: Resolved) -> None:
    service = nested.properties("Service")

    assert service["DesiredCount"] == "0"
    deployment = service["DeploymentConfiguration"]
    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert (deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]) == (100, 200)


def test_a_service_that_exists_keeps_its_count(model: Template) -> None:
    new = Resolved(model, MinTasks="2").properties("Service")
    kept = Resolved(model, MinTasks="2", KeepTasks="yes").properties("Service")

    assert new["DesiredCount"] == "2"
    assert kept == {name: value for name, value in new.items() if name != "DesiredCount"}


def test_the_worker_is_told_all_that_it_reads(nested: Resolved) -> None:
    told = _environment(nested)

    assert told.keys() == ENVIRONMENT
    settings = WorkerSettings.read({name: str(value) for name, value in told.items()})
    assert settings.model_uri == "s3://models/default/"
    assert settings.lease_s == 30


def test_the_worker_is_confined(nested: Resolved) -> None:
    worker = _containers(nested)["worker"]

    assert worker["User"] not in {"0", "root", "0:0"}
    assert worker["ReadonlyRootFilesystem"] is True
    assert worker["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert worker["StopTimeout"] == 120
    assert worker["HealthCheck"]["Command"] == ["CMD", "python", "-m", "worker.health"]
    written = {mount["ContainerPath"] for mount in worker["MountPoints"]}
    assert written == {"/tmp", "/model"}  # noqa: S108 - a path within the container
    assert "PortMappings" not in worker
    assert worker["LogConfiguration"]["Options"]["awslogs-group"] == {"Ref": "WorkerLog"}


def test_a_sidecar_comes_only_when_named(model: Template) -> None:
    alone = _containers(Resolved(model))
    beside = _containers(Resolved(model, SidecarImage="example.org/model:1"))

    assert alone.keys() == {"worker"}
    assert "DependsOn" not in alone["worker"]
    assert beside.keys() == {"worker", "model"}
    assert beside["worker"]["DependsOn"] == [{"ContainerName": "model", "Condition": "START"}]


def test_any_image_starts_as_a_sidecar(model: Template) -> None:
    sidecar = _containers(Resolved(model, SidecarImage="example.org/model:1"))["model"]

    assert sidecar["ReadonlyRootFilesystem"] is False
    assert sidecar.keys().isdisjoint({"User", "LinuxParameters", "MountPoints", "HealthCheck"})


@pytest.mark.parametrize(
    ("given", "image"),
    [({}, f"{IMPORTED['WorkerRepositoryUri']}:latest"), ({"WorkerImage": "x/y:1"}, "x/y:1")],
)
def test_the_image_is_the_cores_latest_unless_named(
    given: dict[str, str], image: str, model: Template
) -> None:
    stack = Resolved(model, **IMPORTED, **given)

    assert _containers(stack)["worker"]["Image"] == image


def _statement(stack: Resolved, sid: str) -> dict[str, Any]:
    (policy,) = stack.properties("TaskRole")["Policies"]
    (found,) = [part for part in policy["PolicyDocument"]["Statement"] if part["Sid"] == sid]
    statement: dict[str, Any] = found
    return statement


def test_the_worker_reads_its_own_model_alone(model: Template) -> None:
    core_bucket = Resolved(model, **IMPORTED, ModelName="minilm")
    elsewhere = Resolved(model, **IMPORTED, ModelUri="s3://other/minilm/v2/")

    assert _statement(core_bucket, "FetchTheModel")["Resource"] == "arn:aws:s3:::models/minilm/*"
    assert _statement(elsewhere, "FetchTheModel")["Resource"] == "arn:aws:s3:::other/minilm/v2/*"
    assert _environment(elsewhere)["MODEL_URI"] == "s3://other/minilm/v2/"


def test_each_version_has_a_folder_that_a_task_of_another_may_read_too(model: Template) -> None:
    """A task that starts during an update, or goes back after it, finds its own version."""
    old, new = (
        Resolved(model, **IMPORTED, ModelName="minilm", ModelDigest=digest * 16) for digest in "ab"
    )

    assert _environment(old)["MODEL_URI"] == "s3://models/minilm/aaaaaaaaaaaaaaaa/"
    assert _environment(new)["MODEL_URI"] == "s3://models/minilm/bbbbbbbbbbbbbbbb/"
    registered = json.loads(new.properties("Registry")["Value"]["Fn::Sub"])
    assert registered["modelUri"] == "s3://models/minilm/bbbbbbbbbbbbbbbb/"
    for version in (old, new):
        readable = _statement(version, "FetchTheModel")["Resource"]
        assert readable == "arn:aws:s3:::models/minilm/*"


def test_the_worker_may_do_just_its_work(nested: Resolved) -> None:
    (policy,) = nested.properties("TaskRole")["Policies"]
    allowed = {
        part["Sid"]: (part["Action"], part["Resource"])
        for part in policy["PolicyDocument"]["Statement"]
    }
    queue, dead = ({"Fn::GetAtt": [name, "Arn"]} for name in ("Queue", "DeadLetterQueue"))

    assert allowed == {
        "ReceiveJobs": (
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
            queue,
        ),
        "SetAsideDeadLetters": ("sqs:SendMessage", dead),
        "ClaimAndFinishJobs": (
            ["dynamodb:GetItem", "dynamodb:UpdateItem"],
            "arn:aws:dynamodb:eu-central-1:111122223333:table/jobs",
        ),
        "FetchTheModel": ("s3:GetObject", "arn:aws:s3:::models/default/*"),
        "TellMissingModelFiles": ("s3:ListBucket", "arn:aws:s3:::models"),
        "ReadPayloads": ("s3:GetObject", "arn:aws:s3:::inputs/payloads/*"),
        "TellMissingPayloads": ("s3:ListBucket", "arn:aws:s3:::inputs"),
        "WriteResults": ("s3:PutObject", "arn:aws:s3:::results/results/*"),
        "TellWhatAStartTook": ("cloudwatch:PutMetricData", "*"),
        "ProtectItselfFromScaleIn": (
            ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
            "arn:aws:ecs:eu-central-1:111122223333:task/cluster/*",
        ),
    }


def test_the_registry_says_what_the_core_reads(nested: Resolved) -> None:
    text = nested.properties("Registry")["Value"]["Fn::Sub"]

    entry = json.loads(text)
    assert entry.keys() == {
        "model", "queueUrl", "queueArn", "deadLetterQueueUrl", "cluster", "service", "minTasks",
        "maxTasks", "maxBatch", "concurrency", "targetLatencySeconds", "startupSeconds",
        "idleMinutes", "maxAttempts", "leaseSeconds", "modelUri",
    }  # fmt: skip
    assert entry["model"] == "default"
    assert entry["cluster"] == "cluster"
    assert entry["modelUri"] == "s3://models/default/"
    assert (entry["maxTasks"], entry["maxAttempts"], entry["leaseSeconds"]) == (10, 4, 30)


def test_a_stack_that_tells_nothing_of_scaling_has_the_templates_defaults(
    nested: Resolved,
) -> None:
    text = nested.properties("Registry")["Value"]["Fn::Sub"]
    told = json.loads(text)
    untold = {
        name: value
        for name, value in told.items()
        if name not in {"minTasks", "maxBatch", "concurrency", "idleMinutes"}
        and not name.endswith(("LatencySeconds", "startupSeconds"))
    }

    assert _entry(json.dumps(untold)) == _entry(text)
    assert len(told) - len(untold) == 6


def test_the_first_attempts_never_reach_the_backstop(model: Template) -> None:
    given = model["Parameters"]

    assert given["MaxReceives"]["Default"] >= 2 * given["MaxAttempts"]["Default"]


def test_a_job_may_wait_and_run_as_long_as_it_does_by_default_before_the_alarm(
    nested: Resolved,
) -> None:
    usual = parse(b'{"payload": 1}', tenant="acme", default_model="default")

    assert int(nested.properties("OldestMessageAlarm")["Threshold"]) == 2 * usual.timeout_s


def test_workers_run_where_the_core_says(nested: Resolved) -> None:
    network = nested.properties("Service")["NetworkConfiguration"]["AwsvpcConfiguration"]

    assert network == {
        "AssignPublicIp": "DISABLED",
        "Subnets": ["subnet-1", "subnet-2"],
        "SecurityGroups": ["sg-1"],
    }


def test_a_model_stack_holds_no_resource_of_the_core(model: Template) -> None:
    kinds = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::ECS::Cluster", "AWS::SNS::Topic"}

    assert of_type(model, *kinds) == {}
