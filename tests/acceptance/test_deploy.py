"""docs/deploy.md against the emulator, by the very commands that it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from deploy.core import release
from spillway_cli import api_keys
from tests.acceptance.deployer import Operator
from tests.acceptance.system import ROOT, Caller
from tools.model.folder import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.deployer import Ended
    from tests.acceptance.system import System

STACK = "spillway-shop"
# The account has one role for the gateway's logs, and the running system's stack made it.
FIRST = "ApiLogRole=existing ModelMaxTasks=3"


@pytest.fixture(scope="module")
def operator(system: System, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Someone with an account, a checkout, and no stack of their own yet."""
    return Operator.hired(system, STACK, tmp_path_factory.mktemp("operator"))


@pytest.fixture(scope="module")
def first(operator: Operator) -> Iterator[Ended]:
    """The first `make deploy`; what it made is removed after the last test."""
    ended = operator.make("deploy", PARAMETERS=FIRST)
    assert ended.succeeded, ended.text
    yield ended
    if STACK in operator.stacks():
        operator.make("delete", YES="1")


@pytest.fixture
def shop(operator: Operator, first: Ended) -> Operator:
    """The operator of a deployed core."""
    assert first.succeeded
    return operator


@pytest.fixture(scope="module")
def buyer(operator: Operator, first: Ended) -> Iterator[Caller]:
    """A tenant of the shop."""
    assert first.succeeded
    outputs = _outputs(operator)
    api_id = urlsplit(outputs["ApiUrl"]).netloc.partition(".")[0]
    url = f"{operator.system.endpoint_url}/restapis/{api_id}/v1/_user_request_"
    apigateway = operator.system.aws("apigateway")
    key = api_keys.create(apigateway, outputs["UsagePlanId"], "buyer")
    with Caller(url, key) as caller:
        yield caller


def test_without_an_engine_nothing_is_deployed(system: System, operator: Operator) -> None:
    ended = operator.make("deploy", STACK="spillway-nothing", DOCKER="no-such-engine")

    assert not ended.succeeded
    assert "Start one, or give IMAGE=<uri>" in ended.text
    assert "spillway-nothing" not in operator.stacks()


def test_a_first_deploy_ends_with_an_answer(first: Ended, shop: Operator) -> None:
    titles = re.findall(r"✓ (.+?)  ", first.text)
    assert titles == [
        "look at the stack", "build the worker image", "sam build", "first sam deploy",
        "push the worker image", "upload default", "sam deploy", "tasks of default", "one job",
    ]  # fmt: skip
    assert '{"text": "ready?"} → {"embedding": [' in first.text
    assert f"  {shop.system.endpoint_url}/restapis/" in first.text, "a URL that answers from here"
    assert [words[0] for words in shop.docker_calls()[:5]] == [
        "info", "build", "login", "tag", "push",
    ]  # fmt: skip


def test_the_image_is_named_by_its_digest_and_the_model_by_its_own(shop: Operator) -> None:
    given = shop.parameters()

    repository = _outputs(shop)["WorkerRepositoryUri"]
    assert re.fullmatch(rf"{re.escape(repository)}@sha256:[0-9a-f]{{64}}", given["WorkerImage"])
    assert _folders(shop, "default") == [given["ModelDigest"]]
    assert given["ModelMaxTasks"] == "3"
    assert given["EnqueueRelease"] == release(ROOT, "")


def test_the_smoke_job_wakes_the_model_and_leaves_no_key_behind(
    first: Ended, shop: Operator
) -> None:
    keys = shop.system.aws("apigateway").get_api_keys(nameQuery="smoke")["items"]

    assert re.search(r"✓ tasks of default .* 0 running: the job wakes it\n", first.text), first.text
    assert shop.desired_count("default") == 1, "until it was idle for ModelIdleMinutes"
    assert keys == []


def test_a_second_deploy_skips_what_is_done(shop: Operator) -> None:
    before, calls = shop.parameters(), len(shop.docker_calls())

    again = shop.make("deploy")

    assert again.succeeded, again.text
    assert "is of these sources" in again.text
    assert "the model stays" in again.text
    assert len(shop.docker_calls()) == calls, "docker is not even asked"
    assert shop.parameters() == before, "what was set before is kept, ModelMaxTasks among it"


