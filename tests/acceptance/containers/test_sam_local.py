"""`sam local` on the functions, with the running system behind them: docs/sam-local.md."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from local.sam_local import function_of
from tests.acceptance.containers.conftest import FOLDER
from tests.acceptance.running import environment_of, free_port
from tests.acceptance.system import ROOT, Caller
from tests.event_answers import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.client import DockerClient

    from tests.acceptance.system import System

READY_S = 120
SAM_LABEL = "sam.cli.container.type"


@pytest.fixture(autouse=True)
def _none_is_left(engine: DockerClient) -> Iterator[None]:
    yield
    assert not engine.containers.list(all=True, filters={"label": SAM_LABEL})


def invoke(event: str) -> Any:
    """Send an event as `make invoke` does; return the function's answer."""
    ended = subprocess.run(
        [sys.executable, "-m", "local", "invoke", event],
        cwd=ROOT,
        env=environment_of(FOLDER),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return answer_of(ended.stdout)


def answer_of(stdout: str) -> Any:
    """The last line that is JSON."""
    lines = [line for line in stdout.splitlines() if line.startswith(("{", "["))]
    return json.loads(lines[-1])


@contextmanager
def started(*command: str, until: str) -> Iterator[list[str]]:
    """Run a command until the block ends; the block begins when a line holds a text."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment_of(FOLDER, PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines: list[str] = []
        try:
            for line in process.stdout:
                lines.append(line)
                if until in line:
                    break
            else:
                pytest.fail("".join(lines))
            yield lines
        finally:
            process.send_signal(signal.SIGINT)
            process.stdout.read()


def test_an_event_becomes_a_job_of_the_running_system(system: System, caller: Caller) -> None:
    answer = invoke("events/enqueue/minimal.json")

    assert answer["statusCode"] == 202
    job = caller.until(json.loads(answer["body"])["jobId"])
    assert job["status"] == "SUCCEEDED"


def test_a_signed_callers_event_is_its_roles_job(system: System, caller: Caller) -> None:
    answer = invoke("events/enqueue/iam-caller.json")

    job_id = json.loads(answer["body"])["jobId"]
    assert answer["statusCode"] == 202
    assert caller.http.get(f"/jobs/{job_id}").status_code == 404, "it is another tenant's"


def test_the_api_is_served_with_its_keys(system: System) -> None:
    port = free_port()
    serve = [sys.executable, "-m", "local", "start-api", "--api-port", str(port)]
    with started(*serve, until="Running on"):
        api = Caller(f"http://127.0.0.1:{port}", system.api_key)
        job_id = api.submit({"text": "hello"})["jobId"]
        assert api.until(job_id)["status"] == "SUCCEEDED"
        assert api.result(job_id)["dimensions"] == 384

        refused = httpx.get(f"{api.http.base_url}/jobs", headers={"x-api-key": "demo.other"})
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (
            401,
            "unauthorized",
        )


def test_the_commands_that_a_bridge_prints_work_as_they_stand(system: System) -> None:
    # Given a user with keys of their own, which sam passes on to functions
    theirs = {
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "theirs",
        "AWS_SESSION_TOKEN": "theirs",
        "AWS_REGION": "eu-central-1",
        # sam itself asks for the account: not the real AWS.
        "AWS_ENDPOINT_URL": system.endpoint_url,
    }

    # When
    with started(sys.executable, "-m", "local", "bridge", until="start-api") as lines:
        command = next(line for line in lines if " local invoke " in line)
        ended = subprocess.run(
            shlex.split(command),
            cwd=ROOT,
            env={**os.environ, **theirs},
            capture_output=True,
            text=True,
            check=False,
        )

    # Then
    assert ended.returncode == 0, ended.stderr
    assert answer_of(ended.stdout)["statusCode"] == 202


def test_every_event_is_answered_as_the_page_says(system: System, caller: Caller) -> None:
    told = dict(ANSWERS)
    # AUTH_MODE is one for all functions; the signed caller has a test of its own.
    del told["events/enqueue/iam-caller.json"]
    with functions() as call:
        given = {}
        for event in told:
            given[event] = json.dumps(call(event))
            if event == "events/enqueue/full.json":
                caller.until("order-17")

    assert given == told


@contextmanager
def functions() -> Iterator[Any]:
    """Serve the functions by `sam local start-lambda`, over a bridge, and call them."""
    with started(sys.executable, "-m", "local", "bridge", until="start-api") as lines:
        command = shlex.split(next(line for line in lines if " local invoke " in line))
        files = command[command.index("--template-file") :]
        port = free_port()
        serve = [command[0], "local", "start-lambda", "--warm-containers", "LAZY"]
        with started(*serve, *files, "--port", str(port), until="Running on"):
            client = boto3.client(
                "lambda",
                endpoint_url=f"http://127.0.0.1:{port}",
                region_name="us-east-1",
                config=Config(signature_version=UNSIGNED, read_timeout=READY_S),
            )

            def call(event: str) -> Any:
                path = Path(ROOT / event)
                answered = client.invoke(FunctionName=function_of(path), Payload=path.read_bytes())
                answer = json.loads(answered["Payload"].read())
                return answer.get("statusCode", answer)

            yield call
