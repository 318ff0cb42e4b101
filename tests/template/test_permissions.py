"""Least privilege: every role names what it may touch, and the few exceptions are listed here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from spillway.aws.metrics import NAMESPACE
from spillway.submission import TIMEOUT_S, TTL_S
from tests.template.documents import CORE as CORE_PATH
from tests.template.documents import MODEL, load
from tests.template.resolution import Resolved, packaged

if TYPE_CHECKING:
    from collections.abc import Iterator

ALLOWED = "arn:aws:sqs:eu-central-1:111122223333:results-*"
CORE = Resolved(packaged(load(CORE_PATH)), AllowedDestinationArns=ALLOWED)
NO_RESOURCE_LEVEL = {
    "xray:PutTraceSegments": "X-Ray knows no resources",
    "xray:PutTelemetryRecords": "X-Ray knows no resources",
    "ecr:GetAuthorizationToken": "the token is the account's",
    "dynamodb:ListStreams": "DynamoDB knows no resource for this action",
    "cloudwatch:PutMetricData": "metrics are no resources; a condition names their namespace",
}
DENIALS = {"NeverToSpillwayItself"}
"""Statements that take away from what an operator allows."""
MANAGED = {
    "ApiLogWriterRole": [
        # API Gateway has one role for all APIs of the account, and asks for this policy.
        "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    ],
}
FUNCTION_RIGHTS = {
    "EnqueueRole": {
        "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:UpdateItem",
        "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SendMessage",
        "s3:PutObject", "s3:GetObject", "s3:ListBucket", "lambda:InvokeFunction",
    },
    "ApiRole": {
        "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem",
        "dynamodb:DeleteItem", "dynamodb:Query",
        "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:SendMessage",
        "s3:PutObject", "s3:GetObject", "s3:ListBucket",
        "ssm:GetParametersByPath", "lambda:InvokeFunction",
    },
    "ReconcileRole": {"dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"},
    "ScalerRole": {
        "ssm:GetParametersByPath", "sqs:GetQueueUrl", "sqs:GetQueueAttributes",
        "ecs:DescribeServices", "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem",
        "cloudwatch:PutMetricData",
    },
    "WakeRole": {
        "ssm:GetParameter", "sqs:GetQueueUrl", "sqs:GetQueueAttributes", "ecs:DescribeServices",
        "ecs:UpdateService", "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem",
    },
    "OutboxRole": {
        "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
        "dynamodb:ListStreams", "dynamodb:PutItem", "sqs:SendMessage",
    },
    "DeliverRole": {
        "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem",
        "ssm:GetParameter", "s3:GetObject", "s3:ListBucket",
        "sns:Publish", "sqs:SendMessage", "events:PutEvents", "s3:PutObject",
    },
    "DeliveriesApiRole": {
        "dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem",
        "dynamodb:DeleteItem", "sqs:SendMessage",
    },
}  # fmt: skip
EVERY_FUNCTION = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
}
BUCKETS = ("InputBucket", "ResultBucket", "ModelBucket")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statements(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in given.get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]


ROLES = [
    pytest.param(name, given, id=name)
    for stack in (CORE, Resolved(load(MODEL)))
    for name, given in stack.of_type("AWS::IAM::Role").items()
]
STATEMENTS = [
    pytest.param(statement, id=f"{role.id}-{statement.get('Sid', number)}")
    for role in ROLES
    for number, statement in enumerate(_statements(role.values[1]))  # type: ignore[arg-type]
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_names_its_resources(statement: dict[str, Any]) -> None:
    anything = any(
        resource == "*" or "*:*:*" in json.dumps(resource)
        for resource in _list(statement["Resource"])
    )

    assert not anything or set(_list(statement["Action"])) <= NO_RESOURCE_LEVEL.keys()


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_names_its_actions(statement: dict[str, Any]) -> None:
    assert statement["Effect"] == ("Deny" if statement.get("Sid") in DENIALS else "Allow")
    assert "NotAction" not in statement
    assert not [action for action in _list(statement["Action"]) if "*" in action]


@pytest.mark.parametrize(("name", "given"), ROLES)
def test_a_role_is_written_out(name: str, given: dict[str, Any]) -> None:
    assert given.get("ManagedPolicyArns", []) == MANAGED.get(name, [])
    assert "RoleName" not in given, "a named role needs CAPABILITY_NAMED_IAM"


@pytest.mark.parametrize(("name", "given"), ROLES)
def test_a_role_is_a_services(name: str, given: dict[str, Any]) -> None:
    for statement in given["AssumeRolePolicyDocument"]["Statement"]:
        assert set(statement["Principal"]) == {"Service"}


@pytest.mark.parametrize(("name", "rights"), FUNCTION_RIGHTS.items())
def test_a_function_may_do_just_its_work(name: str, rights: set[str]) -> None:
    allowed = {
        action
        for statement in _statements(CORE.properties(name))
        if statement["Effect"] == "Allow"
        for action in _list(statement["Action"])
    }

    assert allowed == rights | EVERY_FUNCTION


@pytest.mark.parametrize("role", ["EnqueueRole", "ApiRole"])
def test_who_accepts_a_job_may_copy_its_upload(role: str) -> None:
    def may(action: str) -> set[str]:
        return {
            resource["Fn::Sub"].removeprefix("${InputBucket.Arn}/")
            for statement in _statements(CORE.properties(role))
            if action in _list(statement["Action"])
            for resource in _list(statement["Resource"])
            if "InputBucket" in json.dumps(resource)
        }

    assert may("s3:GetObject") == {"payloads/*", "uploads/*"}
    assert "payloads/*" in may("s3:PutObject")


@pytest.mark.parametrize(
    ("role", "log"),
    [
        ("EnqueueRole", "EnqueueLog"),
        ("ApiRole", "ApiLog"),
        ("ReconcileRole", "ReconcileLog"),
        ("ScalerRole", "ScalerLog"),
        ("WakeRole", "WakeLog"),
        ("OutboxRole", "OutboxLog"),
        ("DeliverRole", "DeliverLog"),
        ("DeliveriesApiRole", "DeliveriesApiLog"),
    ],
)
def test_a_function_writes_its_own_log_alone(role: str, log: str) -> None:
    (written,) = [
        statement["Resource"]
        for statement in _statements(CORE.properties(role))
        if "logs:PutLogEvents" in _list(statement["Action"])
    ]

    assert written == {"Fn::GetAtt": [log, "Arn"]}


@pytest.mark.parametrize("role", ["ScalerRole", "WakeRole"])
def test_who_scales_reads_no_job(role: str) -> None:
    (of_table,) = [
        statement
        for statement in _statements(CORE.properties(role))
        if any(action.startswith("dynamodb:") for action in _list(statement["Action"]))
    ]

    assert of_table["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "MODEL#*"}}


def test_who_takes_jobs_in_updates_none() -> None:
    (update,) = [
        statement
        for statement in _statements(CORE.properties("EnqueueRole"))
        if "dynamodb:UpdateItem" in _list(statement["Action"])
    ]

    assert update["Action"] == "dynamodb:UpdateItem"
    assert update["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "MODEL#*"}}


def test_the_scaler_puts_no_metrics_but_its_own() -> None:
    (tells,) = [
        statement
        for statement in _statements(CORE.properties("ScalerRole"))
        if statement["Action"] == "cloudwatch:PutMetricData"
    ]

    assert tells["Condition"] == {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}


def test_a_worker_puts_no_metrics_but_its_own() -> None:
    (tells,) = [
        statement
        for statement in _statements(Resolved(load(MODEL)).properties("TaskRole"))
        if statement["Action"] == "cloudwatch:PutMetricData"
    ]

    assert tells["Condition"] == {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}


# --- what lies at rest


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_closed_and_encrypted(bucket: str) -> None:
    given = CORE.properties(bucket)

    assert set(given["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(given["PublicAccessBlockConfiguration"]) == 4
    assert given["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert given["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert "BucketName" not in given, "a name of its own would stand in a second stack's way"


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_reached_over_tls_alone(bucket: str) -> None:
    (policy,) = [
        given["PolicyDocument"]["Statement"]
        for given in CORE.of_type("AWS::S3::BucketPolicy").values()
        if given["Bucket"] == {"Ref": bucket}
    ]

    _check_tls(policy, {"Fn::GetAtt": [bucket, "Arn"]}, {"Fn::Sub": f"${{{bucket}.Arn}}/*"})


@pytest.mark.parametrize(
    ("stack", "queues"),
    [
        (Resolved(load(MODEL)), ("Queue", "DeadLetterQueue")),
        (CORE, ("DeliveryQueue", "DeliveryDeadLetters", "OutboxDeadLetters")),
    ],
    ids=["a model's", "the deliveries'"],
)
def test_queues_are_reached_over_tls_alone(stack: Resolved, queues: tuple[str, ...]) -> None:
    (given,) = stack.of_type("AWS::SQS::QueuePolicy").values()
    arns = [{"Fn::GetAtt": [name, "Arn"]} for name in queues]

    assert given["Queues"] == [{"Ref": name} for name in queues]
    _check_tls(given["PolicyDocument"]["Statement"], *arns)


def _check_tls(statements: list[dict[str, Any]], *resources: dict[str, Any]) -> None:
    (statement,) = statements
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == "*"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}
    assert statement["Resource"] == list(resources)


@pytest.mark.parametrize("bucket", ["InputBucket", "ResultBucket"])
def test_what_callers_bring_and_get_expires(bucket: str) -> None:
    stack = Resolved(load(CORE_PATH), RetentionDays="40")

    (rule,) = stack.properties(bucket)["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", "40")


def test_a_payload_outlives_the_longest_wait_and_the_longest_run() -> None:
    least_days = load(CORE_PATH)["Parameters"]["RetentionDays"]["MinValue"]

    assert least_days * 86_400 >= TTL_S[1] + TIMEOUT_S[1]


def test_models_outlive_their_stack() -> None:
    bucket = CORE.resources["ModelBucket"]

    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    assert "ExpirationInDays" not in rule


def test_the_jobs_table_has_its_keys_indexes_and_safeguards() -> None:
    table = CORE.properties("JobsTable")
    indexes = {
        index["IndexName"]: (
            [key["AttributeName"] for key in index["KeySchema"]],
            index["Projection"]["ProjectionType"],
        )
        for index in table["GlobalSecondaryIndexes"]
    }

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk"]
    assert indexes == {
        "byTenant": (["tenantShard", "createdKey"], "KEYS_ONLY"),
        "byDue": (["dueShard", "dueAt"], "KEYS_ONLY"),
    }
    assert table["TimeToLiveSpecification"] == {"AttributeName": "deleteAt", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert CORE.resources["JobsTable"]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("table", ["JobsTable", "DeliveriesTable"])
@pytest.mark.parametrize(("given", "protected"), [("true", True), ("false", False)])
def test_a_table_is_protected_where_asked(table: str, given: str, protected: bool) -> None:
    stack = Resolved(load(CORE_PATH), DeletionProtection=given)

    assert stack.properties(table)["DeletionProtectionEnabled"] is protected