def test_a_deploy_that_replaces_tasks_leaves_as_many_as_there_are(shop: Operator) -> None:
    shop.set_desired_count("default", 2)
    before = shop.task_definition("default")

    # With another MinTasks: the emulator's update sends no property that is as it was.
    changed = shop.make("deploy", PARAMETERS="ModelMaxBatch=4 ModelMinTasks=1")

    assert changed.succeeded, changed.text
    assert shop.task_definition("default") != before
    assert shop.desired_count("default") == 2, "neither what it was made with nor the least"
    assert re.search(r"✓ tasks of default .* 2 running\n", changed.text), changed.text


def test_one_model_is_updated_rolled_back_and_deleted_while_another_goes_on(
    shop: Operator, buyer: Caller
) -> None:
    # Given two models, the one with a task that is always up
    folder = shop.model("shout", "!", "1")
    shout = shop.make(
        "deploy-model",
        NAME="shout",
        MODEL=str(folder),
        PARAMETERS="Cpu=2048 MemoryMiB=8192 MinTasks=1 MaxTasks=20 MaxBatch=32",
    )
    call = shop.make("deploy-model", NAME="call", MODEL=str(shop.model("call", "?", "1")))
    assert shout.succeeded, shout.text
    assert call.succeeded, call.text
    assert '"ready?" → "READY?!"' in shout.text
    assert (
        shop.parameters("spillway-shop-model-shout")["WorkerImage"]
        == shop.parameters()["WorkerImage"]
    )
    assert "0 running: the job wakes it" in call.text
    assert (shop.desired_count("shout"), shop.desired_count("call")) == (1, 1)
    untouched = shop.parameters("spillway-shop-model-call")

    # When the one is updated, its jobs are answered by the new version
    shop.model("shout", "!!!", "2")
    updated = shop.make("deploy-model", NAME="shout", MODEL=str(folder))
    assert updated.succeeded, updated.text
    assert _asked(buyer, "shout", "hello") == ("HELLO!!!", "2")
    assert shop.parameters("spillway-shop-model-shout")["MaxBatch"] == "32"
    old, new = _folders(shop, "shout"), shop.parameters("spillway-shop-model-shout")["ModelDigest"]
    assert len(old) == 2, "the version of before lies where it was"

    # and the same again changes nothing
    again = shop.make("deploy-model", NAME="shout", MODEL=str(folder))
    assert "there already" in again.text
    assert "nothing to change" in again.text

    # and it can go back
    [back] = re.findall(r"to go back: make deploy-model NAME=shout DIGEST=(\w+)", updated.text)
    assert {back, new} == set(old)
    returned = shop.make("deploy-model", NAME="shout", DIGEST=back)
    assert returned.succeeded, returned.text
    assert _asked(buyer, "shout", "hello") == ("HELLO!", "1")

    # When it is deleted, the other one goes on
    deleted = shop.make("delete", NAME="shout", YES="1")
    assert deleted.succeeded, deleted.text
    assert "spillway-shop-model-shout" not in shop.stacks()
    refused = buyer.post("/jobs", {"model": "shout", "payload": "anybody?"})
    assert (refused.status_code, refused.json()["title"]) == (404, "Not found")
    assert shop.parameters("spillway-shop-model-call") == untouched
    assert '"ready?" → "READY??"' in shop.make("deploy-model", NAME="call").text
    assert len(_folders(shop, "shout")) == 2, "a model's files outlive it"


def test_a_model_that_can_not_load_ends_the_command_with_the_workers_reason(
    shop: Operator,
) -> None:
    folder = shop.model("broken", "!", "1")
    (folder / "shout.py").write_text("import no_such_module\n")
    describe(folder, model_version="2", runtime="python",
             options={"entrypoint": "shout:Shout"}, probe="ready?")  # fmt: skip

    ended = shop.make("deploy-model", NAME="broken", MODEL=str(folder))

    assert not ended.succeeded
    assert re.search(r"✗ \d+ tasks of spillway-shop-broken stopped one after", ended.text), (
        ended.text
    )
    assert "the worker's log: " in ended.text
    assert "no_such_module" in ended.text
    assert "while jobs wait ECS tries on" in ended.text
    deleted = shop.make("delete", NAME="broken", YES="1")
    assert deleted.succeeded, deleted.text


def test_a_version_that_was_never_deployed_is_refused(shop: Operator) -> None:
    ended = shop.make("deploy", DIGEST="0123456789abcdef")

    assert not ended.succeeded
    assert shop.parameters()["ModelDigest"] in ended.text, "those that there are, are named"


