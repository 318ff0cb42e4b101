"""Parameters as the operator gives them to a deploy."""

from __future__ import annotations

import pytest

from deploy import core, further, parameters
from deploy.failure import DeployFailed
from tests.template.documents import CORE, MODEL


@pytest.mark.parametrize("text", ["Cpu", '"Cpu=1'])
def test_what_is_no_name_and_value_stops_the_deploy(text: str) -> None:
    with pytest.raises(DeployFailed, match="PARAMETERS: "):
        parameters.split(text)


def test_a_name_that_the_template_lacks_is_refused() -> None:
    with pytest.raises(DeployFailed, match=r"template\.yaml has no parameter ModelMinTask$"):
        parameters.check({"ModelMinTask": "1"}, CORE, own=core.OWN)


def test_what_the_command_sets_itself_is_told_otherwise() -> None:
    with pytest.raises(DeployFailed, match="WorkerImage is set by IMAGE=<uri>"):
        parameters.check({"WorkerImage": "x"}, CORE, own=core.OWN)


def test_all_faults_are_named_at_once() -> None:
    given = {"CoreStack": "a", "Cpus": "1", "Cpu": "256", "MinTasks": "2", "MaxTasks": "1"}

    with pytest.raises(DeployFailed) as failure:
        parameters.check(given, MODEL, own=further.OWN)

    assert "CoreStack" in str(failure.value)
    assert "Cpus" in str(failure.value)
    assert "Cpu " not in str(failure.value)
    assert "MinTasks=2 is above MaxTasks=1" in str(failure.value)


def test_tasks_are_compared_with_what_stays_as_it_is() -> None:
    given = {"ModelMinTasks": "11"}
    standing = parameters.defaults(CORE)

    with pytest.raises(
        DeployFailed, match=r"ModelMinTasks=11 is above ModelMaxTasks=10 \(not given\)$"
    ):
        parameters.check_tasks({**standing, **given}, given)

    parameters.check_tasks({**standing, "ModelMaxTasks": "20", **given}, given)


def test_the_release_follows_the_code_alone() -> None:
    with pytest.raises(DeployFailed, match=r"EnqueueRelease is set by the code of api/enqueue\.py"):
        parameters.check({"EnqueueRelease": "mine"}, CORE, own=core.OWN)
