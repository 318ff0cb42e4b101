from __future__ import annotations

import json
import re
from typing import Any

import openapi_spec_validator
import pytest
from jsonschema import ValidationError

from api import deliveries, enqueue, jobs
from spillway import submission
from spillway.job import Status
from tests.unit.api.system import DOCUMENT, System, module_of

FUNCTIONS = {
    enqueue: "EnqueueFunction",
    jobs: "ApiFunction",
    deliveries: "DeliveriesApiFunction",
}


def test_every_operation_has_a_route_and_every_route_an_operation() -> None:
    foreseen = {(method, path) for method, path, _ in DOCUMENT.operations()}
    named = {"<job_id>": "{jobId}", "<delivery_id>": "{deliveryId}"}
    routes = {
        (route.method, re.sub(r"<\w+>", lambda found: named[found[0]], route.path))
        for app in (jobs.app, deliveries.app)
        for route in (*app._static_routes, *app._dynamic_routes)
    }

    assert foreseen == routes | {("POST", "/jobs")}


def test_each_operation_is_sent_to_the_function_that_answers_it() -> None:
    for path, item in DOCUMENT.source["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            uri = json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
            assert f"/${{{FUNCTIONS[module_of(method.upper(), path)]}.Arn}}/" in uri


@pytest.mark.parametrize("auth_mode", ["ApiKey", "Iam"])
def test_the_document_is_served_as_callers_need_it(
    monkeypatch: pytest.MonkeyPatch, auth_mode: str
) -> None:
    system = System(monkeypatch, auth_mode=auth_mode)

    served = system.call("GET", "/openapi.json").body

    openapi_spec_validator.validate(served)
    text = json.dumps(served)
    assert "x-amazon" not in text
    assert "Fn::" not in text
    assert "${" not in text
    assert served["info"]["title"] == "spillway"
    assert served["servers"] == [{"url": "/v1"}]
    scheme = "apiKey" if auth_mode == "ApiKey" else "sigv4"
    assert list(served["components"]["securitySchemes"]) == [scheme]
    for item in served["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                assert operation["security"] == [{scheme: []}]


def test_the_documents_request_is_the_one_that_the_handler_reads() -> None:
    schema = DOCUMENT.shown["components"]["schemas"]["JobRequest"]
    fields: dict[str, Any] = schema["properties"]

    assert set(fields) == submission._FIELDS
    assert (fields["ttlSeconds"]["minimum"], fields["ttlSeconds"]["maximum"]) == submission.TTL_S
    timeout = fields["timeoutSeconds"]
    assert (timeout["minimum"], timeout["maximum"]) == submission.TIMEOUT_S
    assert timeout["default"] == submission._DEFAULT_TIMEOUT_S
    assert fields["ttlSeconds"]["default"] == submission._DEFAULT_TTL_S
    assert fields["metadata"]["maxProperties"] == submission.METADATA_ENTRIES


def test_the_documents_statuses_are_ours() -> None:
    statuses = DOCUMENT.shown["components"]["schemas"]["JobStatus"]["enum"]

    assert statuses == [status.value for status in Status]


class TestTheCheckItself:
    def test_sees_a_member_that_the_document_does_not_name(self) -> None:
        body = {"type": "x", "title": "x", "status": 404, "detail": "x", "extra": 1}

        with pytest.raises(ValidationError, match="extra"):
            DOCUMENT.check(
                "GET", "/jobs/a", 404, {"Content-Type": "application/problem+json"}, body
            )

    def test_sees_a_status_and_a_header_that_it_does_not_name(self) -> None:
        with pytest.raises(AssertionError, match="no 418"):
            DOCUMENT.check("GET", "/jobs/a", 418, {}, None)
        with pytest.raises(AssertionError, match="x-extra"):
            DOCUMENT.check("GET", "/jobs/a", 404, {"X-Extra": "1"}, None)
