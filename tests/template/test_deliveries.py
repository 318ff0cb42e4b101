"""Deliveries: what reaches the outbox, what carries them, and where they may go."""

from __future__ import annotations

import json
import re
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from delivery import deliver, schedule
from delivery.settings import DeliverSettings, OutboxSettings
from spillway.aws.attributes import to_item
from spillway.deliveries.settings import DeliveriesSettings
from spillway.destinations.allowed import Allowed
from spillway.destinations.destination import ADDRESSES, Destination, to_text
from spillway.job import Status
from spillway.record import to_record
from tests.template.documents import CORE as CORE_PATH
from tests.template.documents import load
from tests.template.resolution import Resolved, packaged, references
from tests.unit.core.jobs import job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.job import Job
    from tests.template.documents import Node

TEMPLATE = packaged(load(CORE_PATH))
CORE = Resolved(TEMPLATE)
STREAM, QUEUE = "OutboxFunctionChanges", "DeliverFunctionDue"
DAY_S = 86_400
MOST_FILTERS = 5
"""https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html"""
MOST_TOLD = 4096
"""Bytes of a function's variables: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
LONGEST_REFERENCE = 120
"""Characters of an ARN, at most: a bucket's name has 63, a queue's URL some fifty more."""
QUEUE_PACE = 6
"""Lambda asks for a visibility of so many times the function's time:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
TOLD = to_text([Destination("webhook", "https://example.com/")])


# --- the outbox


def _matches(pattern: Mapping[str, Any], event: Node) -> bool:
    """As Lambda's filters do, of whose rules the template uses two: equal to one of, and exists."""
    return all(
        _matches(wanted, event.get(name, {}))
        if isinstance(wanted, dict)
        else any(
            name in event if rule == {"exists": True} else event.get(name) == rule
            for rule in wanted
        )
        for name, wanted in pattern.items()
    )


def _reaches_the_outbox(before: Job | None, after: Job | None) -> bool:
    images = {"OldImage": before, "NewImage": after}
    event = {"dynamodb": {name: to_item(to_record(each)) for name, each in images.items() if each}}
    filters = CORE.properties(STREAM)["FilterCriteria"]["Filters"]
    return any(_matches(json.loads(each["Pattern"]), event) for each in filters)


BEGINNING = (Status.QUEUED, Status.RUNNING)
NEWS = {
    (before, after)
    for before, after in product((Status.QUEUED, Status.RUNNING), Status)
    if after.is_terminal or (before, after) == BEGINNING
}


@pytest.mark.parametrize("tells_start", [False, True])
@pytest.mark.parametrize(("before", "after"), list(product(Status, Status)))
def test_the_outbox_is_given_each_end_and_the_beginnings_that_are_asked_for(
    before: Status, after: Status, tells_start: bool
) -> None:
    given = _reaches_the_outbox(
        job(status=before, destinations=TOLD, tells_start=tells_start),
        job(status=after, destinations=TOLD, tells_start=tells_start),
    )

    is_wanted = tells_start or (before, after) != BEGINNING
    assert given == ((before, after) in NEWS and is_wanted)


def test_whether_a_beginning_is_asked_for_is_stored_as_the_filter_reads_it() -> None:
    asked = to_item(to_record(job(destinations=TOLD, tells_start=True)))
    filters = CORE.properties(STREAM)["FilterCriteria"]["Filters"]
    read = [json.loads(each["Pattern"])["dynamodb"]["NewImage"] for each in filters]

    assert asked["tellsStart"] == {"BOOL": True}
    assert [image["tellsStart"] for image in read if "tellsStart" in image] == [{"BOOL": [True]}]
    assert "tellsStart" not in to_item(to_record(job(destinations=TOLD)))


@pytest.mark.parametrize(("before", "after"), sorted(NEWS))
def test_of_a_job_without_destinations_the_outbox_hears_nothing(
    before: Status, after: Status
) -> None:
    assert not _reaches_the_outbox(
        job(status=before, tells_start=True), job(status=after, tells_start=True)
    )


