"""A wake on everything that answers it: the write that one wins, the invocation that follows."""

from __future__ import annotations

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from spillway.aws.clients import client
from spillway.aws.waker import LambdaWaker
from spillway.memory import MemoryWaker
from spillway.waking import Waking
from tests.contract.ports.implementations import Implementation, unfit

if TYPE_CHECKING:
    from spillway.ports import Figures

NOW_MS = 1_800_000_000_000
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture
def functions(implementation: Implementation) -> Any:
    """Lambda, with a function of this test's name."""
    unfit(implementation, "twin", reason="a list takes every wake")
    unfit(implementation, "moto", reason="it runs functions in Docker")
    unfit(implementation, "aio", reason="a worker wakes nobody")
    client("lambda").create_function(
        FunctionName=implementation.unique,
        Runtime="python3.13",
        Role=_role(implementation.unique),
        Handler="index.handler",
        Code={"ZipFile": _archive()},
    )
    return implementation.client("lambda")


def test_of_many_environments_at_once_one_wakes_the_model(figures: Figures) -> None:
    waker = MemoryWaker()
    environments = [Waking(figures=figures, waker=waker, clock=lambda: NOW_MS) for _ in range(40)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda waking: waking.wake("m"), environments))

    assert waker.woken == ["m"]


def test_a_wake_is_an_invocation_that_nobody_waits_for(
    functions: Any, implementation: Implementation
) -> None:
    answered = functions.invoke(
        FunctionName=implementation.unique, InvocationType="Event", Payload=b'{"wake": "m"}'
    )

    assert answered["StatusCode"] == 202
    LambdaWaker(functions, implementation.unique).wake("m")


def test_a_function_that_is_missing_is_a_fault_of_ours(functions: Any) -> None:
    with pytest.raises(ClientError) as raised:
        LambdaWaker(functions, "missing").wake("m")

    assert raised.value.response["Error"]["Code"] == "ResourceNotFoundException"


def _role(name: str) -> str:
    iam = boto3.client("iam")
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.close()
    return str(made["Role"]["Arn"])


def _archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return event\n")
    return packed.getvalue()