def test_a_parameter_that_is_none_is_refused(shop: Operator) -> None:
    ended = shop.make("deploy-model", NAME="typo", PARAMETERS="MinTask=1")

    assert not ended.succeeded
    assert "model.yaml has no parameter MinTask" in ended.text
    assert "spillway-shop-model-typo" not in shop.stacks()


def test_the_deployers_policy_ends_at_the_stacks_name(shop: Operator) -> None:
    s3 = shop.aws("s3")
    s3.list_objects_v2(Bucket=_outputs(shop)["ModelBucket"])

    with pytest.raises(ClientError, match="AccessDenied"):
        s3.create_bucket(Bucket="somebody-elses")
    with pytest.raises(ClientError, match="AccessDenied"):
        shop.aws("iam").create_user(UserName="another")


def test_nothing_is_deleted_unasked(shop: Operator) -> None:
    ended = shop.make("delete")

    assert not ended.succeeded
    assert "YES=1" in ended.text
    assert STACK in shop.stacks()


def test_a_protected_core_is_not_deleted(shop: Operator) -> None:
    dynamodb, table = shop.system.aws("dynamodb"), _outputs(shop)["JobsTable"]
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)

    ended = shop.make("delete", YES="1")

    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    assert not ended.succeeded
    assert 'make deploy STACK=spillway-shop PARAMETERS="DeletionProtection=false"' in ended.text
    assert STACK in shop.stacks()


def test_a_core_goes_with_its_models_and_says_what_stays(
    system: System, shop: Operator, buyer: Caller
) -> None:
    """The last of this file: what it deletes, the others need."""
    outputs = _outputs(shop)
    shop.make("deploy-model", NAME="last", MODEL=str(shop.model("last", ".", "1")))
    buyer.submit("bye", model="last")
    _name(shop, "shop.example.com")

    ended = shop.make("delete", YES="1")

    assert ended.succeeded, ended.text
    assert not {name for name in shop.stacks() if name.startswith(STACK)}
    buckets = {each["Name"] for each in system.aws("s3").list_buckets()["Buckets"]}
    assert outputs["ModelBucket"] in buckets
    assert buckets.isdisjoint({outputs["InputBucket"], outputs["ResultBucket"]})
    assert f"stays: s3://{outputs['ModelBucket']}" in ended.text
    done = [line.split()[2] for line in ended.text.splitlines() if "✓ delete spillway" in line]
    assert done == [
        "spillway-domain",
        "spillway-shop-model-call",
        "spillway-shop-model-last",
        STACK,
    ]
    names = {key["name"] for key in system.aws("apigateway").get_api_keys()["items"]}
    assert "buyer" not in names
    assert "demo" in names, "another core's keys are its own"
    assert system.stack in shop.stacks()


def _outputs(operator: Operator) -> dict[str, str]:
    described = operator.system.aws("cloudformation").describe_stacks(StackName=operator.stack)
    return {each["OutputKey"]: each["OutputValue"] for each in described["Stacks"][0]["Outputs"]}


def _folders(operator: Operator, model: str) -> list[str]:
    """The folders of a model's versions in ModelBucket."""
    listed = operator.system.aws("s3").list_objects_v2(
        Bucket=_outputs(operator)["ModelBucket"], Prefix=f"{model}/", Delimiter="/"
    )
    return [each["Prefix"].split("/")[1] for each in listed["CommonPrefixes"]]


def _asked(caller: Caller, model: str, payload: str) -> tuple[Any, str]:
    """What the model answers, and the version that answered."""
    job_id = caller.submit(payload, model=model)["jobId"]
    job = caller.until(job_id)
    assert job["status"] == "SUCCEEDED", job
    return caller.result(job_id), job["modelVersion"]


def _name(operator: Operator, name: str) -> None:
    """Put a domain name before the API, as docs/deploy.md says."""
    cloudformation = operator.system.aws("cloudformation")
    given = {
        "CoreStack": operator.stack,
        "DomainName": name,
        "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/shop",
    }
    cloudformation.create_stack(
        StackName="spillway-domain",
        TemplateBody=(ROOT / "stacks" / "domain.yaml").read_text(encoding="utf-8"),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="spillway-domain", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    mapped = operator.system.aws("apigateway").get_base_path_mappings(domainName=name)["items"]
    api_id = urlsplit(_outputs(operator)["ApiUrl"]).netloc.partition(".")[0]
    assert [(each["basePath"], each["restApiId"], each["stage"]) for each in mapped] == [
        ("v1", api_id, "v1")
    ]
