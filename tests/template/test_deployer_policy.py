"""docs/deployer-policy.json: what the one who deploys may do.

Whether it is enough for a whole deploy only a real account can tell; the calls that the commands
themselves make are held to it by tests/acceptance/test_deploy.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.template.documents import CORE, ROOT, TEMPLATES, load, of_type

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = ROOT / "docs" / "deployer-policy.json"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, without white space
MOST_CHARACTERS = 6144
# The part of a resource's type that names its service, and the service's name in a policy.
SERVICES = {
    "ApplicationAutoScaling": "application-autoscaling",
    "ApiGateway": "apigateway", "Budgets": "budgets", "CloudFormation": "cloudformation",
    "CloudWatch": "cloudwatch", "DynamoDB": "dynamodb", "EC2": "ec2", "ECR": "ecr", "ECS": "ecs",
    "IAM": "iam", "Lambda": "lambda", "Logs": "logs", "S3": "s3", "SNS": "sns", "SQS": "sqs",
    "SSM": "ssm", "Scheduler": "scheduler", "Serverless": "lambda",
}  # fmt: skip


@pytest.fixture
def policy() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(POLICY.read_text(encoding="utf-8"))
    return document


def _statements(policy: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[str], list[str]]]:
    """Each statement with its actions and its resources as lists."""
    for statement in policy["Statement"]:
        said = (statement["Action"], statement["Resource"])
        actions, resources = ([each] if isinstance(each, str) else each for each in said)
        yield statement, actions, resources


def test_it_fits_into_one_managed_policy(policy: dict[str, Any]) -> None:
    assert len(re.sub(r"\s", "", POLICY.read_text(encoding="utf-8"))) <= MOST_CHARACTERS
    assert policy["Version"] == "2012-10-17"


def test_each_statement_has_a_name_of_its_own(policy: dict[str, Any]) -> None:
    names = [statement["Sid"] for statement in policy["Statement"]]

    assert len(set(names)) == len(names)
    assert all(name.isalnum() for name in names)


def test_every_action_is_one_that_iam_knows(policy: dict[str, Any], tmp_path: Path) -> None:
    assert _linted(policy, tmp_path) == ""


def test_the_lint_would_see_an_unknown_action(policy: dict[str, Any], tmp_path: Path) -> None:
    policy["Statement"][0]["Action"] = "cloudformation:MakeStack"

    assert "makestack" in _linted(policy, tmp_path).lower()


def _linted(policy: dict[str, Any], folder: Path) -> str:
    """What cfn-lint has to say of the policy, as a resource of a template."""
    resource = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy}}
    template = folder / "policy.json"
    template.write_text(json.dumps({"Resources": {"Deployer": resource}}))
    cfn_lint = Path(sys.executable).with_name("cfn-lint")
    return subprocess.run([cfn_lint, template], capture_output=True, text=True, check=False).stdout


def test_each_service_of_the_templates_is_among_them(policy: dict[str, Any]) -> None:
    allowed = {
        action.partition(":")[0] for _, actions, _ in _statements(policy) for action in actions
    }
    # A record in a zone of the operator's takes a right to that zone, which this can't name.
    types = {
        resource["Type"]
        for template in TEMPLATES
        for resource in load(template)["Resources"].values()
        if resource["Type"] != "AWS::Route53::RecordSet"
    }

    assert {SERVICES[name.split("::")[1]] for name in types} <= allowed


def test_each_layer_is_named(policy: dict[str, Any]) -> None:
    [named] = [
        resources
        for _, actions, resources in _statements(policy)
        if "lambda:PublishLayerVersion" in actions
    ]
    layers = of_type(load(CORE), "AWS::Serverless::LayerVersion")

    assert sorted(named) == sorted(f"arn:aws:lambda:*:*:layer:{name}*" for name in layers)


def test_nobody_has_another_stacks_function_read_something(policy: dict[str, Any]) -> None:
    [statement] = [
        statement
        for statement, actions, _ in _statements(policy)
        if "lambda:CreateEventSourceMapping" in actions
    ]

    assert statement["Condition"] == {
        "ArnLike": {"lambda:FunctionArn": "arn:aws:lambda:*:*:function:spillway*"}
    }


def test_all_of_a_service_is_allowed_for_what_bears_the_stacks_name_alone(
    policy: dict[str, Any],
) -> None:
    for statement, actions, resources in _statements(policy):
        if any(action.endswith(":*") for action in actions):
            for resource in resources:
                named = re.search(r"[:/]/?(spillway|aws-sam-cli-managed-default)", resource)
                assert named or "aws:transform" in resource, (statement["Sid"], resource)


def test_nobody_makes_a_role_beside_the_stacks(policy: dict[str, Any]) -> None:
    for statement, actions, resources in _statements(policy):
        if any(action.startswith("iam:") for action in actions):
            assert set(resources) <= {
                "arn:aws:iam::*:role/spillway*", "arn:aws:iam::*:role/aws-service-role/*"
            }, statement["Sid"]  # fmt: skip
        if "iam:PassRole" in actions:
            assert "iam:PassedToService" in statement["Condition"]["StringEquals"]
