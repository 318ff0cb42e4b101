"""The API's document: valid OpenAPI as callers get it, and what API Gateway takes of OpenAPI."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import validate

from spillway import paging, submission
from spillway.deliveries.delivery import HISTORY, DeliveryStatus
from spillway.deliveries.lookup import DELIVERY_ID
from spillway.destinations import parsing
from spillway.event import EventType
from spillway.job import Status
from spillway.openapi import published
from tests.template.documents import CORE, load, load_openapi
from tests.template.resolution import references

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = load_openapi()
PUBLISHED = published(DOCUMENT, stack="spillway", auth_mode="ApiKey")
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
METHODS = {"get", "post", "put", "delete", "patch", "head", "options"}
ENDPOINTS = {
    ("post", "/jobs"): "submitJob",
    ("get", "/jobs"): "listJobs",
    ("get", "/jobs/{jobId}"): "getJob",
    ("get", "/jobs/{jobId}/result"): "getResult",
    ("post", "/jobs/{jobId}/cancel"): "cancelJob",
    ("post", "/jobs/{jobId}/retry"): "retryJob",
    ("post", "/uploads"): "createUpload",
    ("get", "/models"): "listModels",
    ("get", "/deliveries"): "listDeliveries",
    ("get", "/deliveries/{deliveryId}"): "getDelivery",
    ("post", "/deliveries/{deliveryId}/redeliver"): "redeliver",
    ("post", "/webhooks/test"): "testWebhook",
    ("get", "/destinations"): "getDestinations",
    ("put", "/destinations"): "setDestinations",
    ("get", "/openapi.json"): "getOpenapi",
}
# JSON Schema draft 4, which API Gateway makes its models of. It refuses the whole API for OpenAPI's
# own words (example, nullable, readOnly, discriminator, xml) in a schema.
DRAFT_4 = {
    "$ref", "type", "description", "properties", "required", "items", "enum", "pattern", "format",
    "oneOf",
    "default", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
    "maxProperties", "additionalProperties",
}  # fmt: skip
# What API Gateway answers by itself, and with what status.
BY_THE_GATEWAY = {
    "INVALID_API_KEY": 401,
    "UNAUTHORIZED": 401,
    "ACCESS_DENIED": 403,
    "INVALID_SIGNATURE": 403,
    "EXPIRED_TOKEN": 403,
    "MISSING_AUTHENTICATION_TOKEN": {"Fn::If": ["HasApiKeys", 404, 403]},
    "RESOURCE_NOT_FOUND": 404,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "THROTTLED": 429,
    "QUOTA_EXCEEDED": 429,
    "INTEGRATION_FAILURE": 503,
    "INTEGRATION_TIMEOUT": 503,
    "API_CONFIGURATION_ERROR": 500,
    "DEFAULT_5XX": 503,
}
GATEWAY: dict[str, Any] = DOCUMENT["x-amazon-apigateway-gateway-responses"]


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            yield method, path, operation


OPERATIONS = [pytest.param(*given, id=given[2]["operationId"]) for given in _operations()]
RESPONSES = [
    pytest.param(status, response, id=f"{operation['operationId']}-{status}")
    for _, _, operation in _operations()
    for status, response in operation["responses"].items()
]
each_operation = pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
each_response = pytest.mark.parametrize(("status", "response"), RESPONSES)


@pytest.mark.parametrize("auth_mode", ["ApiKey", "Iam"])
def test_what_callers_get_is_valid_openapi(auth_mode: Any) -> None:
    document = published(DOCUMENT, stack="spillway", auth_mode=auth_mode)

    validate(document)
    assert "x-amazon" not in json.dumps(document)
    assert "Fn::" not in json.dumps(document)


def test_the_endpoints_are_those_of_the_contract() -> None:
    found = {(method, path): operation["operationId"] for method, path, operation in _operations()}

    assert found == ENDPOINTS


# --- what API Gateway asks


@each_operation
def test_an_operation_has_security(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["security"] == [{"Fn::If": ["HasApiKeys", {"apiKey": []}, {"sigv4": []}]}]


@each_operation
def test_an_operation_goes_to_its_function(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    integration = operation["x-amazon-apigateway-integration"]
    function = "ApiFunction"
    if (method, path) == ("post", "/jobs"):
        function = "EnqueueFunction"
    elif path.startswith(("/deliveries", "/webhooks/", "/destinations")):
        function = "DeliveriesApiFunction"

    assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")
    assert integration.keys() == {"type", "httpMethod", "uri"}
    ready = ["EnqueueAlias"] if function == "EnqueueFunction" else []
    assert list(references(integration["uri"])) == [*ready, function]
    assert function in load(CORE)["Resources"]


@each_operation
def test_an_operation_declares_its_paths_parameters(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    declared = {given["name"] for given in operation.get("parameters", []) if given["in"] == "path"}

    assert declared == set(re.findall(r"\{(\w+)\}", path))


def test_parameters_are_validated_and_bodies_left_to_the_handlers() -> None:
    validators = DOCUMENT["x-amazon-apigateway-request-validators"]
    chosen = validators[DOCUMENT["x-amazon-apigateway-request-validator"]]

    assert chosen == {"validateRequestParameters": True, "validateRequestBody": False}


def test_the_schemes_are_kinds_that_api_gateway_knows() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]

    key = schemes["apiKey"]
    assert (key["type"], key["name"], key["in"]) == ("apiKey", "x-api-key", "header")
    assert schemes["sigv4"]["x-amazon-apigateway-authtype"] == "awsSigv4"


def _schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and all within it."""
    yield node
    for part in node.get("properties", {}).values():
        yield from _schemas(part)
    for name in ("items", "additionalProperties"):
        if isinstance(node.get(name), dict):
            yield from _schemas(node[name])
    for branch in node.get("oneOf", []):
        yield from _schemas(branch)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_uses_the_words_of_draft_4(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]+", name), "API Gateway's models have no other names"
    for schema in _schemas(SCHEMAS[name]):
        assert schema.keys() <= DRAFT_4
        if "$ref" in schema:
            assert schema.keys() == {"$ref"}