def test_a_job_that_is_new_or_removed_is_no_news() -> None:
    told = job(status=Status.SUCCEEDED, destinations=TOLD)

    assert not _reaches_the_outbox(None, told)
    assert not _reaches_the_outbox(told, None)


def test_the_filters_are_as_many_as_lambda_takes() -> None:
    assert 0 < len(CORE.properties(STREAM)["FilterCriteria"]["Filters"]) <= MOST_FILTERS


def test_the_outbox_reads_the_jobs_tables_changes_from_the_first_on() -> None:
    given = CORE.properties(STREAM)

    assert given["EventSourceArn"] == {"Fn::GetAtt": ["JobsTable", "StreamArn"]}
    assert given["FunctionName"] == {"Ref": "OutboxFunction"}
    assert given["StartingPosition"] == "TRIM_HORIZON"


def test_a_change_that_is_given_up_can_still_be_fetched() -> None:
    """DynamoDB keeps a change for a day; the dead letter says only where it stands."""
    given = CORE.properties(STREAM)

    assert given["MaximumRecordAgeInSeconds"] <= DAY_S / 2
    assert "MaximumRetryAttempts" not in given, "an outage is no reason to give up"
    assert given["BisectBatchOnFunctionError"] is True
    dead_letters = {"Fn::GetAtt": ["OutboxDeadLetters", "Arn"]}
    assert given["DestinationConfig"] == {"OnFailure": {"Destination": dead_letters}}


