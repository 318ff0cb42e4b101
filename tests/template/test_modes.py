"""What each mode deploys, after the SAM transform and with its conditions resolved."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from scaling import publisher
from spillway.settings import FunctionSettings
from tests.template.resolution import PSEUDO, Resolved, imports

if TYPE_CHECKING:
    from tests.template.documents import Template

NETWORK_MODES = ("public", "private-nat", "private-endpoints", "existing")
AUTH_MODES = ("ApiKey", "Iam")
SWITCHED = {
    "MonthlyBudgetUsd": ("0", "100"),
    "AlarmEmail": ("", "ops@example.com"),
    "ApiLogRole": ("create", "existing"),
    "TenantDailyQuota": ("0", "1000"),
    "EnqueueProvisionedConcurrency": ("0", "100"),
    "EnqueueRelease": ("", "0123abc"),
    "AllowedDestinationArns": ("", "arn:aws:sqs:eu-central-1:111122223333:results"),
    "JobsTableWarmWrites": ("0", "40000"),
    "JobsTableWarmReads": ("0", "20000"),
}
EXISTING = {"VpcId": "vpc-12345678", "SubnetIds": "subnet-12345678,subnet-87654321"}
NAMES = {"AlarmName", "DashboardName", "FunctionName", "LogGroupName", "Name", "QueueName",
         "RepositoryName", "RoleName", "TableName", "TopicName", "UsagePlanName"}  # fmt: skip
REFERRING = (  # to a function, or a log group, by its name
    "Alias", "EventInvokeConfig", "EventSourceMapping", "MetricFilter", "Permission", "Version",
)  # fmt: skip
METHODS = {"get", "post", "put", "delete", "patch"}

modes = pytest.mark.parametrize(
    ("network_mode", "auth_mode", "switched_on"),
    list(itertools.product(NETWORK_MODES, AUTH_MODES, (False, True))),
)


def _given(network_mode: str, auth_mode: str, *, switched_on: bool) -> dict[str, str]:
    switches = {name: values[switched_on] for name, values in SWITCHED.items()}
    network = EXISTING if network_mode == "existing" else {}
    return {"NetworkMode": network_mode, "AuthMode": auth_mode, **switches, **network}


@modes
def test_every_mode_holds_together(
    network_mode: str, auth_mode: str, switched_on: bool, core_transformed: Template
) -> None:
    stack = Resolved(core_transformed, **_given(network_mode, auth_mode, switched_on=switched_on))

    assert stack.broken_rules() == []
    assert stack.dangling() == set()
    assert list(imports(stack.resources)) == []


@modes
def test_every_mode_has_just_what_it_is_for(
    network_mode: str, auth_mode: str, switched_on: bool, core_transformed: Template
) -> None:
    stack = Resolved(core_transformed, **_given(network_mode, auth_mode, switched_on=switched_on))

    present = stack.resources.keys()
    assert ("UsagePlan" in present) == (auth_mode == "ApiKey")
    assert ("UsagePlanId" in stack.outputs) == (auth_mode == "ApiKey")
    assert ("Network" in present) == (network_mode != "existing")
    assert ("WorkerSecurityGroup" in present) == (network_mode == "existing")
    assert ("Budget" in present) == switched_on
    assert ("AlarmSubscription" in present) == switched_on
    assert ("ApiAccount" in present) == (not switched_on)
    assert stack.of_type("AWS::ApiGateway::ApiKey") == {}


@modes
def test_every_operation_asks_who_calls(
    network_mode: str, auth_mode: str, switched_on: bool, core_transformed: Template
) -> None:
    stack = Resolved(core_transformed, **_given(network_mode, auth_mode, switched_on=switched_on))
    body = stack.properties("Api")["Body"]

    asked = [
        operation["security"]
        for path in body["paths"].values()
        for method, operation in path.items()
        if method in METHODS
    ]

    scheme = "apiKey" if auth_mode == "ApiKey" else "sigv4"
    assert asked == [[{scheme: []}]] * 15
    assert scheme in body["components"]["securitySchemes"]
    unknown_route = body["x-amazon-apigateway-gateway-responses"]["MISSING_AUTHENTICATION_TOKEN"]
    assert unknown_route["statusCode"] == (404 if auth_mode == "ApiKey" else 403)


@pytest.mark.parametrize("mode", NETWORK_MODES)
def test_the_default_model_runs_in_the_network_of_the_mode(
    mode: str, core_transformed: Template
) -> None:
    stack = Resolved(core_transformed, **_given(mode, "ApiKey", switched_on=False))
    passed = stack.properties("DefaultModel")["Parameters"]

    subnets, group = passed["SubnetIds"], passed["SecurityGroupId"]
    if mode == "existing":
        assert subnets == EXISTING["SubnetIds"]
        assert group == {"Fn::GetAtt": ["WorkerSecurityGroup", "GroupId"]}
    else:
        assert subnets == {"Fn::GetAtt": ["Network", "Outputs.SubnetIds"]}
        assert group == {"Fn::GetAtt": ["Network", "Outputs.SecurityGroupId"]}
    assert passed["AssignPublicIp"] == ("ENABLED" if mode == "public" else "DISABLED")
    # and a further model, which imports, is told the same
    names = ("SubnetIds", "SecurityGroupId", "AssignPublicIp")
    told = {name: stack.outputs[name]["Value"] for name in names}
    assert told == {name: passed[name] for name in told}


@pytest.mark.parametrize(
    ("mode", "paid", "subnets"),
    [
        ("public", set(), ["PublicSubnetA", "PublicSubnetB"]),
        ("private-nat", {"NatGateway", "NatAddress"}, ["PrivateSubnetA", "PrivateSubnetB"]),
        (
            "private-endpoints",
            {"SqsEndpoint", "EcrApiEndpoint", "EcrDockerEndpoint", "LogsEndpoint"},
            ["PrivateSubnetA", "PrivateSubnetB"],
        ),
    ],
)
def test_a_network_of_our_own(
    mode: str, paid: set[str], subnets: list[str], network: Template
) -> None:
    stack = Resolved(network, NetworkMode=mode)

    interfaces = {
        name
        for name, given in stack.of_type("AWS::EC2::VPCEndpoint").items()
        if given["VpcEndpointType"] == "Interface"
    }
    billed = interfaces | stack.of_type("AWS::EC2::NatGateway", "AWS::EC2::EIP").keys()
    assert billed == paid
    assert stack.outputs["SubnetIds"]["Value"] == {
        "Fn::Join": [",", [{"Ref": name} for name in subnets]]
    }
    assert ("InternetGateway" in stack.resources) == (mode != "private-endpoints")
    assert stack.dangling() == set()


@pytest.mark.parametrize("mode", ["public", "private-nat", "private-endpoints"])
def test_the_free_endpoints_serve_the_workers_subnets(mode: str, network: Template) -> None:
    stack = Resolved(network, NetworkMode=mode)
    workers = stack.outputs["SubnetIds"]["Value"]["Fn::Join"][1]
    routes = [
        given["RouteTableId"]
        for given in stack.of_type("AWS::EC2::SubnetRouteTableAssociation").values()
        if given["SubnetId"] in workers
    ]

    for service in ("S3Endpoint", "DynamoDbEndpoint"):
        given = stack.properties(service)
        assert given["VpcEndpointType"] == "Gateway"
        assert len(routes) == 2
        assert all(route in given["RouteTableIds"] for route in routes)


@pytest.mark.parametrize("mode", ["public", "private-nat", "private-endpoints"])
def test_nothing_comes_in_to_a_worker(mode: str, network: Template) -> None:
    stack = Resolved(network, NetworkMode=mode)

    _check_worker_group(stack.properties("WorkerSecurityGroup"))
    assert stack.outputs["SecurityGroupId"]["Value"] == {
        "Fn::GetAtt": ["WorkerSecurityGroup", "GroupId"]
    }
    assert not stack.of_type("AWS::EC2::SecurityGroupIngress")


def test_nothing_comes_in_to_a_worker_of_an_existing_network(core: Template) -> None:
    given = _given("existing", "ApiKey", switched_on=False)

    _check_worker_group(Resolved(core, **given).properties("WorkerSecurityGroup"))


def _check_worker_group(given: dict[str, Any]) -> None:
    assert "VpcId" in given
    assert "SecurityGroupIngress" not in given
    assert [rule["ToPort"] for rule in given["SecurityGroupEgress"]] == [443]


def test_the_stage_is_throttled_logged_and_traced(core_transformed: Template) -> None:
    stage = Resolved(core_transformed, ThrottleRate="7", ThrottleBurst="9").properties("Apiv1Stage")

    (settings,) = stage["MethodSettings"]
    assert settings["ThrottlingRateLimit"] == "7"
    assert settings["ThrottlingBurstLimit"] == "9"
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert stage["TracingEnabled"]
    assert stage["StageName"] == "v1"
    assert stage["AccessLogSetting"]["DestinationArn"] == {"Fn::GetAtt": ["AccessLog", "Arn"]}


def test_no_key_reaches_a_log(core_transformed: Template) -> None:
    stage = Resolved(core_transformed).properties("Apiv1Stage")

    logged = stage["AccessLogSetting"]["Format"]
    assert '$context.identity.apiKey"' not in logged
    assert "header" not in logged
    assert not stage["MethodSettings"][0]["DataTraceEnabled"]
    assert stage["MethodSettings"][0]["LoggingLevel"] == "OFF"


def test_a_change_of_auth_mode_alone_reaches_the_stage(core: Template) -> None:
    # SAM derives the deployment from the document, in which the mode is a condition's name.
    assert core["Resources"]["Api"]["Properties"]["AlwaysDeploy"] is True


@pytest.mark.parametrize(
    ("parameter", "function"),
    [
        ("EnqueueConcurrency", "EnqueueFunction"),
        ("ApiConcurrency", "ApiFunction"),
        ("ReconcileConcurrency", "ReconcileFunction"),
    ],
)
def test_concurrency_is_reserved_where_asked(
    parameter: str, function: str, core_transformed: Template
) -> None:
    without = Resolved(core_transformed).properties(function)
    reserved = Resolved(core_transformed, **{parameter: "5"}).properties(function)

    assert "ReservedConcurrentExecutions" not in without
    assert reserved["ReservedConcurrentExecutions"] == "5"


def test_the_scaler_runs_once_at_a_time_unless_nothing_can_be_reserved(
    core_transformed: Template,
) -> None:
    reserved = Resolved(core_transformed).properties("ScalerFunction")
    without = Resolved(core_transformed, ScalerConcurrency="0").properties("ScalerFunction")

    assert reserved["ReservedConcurrentExecutions"] == "1"
    assert "ReservedConcurrentExecutions" not in without


def test_a_wake_waits_for_no_tick(core_transformed: Template) -> None:
    stack = Resolved(core_transformed)
    scaler, wake = (stack.properties(name) for name in ("ScalerFunction", "WakeFunction"))

    assert scaler["Handler"] == wake["Handler"] == "scaling.publisher.handler"
    assert "ReservedConcurrentExecutions" not in wake


@pytest.mark.parametrize("function", ["EnqueueFunction", "ApiFunction"])
def test_who_takes_jobs_in_knows_who_wakes(function: str, core_transformed: Template) -> None:
    told = Resolved(core_transformed).properties(function)["Environment"]["Variables"]

    assert told["WAKE_FUNCTION"] == {"Ref": "WakeFunction"}


def test_a_run_of_the_scaler_ends_before_the_next_begins(core_transformed: Template) -> None:
    timeout_s = Resolved(core_transformed).properties("ScalerFunction")["Timeout"]

    assert publisher.LAST_TICK_MS + publisher.RESERVE_MS <= timeout_s * 1000 < 60_000


FUNCTIONS = [
    "EnqueueFunction",
    "ApiFunction",
    "ReconcileFunction",
    "ScalerFunction",
    "WakeFunction",
    "OutboxFunction",
    "DeliverFunction",
    "DeliveriesApiFunction",
]
HEAVY = ("ApiFunction", "DeliverFunction", "DeliveriesApiFunction")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_has_a_role_and_a_log_of_its_own(
    function: str, core_transformed: Template
) -> None:
    stack = Resolved(core_transformed)
    functions = stack.of_type("AWS::Lambda::Function")
    given = functions[function]
    group = given["LoggingConfig"]["LogGroup"]["Ref"]

    assert [other for other in functions if functions[other]["Role"] == given["Role"]] == [function]
    assert [
        other
        for other in functions
        if functions[other]["LoggingConfig"]["LogGroup"] == {"Ref": group}
    ] == [function]
    assert stack.properties(group)["RetentionInDays"] == "30"
    assert given["TracingConfig"] == {"Mode": "Active"}
    assert given["Architectures"] == ["x86_64"]
    assert given["Runtime"] == "python3.13"


def test_only_who_needs_one_carries_a_heavy_layer(core_transformed: Template) -> None:
    layers = {
        name: len(given["Layers"])
        for name, given in Resolved(core_transformed).of_type("AWS::Lambda::Function").items()
    }

    assert layers == dict.fromkeys(FUNCTIONS, 1) | dict.fromkeys(HEAVY, 2)


def test_functions_are_told_what_they_read(core_transformed: Template) -> None:
    named = {"STACK_NAME", "JOBS_TABLE", "INPUT_BUCKET", "RESULT_BUCKET", "AUTH_MODE",
             "BACKLOG_LIMIT", "RETENTION_DAYS", "DEFAULT_MODEL", "DELIVERIES_TABLE",
             "ALLOWED_DESTINATION_ARNS", "OWN_ARNS"}  # fmt: skip
    for given in Resolved(core_transformed).of_type("AWS::Lambda::Function").values():
        told = given["Environment"]["Variables"]
        assert named <= told.keys()
        FunctionSettings.read({name: str(value) for name, value in told.items()})


def test_what_has_a_name_of_its_own_is_named_after_its_stack(core_transformed: Template) -> None:
    """Or a second core in the account would not deploy, or take what is the first one's."""
    named = {
        logical_id: str(resource["Properties"][name])
        for logical_id, resource in Resolved(core_transformed).resources.items()
        for name in NAMES & resource.get("Properties", {}).keys()
        if not resource["Type"].endswith(REFERRING)
    }

    assert len(named) > 10
    assert [each for each, name in named.items() if PSEUDO["AWS::StackName"] not in name] == []


def test_the_reconciler_and_the_scaler_run_each_minute(core_transformed: Template) -> None:
    schedules = Resolved(core_transformed).of_type("AWS::Scheduler::Schedule").values()

    assert {schedule["ScheduleExpression"] for schedule in schedules} == {"rate(1 minute)"}
    assert {schedule["Target"]["Arn"]["Fn::GetAtt"][0] for schedule in schedules} == {
        "ReconcileFunction",
        "ScalerFunction",
    }


def test_api_gateway_may_call_what_the_document_names(core_transformed: Template) -> None:
    permissions = Resolved(core_transformed).of_type("AWS::Lambda::Permission")

    callable_by_gateway = {
        given["FunctionName"]["Fn::GetAtt"][0]
        for given in permissions.values()
        if given["Principal"] == "apigateway.amazonaws.com" and "SourceArn" in given
    }
    assert callable_by_gateway == {"EnqueueFunction", "ApiFunction", "DeliveriesApiFunction"}