@each_response
def test_a_response_stands_in_place_and_refers_to_its_schema(
    status: str, response: dict[str, Any]
) -> None:
    assert "$ref" not in response
    for media in response.get("content", {}).values():
        assert media["schema"].keys() == {"$ref"}


def test_each_schema_is_used() -> None:
    used = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))

    assert used == SCHEMAS.keys()


# --- problems


@each_response
def test_an_error_is_a_problem_document(status: str, response: dict[str, Any]) -> None:
    if int(status) >= 400:
        assert response["content"].keys() == {"application/problem+json"}
        schema = response["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}


@each_response
def test_a_refusal_for_now_says_when_to_come_back(status: str, response: dict[str, Any]) -> None:
    if status in {"202", "429", "503"}:
        assert "Retry-After" in response["headers"]


@each_operation
def test_an_operation_names_what_every_operation_can_answer(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    always = {"401", "403", "429", "500", "503"}
    of_one_thing = {"404"} if "{" in path else set()

    assert always | of_one_thing <= operation["responses"].keys()


def test_the_gateways_own_answers_have_the_contracts_status() -> None:
    found = {name: GATEWAY[name]["statusCode"] for name in GATEWAY if "statusCode" in GATEWAY[name]}

    assert found == BY_THE_GATEWAY
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= GATEWAY.keys()


@pytest.mark.parametrize("name", GATEWAY)
def test_the_gateways_own_answers_are_problem_documents(name: str) -> None:
    given = GATEWAY[name]
    template = given["responseTemplates"]["application/json"]
    branches = template["Fn::If"][1:] if isinstance(template, dict) else [template]
    status = given.get("statusCode")
    statuses = status["Fn::If"][1:] if isinstance(status, dict) else [status]

    headers = given["responseParameters"]
    assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    for branch, expected in zip(branches, statuses, strict=True):
        # API Gateway fills in a quoted string.
        problem = json.loads(branch.replace("$context.error.messageString", '"Forbidden"'))
        assert problem["type"].startswith("https://spillway.dev/problems/")
        assert problem["title"]
        assert problem["detail"]
        assert problem.get("status") == expected


@pytest.mark.parametrize(
    "name", [name for name, status in BY_THE_GATEWAY.items() if status in (429, 503)]
)
def test_the_gateway_says_when_to_come_back(name: str) -> None:
    retry_after = GATEWAY[name]["responseParameters"]["gatewayresponse.header.Retry-After"]

    assert int(retry_after.strip("'")) >= 1


def test_a_body_that_is_too_large_is_shown_the_way() -> None:
    template = GATEWAY["REQUEST_TOO_LARGE"]["responseTemplates"]["application/json"]

    assert "POST /v1/uploads" in template


# --- the document and the code say the same


def test_the_limits_of_a_request_are_those_that_are_enforced() -> None:
    asked = SCHEMAS["JobRequest"]["properties"]
    least, most = submission.TTL_S
    shortest, longest = submission.TIMEOUT_S
    defaults = submission.parse(b'{"payload": 1}', tenant="acme", default_model="default")

    assert (asked["ttlSeconds"]["minimum"], asked["ttlSeconds"]["maximum"]) == (least, most)
    assert asked["ttlSeconds"]["default"] == defaults.ttl_s
    assert asked["timeoutSeconds"]["minimum"] == shortest
    assert asked["timeoutSeconds"]["maximum"] == longest
    assert asked["timeoutSeconds"]["default"] == defaults.timeout_s
    assert asked["metadata"]["maxProperties"] == submission.METADATA_ENTRIES
    assert f"{submission.METADATA_BYTES:,} bytes" in asked["metadata"]["description"]
    longest_value = asked["metadata"]["additionalProperties"]["maxLength"]
    assert longest_value == submission.METADATA_VALUE_LENGTH
    assert asked["jobId"]["pattern"] == f"^{submission.JOB_ID.pattern}$"
    assert SCHEMAS["JobRequest"]["additionalProperties"] is False


@pytest.mark.parametrize(
    "name", ["default", "a", "dlq", "m-dlq", "a" * 39, "", "-a", "A", "x_dlq", "a" * 40]
)
def test_a_models_name_is_judged_alike(name: str) -> None:
    in_the_template = load(CORE.parent / "stacks" / "model.yaml")["Parameters"]["ModelName"]
    (listed,) = [
        given
        for given in DOCUMENT["paths"]["/jobs"]["get"]["parameters"]
        if given["name"] == "model"
    ]

    taken = bool(submission.MODEL.fullmatch(name))

    assert (
        bool(re.fullmatch(SCHEMAS["JobRequest"]["properties"]["model"]["pattern"], name)) == taken
    )
    assert bool(re.fullmatch(listed["schema"]["pattern"], name)) == taken
    assert bool(re.fullmatch(in_the_template["AllowedPattern"], name)) == taken


def test_the_statuses_are_those_of_a_job() -> None:
    assert SCHEMAS["JobStatus"]["enum"] == [status.value for status in Status]


def test_what_is_said_of_a_delivery_is_what_there_is() -> None:
    asked = SCHEMAS["Delivery"]["properties"]

    assert SCHEMAS["DeliveryStatus"]["enum"] == [status.value for status in DeliveryStatus]
    assert SCHEMAS["DeliveryEvent"]["enum"] == [event.value for event in EventType]
    assert asked["id"]["pattern"] == f"^{DELIVERY_ID.pattern}$"
    assert asked["history"]["maxItems"] == HISTORY
    assert SCHEMAS["Destinations"]["properties"]["destinations"]["maxItems"] == parsing.MOST
    url = SCHEMAS["WebhookTest"]["properties"]["url"]
    assert url["maxLength"] == SCHEMAS["WebhookDestination"]["properties"]["url"]["maxLength"]


@pytest.mark.parametrize("path", ["/jobs", "/deliveries"])
def test_a_page_has_the_size_that_the_document_says(path: str) -> None:
    (size,) = [
        given
        for given in DOCUMENT["paths"][path]["get"]["parameters"]
        if given["name"] == "pageSize"
    ]

    assert size["schema"]["default"] == paging.DEFAULT_PAGE_SIZE
    assert str(paging.MAX_PAGE_SIZE) in size["description"]


# --- examples


def _examples() -> Iterator[tuple[str, dict[str, Any], Any]]:
    for _, _, operation in _operations():
        bodies = [("request", operation.get("requestBody", {})), *operation["responses"].items()]
        for name, body in bodies:
            for media in body.get("content", {}).values():
                values = [given["value"] for given in media.get("examples", {}).values()]
                values += [media["example"]] if "example" in media else []
                for value in values:
                    yield f"{operation['operationId']}-{name}", media["schema"], value


EXAMPLES = [pytest.param(schema, value, id=name) for name, schema, value in _examples()]


@pytest.mark.parametrize(("schema", "value"), EXAMPLES)
def test_an_example_keeps_its_schema(schema: dict[str, Any], value: Any) -> None:
    validator = OAS30Validator(_inlined(schema))

    assert [error.message for error in validator.iter_errors(value)] == []


@pytest.mark.parametrize("status", ["200", "201", "202"])
def test_each_answer_of_success_has_an_example(status: str) -> None:
    for _, _, operation in _operations():
        content = operation["responses"].get(status, {}).get("content", {})
        for media in content.values():
            assert "example" in media or operation["operationId"] == "getOpenapi"


def _inlined(node: Any) -> Any:
    """Put each schema in the place of its reference; none of ours refers to itself."""
    if isinstance(node, dict):
        if "$ref" in node:
            return _inlined(SCHEMAS[node["$ref"].rsplit("/", 1)[1]])
        return {name: _inlined(part) for name, part in node.items()}
    return [_inlined(part) for part in node] if isinstance(node, list) else node
