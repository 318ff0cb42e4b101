from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from api import deliveries, enqueue, jobs
from spillway.errors import SettingsError
from tests.unit.api.system import KEY, System, event_of


def test_an_accepted_job_is_one_line_with_its_id_and_the_requests(
    system: System, logged: Any
) -> None:
    job_id = system.submitted({"payload": "my secret text"})

    [line] = [line for line in logged() if line["message"] == "accepted"]
    assert line["level"] == "INFO"
    assert (line["jobId"], line["requestId"]) == (job_id, "request-1")
    assert line["tenant"] == "acme"
    assert "secret text" not in json.dumps(line)


def test_what_is_done_to_a_job_is_logged_under_the_jobs_own_trace(
    system: System, logged: Any
) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    job_id = system.submitted(headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"})

    system.call("POST", f"/jobs/{job_id}/cancel")
    again = system.call("POST", f"/jobs/{job_id}/retry").body["jobId"]

    cancelled, accepted = logged()[-2:]
    named = {"jobId": job_id, "tenant": "acme", "model": "default", "traceId": trace_id}
    assert cancelled.items() >= named.items()
    assert accepted.items() >= {"jobId": again, "retryOf": job_id, "tenant": "acme"}.items()
    assert accepted["traceId"] not in ("", trace_id), "a retry is another request's"


def test_a_rejection_names_its_problem(system: System, logged: Any) -> None:
    system.call("POST", "/jobs", "{")
    system.call("GET", "/jobs/nothing")

    submit, get = logged()
    assert (submit["problem"], submit["status"]) == ("not-json", 400)
    assert (get["problem"], get["jobId"]) == ("no-such-job", "nothing")


@pytest.mark.parametrize(("method", "path"), [("POST", "/jobs"), ("GET", "/jobs/abc")])
def test_a_fault_is_logged_with_its_place_and_neither_key_nor_payload(
    system: System, monkeypatch: pytest.MonkeyPatch, logged: Any, method: str, path: str
) -> None:
    def fail(what: Any) -> None:
        raise RuntimeError(f"can't do this with {what}: my secret text, {KEY}")

    monkeypatch.setattr(system.store, "put", fail)
    monkeypatch.setattr(system.store, "get", fail)

    reply = system.call(method, path, '{"payload": "my secret text"}')

    [line] = logged()
    assert reply.status == 500
    assert reply.body["type"] == "https://spillway.dev/problems/internal-error"
    assert line["level"] == "ERROR"
    assert line["exception"]["type"] == "RuntimeError"
    assert line["exception"]["stack"][-1].endswith(" fail")
    assert line["requestId"] == "request-1"
    for text in (json.dumps(line), json.dumps(reply.body)):
        assert "secret text" not in text
        assert KEY not in text


@pytest.mark.parametrize(
    ("module", "path"), [(enqueue, "/jobs"), (jobs, "/jobs"), (deliveries, "/deliveries")]
)
def test_settings_that_are_missing_are_a_500_and_all_named_in_the_log(
    module: Any, path: str, logged: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STACK_NAME", "JOBS_TABLE", "AUTH_MODE"):
        monkeypatch.delenv(name, raising=False)

    answer = module.handler(event_of("POST" if module is enqueue else "GET", path, "{}"), None)

    [line] = [line for line in logged() if line["level"] == "ERROR"]
    assert answer["statusCode"] == 500
    assert line["exception"]["type"] == SettingsError.__name__
    assert "JOBS_TABLE: missing" in line["exception"]["detail"]
    assert "AUTH_MODE: missing" in line["exception"]["detail"]


def test_the_hot_path_imports_no_framework_and_reads_no_settings_on_import() -> None:
    code = (
        "import sys; sys.path[:0] = ['core', 'api']; import enqueue;"
        "print(*[name for name in ('aws_lambda_powertools', 'pydantic', 'yaml', 'asyncio',"
        " 'spillway.destinations.parsing') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == []


@pytest.mark.parametrize("module", ["enqueue", "api.jobs", "api.deliveries", "reconcile"])
def test_each_handler_starts_in_lambdas_layout_and_builds_its_parts(module: str) -> None:
    """Its folder, or its folder's parent, and `core/` lie side by side on the path."""
    environment = {
        "STACK_NAME": "s",
        "JOBS_TABLE": "j",
        "INPUT_BUCKET": "i",
        "RESULT_BUCKET": "r",
        "DELIVERIES_TABLE": "d",
        "DELIVERY_QUEUE_URL": "https://q",
        "AUTH_MODE": "ApiKey",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_LAMBDA_FUNCTION_NAME": "f",
    }
    builder = {"enqueue": "_enqueue", "reconcile": "_store"}.get(module, "_parts")
    folder = "." if "." in module else "api"
    code = f"import sys; sys.path[:] = ['core', '{folder}', *sys.path[1:]]; import {module}; "

    run = [sys.executable, "-c", f"{code}{module}.{builder}()"]
    subprocess.run(run, env=environment, check=True)