def test_what_the_outbox_gave_up_lies_apart_from_deliveries() -> None:
    """So all of the deliveries' dead letters can be moved back at once."""
    dead = CORE.properties("OutboxDeadLetters")
    (right,) = [each for each in _statements("OutboxRole") if each["Sid"] == "SetAsideDeadLetters"]

    assert dead["QueueName"] == "spillway-outbox-dlq"
    assert dead["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}
    assert right["Resource"] == {"Fn::GetAtt": ["OutboxDeadLetters", "Arn"]}
    assert right["Action"] == "sqs:SendMessage"


# --- the queue


def test_the_one_who_delivers_gets_as_many_as_it_works_on_at_once() -> None:
    given = CORE.properties(QUEUE)

    assert given["EventSourceArn"] == {"Fn::GetAtt": ["DeliveryQueue", "Arn"]}
    assert given["BatchSize"] == deliver.AT_ONCE
    assert given["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_so_many_executions_deliver_as_the_operator_says() -> None:
    given = Resolved(TEMPLATE, DeliveryConcurrency="7").properties(QUEUE)

    assert given["ScalingConfig"] == {"MaximumConcurrency": "7"}
    assert "ReservedConcurrentExecutions" not in CORE.properties("DeliverFunction")


def test_the_schedule_is_the_functions_own_unless_the_operator_has_another() -> None:
    pattern = re.compile(TEMPLATE["Parameters"]["DeliveryRetrySeconds"]["AllowedPattern"])
    for text in ("5", "42900", "41999", ",".join(["1"] * schedule.MOST_DELAYS)):
        assert pattern.fullmatch(text)
    for text in (
        "",
        "0",
        "42901",
        "5,",
        ",5",
        "5, 6",
        ",".join(["1"] * (schedule.MOST_DELAYS + 1)),
    ):
        assert not pattern.fullmatch(text)

    default = Resolved(TEMPLATE).properties("DeliverFunction")["Environment"]["Variables"]
    told = default["DELIVERY_RETRY_SECONDS"]
    assert tuple(map(int, told.split(","))) == schedule.DELAYS_S


def test_a_message_stays_hidden_while_it_is_worked_on() -> None:
    timeout_s = CORE.properties("DeliverFunction")["Timeout"]

    assert timeout_s * 1000 > deliver.NEEDED_MS
    assert CORE.properties("DeliveryQueue")["VisibilityTimeout"] >= QUEUE_PACE * timeout_s


def test_a_message_outlives_its_attempts() -> None:
    queue = CORE.properties("DeliveryQueue")

    assert queue["MessageRetentionPeriod"] > schedule.ATTEMPTS * schedule.MOST_HIDDEN_S
    assert queue["RedrivePolicy"]["maxReceiveCount"] > 2 * schedule.ATTEMPTS
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {
        "Fn::GetAtt": ["DeliveryDeadLetters", "Arn"]
    }


def test_dead_letters_come_from_the_queue_of_deliveries_alone() -> None:
    dead, name = (
        CORE.properties("DeliveryDeadLetters"),
        CORE.properties("DeliveryQueue")["QueueName"],
    )

    (source,) = dead["RedriveAllowPolicy"]["sourceQueueArns"]
    assert source.rsplit(":", 1)[1] == name == "spillway-delivery"
    assert dead["RedriveAllowPolicy"]["redrivePermission"] == "byQueue"
    assert dead["QueueName"] == f"{name}-dlq"


# --- the table


def test_the_deliveries_table_has_its_keys_its_index_and_safeguards() -> None:
    table = CORE.properties("DeliveriesTable")
    (index,) = table["GlobalSecondaryIndexes"]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk"]
    assert index["IndexName"] == "byStatus"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["statusShard", "createdKey"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "deleteAt", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    resource, jobs = CORE.resources["DeliveriesTable"], CORE.resources["JobsTable"]
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        assert resource[policy] == jobs[policy]


# --- rights


def _statements(role: str, stack: Resolved = CORE) -> list[dict[str, Any]]:
    (policy,) = stack.properties(role)["Policies"]
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    ("role", "items"),
    [
        ("EnqueueRole", {"GetItem": {"DESTINATIONS#*"}}),
        ("ApiRole", {"BatchGetItem": {"DELIVERY#*"}}),
        ("OutboxRole", {"PutItem": {"DELIVERY#*"}}),
        (
            "DeliverRole",
            {
                "GetItem": {"DELIVERY#*", "DISABLED#*"},
                "PutItem": {"DELIVERY#*", "DISABLED#*"},
                "DeleteItem": {"DISABLED#*"},
            },
        ),
        (
            "DeliveriesApiRole",
            {
                "GetItem": {"DELIVERY#*", "DESTINATIONS#*"},
                "BatchGetItem": {"DELIVERY#*", "DESTINATIONS#*"},
                "PutItem": {"DELIVERY#*", "DESTINATIONS#*"},
                "DeleteItem": {"DESTINATIONS#*"},
            },
        ),
    ],
)
def test_each_role_reaches_its_own_items_of_the_table(
    role: str, items: dict[str, set[str]]
) -> None:
    found = {
        action.removeprefix("dynamodb:"): set(
            _list(statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])
        )
        for statement in _statements(role)
        if statement["Resource"] == {"Fn::GetAtt": ["DeliveriesTable", "Arn"]}
        for action in _list(statement["Action"])
    }

    assert found == items


def test_who_answers_for_deliveries_reads_jobs_and_changes_none() -> None:
    of_jobs = [
        statement for statement in _statements("DeliveriesApiRole")
        if "JobsTable" in json.dumps(statement["Resource"])
    ]  # fmt: skip

    assert [statement["Action"] for statement in of_jobs] == ["dynamodb:GetItem"]


def test_a_secret_is_read_by_the_one_who_signs_alone() -> None:
    secrets = "parameter/spillway/spillway/webhooks/*"
    readers = {
        role
        for role in CORE.of_type("AWS::IAM::Role")
        for statement in CORE.properties(role).get("Policies", [])
        if secrets in json.dumps(statement)
    }

    assert readers == {"DeliverRole"}


def _delivering(stack: Resolved) -> list[dict[str, Any]]:
    return [each for each in _statements("DeliverRole", stack) if each["Sid"] == "Deliver"]


def test_without_an_allowed_destination_nobody_may_send_to_any() -> None:
    assert _delivering(CORE) == []


def test_what_the_operator_allows_is_all_that_may_be_sent_to() -> None:
    arns = ["arn:aws:sns:eu-central-1:111122223333:results", "arn:aws:s3:::results/*"]

    (statement,) = _delivering(Resolved(TEMPLATE, AllowedDestinationArns=",".join(arns)))

    assert statement["Resource"] == arns
    assert set(statement["Action"]) == {
        "sns:Publish", "sqs:SendMessage", "events:PutEvents", "s3:PutObject",
    }  # fmt: skip


def test_what_is_each_tenants_own_may_be_sent_to_for_any_tenant() -> None:
    """Whose delivery goes there is asked before it is sent, by `Allowed`."""
    arns = [
        "arn:aws:sqs:eu-central-1:111122223333:{tenant}-results",
        "arn:aws:sns:eu-central-1:111122223333:results",
        "arn:aws:s3:::results/{tenant}/{tenant}/*",
    ]
    stack = Resolved(TEMPLATE, AllowedDestinationArns=",".join(arns))

    (statement,) = _delivering(stack)

    assert statement["Resource"] == [
        "arn:aws:sqs:eu-central-1:111122223333:*-results",
        "arn:aws:sns:eu-central-1:111122223333:results",
        "arn:aws:s3:::results/*/*/*",
    ]
    for function in ("EnqueueFunction", "DeliveriesApiFunction", "DeliverFunction"):
        assert _told(stack, function)["ALLOWED_DESTINATION_ARNS"] == ",".join(arns)


def test_what_spillway_lives_by_is_denied_to_the_role_and_told_to_the_functions() -> None:
    (denied,) = [each for each in _statements("DeliverRole") if each["Effect"] == "Deny"]
    own = denied["Resource"]

    for function in ("EnqueueFunction", "DeliveriesApiFunction", "DeliverFunction"):
        assert _told(CORE, function)["OWN_ARNS"] == {"Fn::Join": [",", own]}
    lived_by = CORE.of_type("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket")
    assert set(references(own)) == lived_by.keys()
    assert "arn:aws:sqs:eu-central-1:111122223333:spillway_*" in own, "the models' queues"
    assert {"sns:Publish", "sqs:SendMessage", "s3:PutObject"} == set(denied["Action"])


# --- what is told


def _told(stack: Resolved, function: str) -> dict[str, Any]:
    told: dict[str, Any] = stack.properties(function)["Environment"]["Variables"]
    return told


@pytest.mark.parametrize(
    ("function", "settings"),
    [
        ("OutboxFunction", OutboxSettings),
        ("DeliverFunction", DeliverSettings),
        ("DeliveriesApiFunction", DeliveriesSettings),
    ],
)
def test_a_function_is_told_all_that_it_reads(function: str, settings: Any) -> None:
    told = {name: str(value) for name, value in _told(CORE, function).items()}

    settings.read({**told, "AWS_REGION": "eu-central-1"})  # as Lambda itself says


@pytest.mark.parametrize("function", sorted(CORE.of_type("AWS::Lambda::Function")))
def test_the_longest_list_of_destinations_fits_into_what_a_function_is_told(function: str) -> None:
    longest = load(CORE_PATH)["Parameters"]["AllowedDestinationArns"]["MaxLength"]
    told = _told(Resolved(TEMPLATE, AllowedDestinationArns="a" * longest), function)

    size = sum(
        len(name) + len(json.dumps(value)) + LONGEST_REFERENCE * len(list(references(value)))
        for name, value in told.items()
    )

    assert size <= MOST_TOLD


def test_the_examples_of_the_parameters_description_are_allowed_as_they_say() -> None:
    given = load(CORE_PATH)["Parameters"]["AllowedDestinationArns"]
    examples = re.findall(r"arn:aws:[^\s,]+?(?=[,.]?(?:\s|$))", given["Description"])
    named = Allowed(examples)

    assert len(examples) == len(ADDRESSES) - 1, "each type but the webhook"
    assert re.fullmatch(given["AllowedPattern"], ",".join(examples))
    named.check(
        [
            Destination("sns", "arn:aws:sns:eu-central-1:111122223333:results"),
            Destination("sqs", "arn:aws:sqs:eu-central-1:111122223333:results-acme"),
            Destination(
                "eventbridge", "arn:aws:events:eu-central-1:111122223333:event-bus/results"
            ),
            Destination("s3", "s3://bucket/results/acme/"),
        ],
        tenant="acme",
    )
