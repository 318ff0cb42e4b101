from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

import spillway
from spillway_cli.program import spillway as command
from spillway_cli.target import Target
from tests.unit.api.system import KEY, System
from tests.unit.core.client.backend import URL, on_handlers
from tests.unit.core.client.conftest import HandlersClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result


@dataclass(frozen=True)
class Terminal:
    """Where the command is typed. `code`, `out` and `err` are of what ran last."""

    def run(self, *arguments: str, stdin: str | bytes = b"", **environment: str) -> Result:
        return CliRunner().invoke(command, arguments, input=stdin, env=environment)

    def json(self, *arguments: str, stdin: str | bytes = b"") -> list[Any]:
        """What a command that must succeed prints with --json."""
        ran = self.run(*arguments, "--json", stdin=stdin)
        assert ran.exit_code == 0, ran.output
        return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in which nothing is set."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "SPILLWAY_"))]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("LOCAL_DIR", raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return Terminal()


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, terminal: Terminal) -> System:
    """The API's handlers, which every command then speaks to."""
    system = System(monkeypatch)
    transport, clock = on_handlers(system), HandlersClock(system.clock)
    monkeypatch.setenv("SPILLWAY_URL", URL)
    monkeypatch.setenv("SPILLWAY_API_KEY", KEY)
    monkeypatch.setattr(
        Target,
        "client",
        lambda target, **_: spillway.Client(
            target.url, key=target.key, transport=transport, clock=clock
        ),
    )
    return system


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, terminal: Terminal) -> Iterator[Deploy]:
    """An account of moto's; call it to make the stack `spillway` with these outputs."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield deploy


type Deploy = Callable[..., None]


def deploy(name: str = "spillway", **outputs: str) -> None:
    """Make a stack with these outputs."""
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {output: {"Value": value} for output, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))
