"""What ECS refuses for the sake of one service is asked for the others alone."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from spillway.aws.services import EcsServices
from spillway.errors import Unavailable
from spillway.ports import ModelEntry, TaskCounts


def entry(name: str) -> ModelEntry:
    return ModelEntry(name, "https://q", 10, 4, 30, "s3://m/", cluster="c", service=name)


def described(name: str) -> dict[str, Any]:
    counts = {"runningCount": 2, "pendingCount": 1, "desiredCount": 3}
    return {"services": [{"serviceName": name, "status": "ACTIVE", **counts}]}


@pytest.fixture
def ecs() -> Any:
    return boto3.client(
        "ecs", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="s"
    )


def test_a_service_that_is_refused_takes_no_neighbour_with_it(
    ecs: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with Stubber(ecs) as stub:
        for names in (("good", "bad"), ["good"], ["bad"]):
            asked = {"cluster": "c", "services": names}
            if "bad" in names:
                stub.add_client_error(
                    "describe_services", "AccessDeniedException", "no", 400, expected_params=asked
                )
            else:
                stub.add_response("describe_services", described("good"), asked)

        found = EcsServices(ecs).counts([entry("good"), entry("bad")])

    assert found == {"good": TaskCounts(2, 1, 3)}
    assert "service not described" in caplog.text


def test_a_service_that_does_not_answer_is_no_refusal(ecs: Any) -> None:
    with Stubber(ecs) as stub:
        stub.add_client_error("describe_services", "ThrottlingException", "slower", 400)

        with pytest.raises(Unavailable):
            EcsServices(ecs).counts([entry("good"), entry("other")])
