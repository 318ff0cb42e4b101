from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from local.authorization import metric_namespace, parameter_path, service_path, single_action
from local.container_definitions import completed
from local.gateway_responses import denial
from local.nested_stacks import recorded
from local.number_properties import with_numbers
from local.resource_types import LACKING, Declarations, Declared
from local.smoke import Api, curls
from local.stack_imports import in_use

RECEIVER = "http://127.0.0.1:4566/_receiver/"


def test_what_a_condition_leaves_out_of_a_template_is_not_in_use() -> None:
    template = {
        "Resources": {
            "Kept": {"Properties": {"Name": [{"Fn::If": ["HasName", "own", "imported"]}]}},
            "LeftOut": {"Condition": "HasMore", "Properties": {}},
        },
        "Outputs": {"Name": {"Value": {"Fn::If": ["HasMore", "more", "less"]}}},
    }

    assert in_use(template, {"HasName": True, "HasMore": False}) == {
        "Resources": {"Kept": {"Properties": {"Name": ["own"]}}},
        "Outputs": {"Name": {"Value": "less"}},
    }


def test_a_batch_call_is_allowed_by_its_single_action() -> None:
    assert single_action("sqs:SendMessageBatch") == "sqs:SendMessage"
    assert single_action("sqs:ReceiveMessage") == "sqs:ReceiveMessage"
    assert single_action("ecr:BatchGetImage") == "ecr:BatchGetImage"


def test_a_parameter_path_is_spelled_as_in_an_arn() -> None:
    assert parameter_path(b'{"Path": "/spillway/a/models/"}') == "/spillway/a/models"
    assert parameter_path(b'{"Path": "/"}') == ""
    assert parameter_path(b'{"Name": "x"}') == ""
    assert parameter_path(b"not JSON") == ""


def test_a_service_is_named_with_its_cluster() -> None:
    assert service_path(b'{"cluster": "c", "services": ["a", "b"]}') == "c/a"
    assert service_path(b'{"cluster": "arn:aws:ecs:r:0:cluster/c", "service": "x/y/s"}') == "c/s"
    assert service_path(b'{"cluster": "c"}') == ""
    assert service_path(b"not JSON") == ""


def test_a_metrics_namespace_is_read_in_each_form() -> None:
    assert metric_namespace(b'{"Namespace": "Spillway", "MetricData": []}', {}) == "Spillway"
    assert metric_namespace(b"Action=PutMetricData", {"Namespace": ["Spillway"]}) == "Spillway"
    assert metric_namespace(b"{", {}) == ""


def test_numbers_come_from_text_and_all_else_stays() -> None:
    given = {"DesiredCount": "2", "ServiceName": "3"}

    assert with_numbers(given, ("DesiredCount",)) == {"DesiredCount": 2, "ServiceName": "3"}
    assert with_numbers({"DesiredCount": 1}, ("DesiredCount",)) == {"DesiredCount": 1}
    assert with_numbers({}, ("DesiredCount",)) == {}


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (
            {"ScalingConfig": {"MaximumConcurrency": "5"}},
            {"ScalingConfig": {"MaximumConcurrency": 5}},
        ),
        ({"ScalingConfig": {}, "BatchSize": "9"}, {"ScalingConfig": {}, "BatchSize": "9"}),
        ({"BatchSize": 9}, {"BatchSize": 9}),
    ],
)
def test_a_number_may_stand_within_a_property(given: dict[str, Any], made: dict[str, Any]) -> None:
    assert with_numbers(given, ("ScalingConfig.MaximumConcurrency",)) == made


def test_a_container_definition_is_in_one_case_throughout() -> None:
    definition = {
        "name": "worker",
        "healthCheck": {"Command": ["CMD", "true"]},
        "dependsOn": [{"ContainerName": "model", "Condition": "START"}],
        "dockerLabels": {"Kept": "as it is"},
    }

    assert completed(definition) == {
        "name": "worker",
        "healthCheck": {"command": ["CMD", "true"]},
        "dependsOn": [{"containerName": "model", "condition": "START"}],
        "dockerLabels": {"Kept": "as it is"},
    }


def test_a_refusal_is_a_denial_where_policies_decided_it() -> None:
    denied = b'{"__type": "AccessDeniedException", "message": "no policy allows it"}'

    assert denial((403, {}, denied)) == "no policy allows it"
    assert denial((403, {}, b'{"type": "forbidden", "detail": "bad signature"}')) is None
    assert denial((403, {}, b"<Error/>")) is None


def test_a_resource_has_the_attributes_that_its_stack_recorded() -> None:
    stack = {"_resources": {"Queue": {"Attributes": {"QueueName": "q"}}}}

    assert recorded(stack, "Queue") == {"QueueName": "q"}
    assert recorded(stack, "New") == {}
    assert recorded(None, "Queue") == {}


def test_what_was_declared_can_be_asked_for_by_type() -> None:
    declared = Declarations()
    policy = Declared("AWS::ApplicationAutoScaling::ScalingPolicy", "Out", "core", "arn", {"a": 1})
    declared.put(policy)
    declared.put(Declared("AWS::Budgets::Budget", "Budget", "core", "budget", {}))

    assert declared.of("AWS::ApplicationAutoScaling::ScalingPolicy") == [policy]
    declared.drop("arn")
    assert declared.of("AWS::ApplicationAutoScaling::ScalingPolicy") == []


def test_a_scalable_target_is_named_as_application_auto_scaling_names_it() -> None:
    given = {
        "ResourceId": "service/a/b",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ServiceNamespace": "ecs",
    }

    physical_id, _ = LACKING["AWS::ApplicationAutoScaling::ScalableTarget"]("any", given)

    assert physical_id == "service/a/b|ecs:service:DesiredCount|ecs"


def test_the_lines_are_whole_commands() -> None:
    api, payload = Api("http://127.0.0.1:4566/v1", "demo.key"), {"text": "it's me"}

    submit, get, result, deliver = curls(api, "job-1", payload, receiver=RECEIVER)

    assert submit.startswith("curl -s http://127.0.0.1:4566/v1/jobs -H 'x-api-key: demo.key'")
    assert json.loads(shlex.split(submit)[-1]) == {"payload": payload}
    assert "/jobs/job-1 " in get
    assert "/jobs/job-1/result " in result
    assert json.loads(shlex.split(deliver)[-1]) == {
        "payload": payload,
        "destination": {"type": "webhook", "url": f"{RECEIVER}hook"},
    }


def test_without_a_job_a_word_says_what_stands_for_its_id() -> None:
    api = Api("http://127.0.0.1:4566/v1", "demo.key")

    _, word, get, result, _ = curls(api, None, "hi", receiver=RECEIVER)

    assert word == "# below, put the first answer's jobId in the place of JOB_ID:"
    assert shlex.split(word, comments=True) == []
    assert "/jobs/JOB_ID " in get
    assert "/jobs/JOB_ID/result " in result
