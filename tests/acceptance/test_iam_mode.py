"""AuthMode=Iam over HTTP, on the same template deployed once more beside the running system."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.credentials import Credentials

import spillway
from local.deployment import ARTIFACTS, Deployment
from local.settings import Settings
from local.workspace import Workspace
from spillway.aws import sigv4
from spillway.identity import tenant_of_principal
from tests.acceptance.shell import Shell
from tests.acceptance.system import ROOT, Caller, System
from tests.sigv4 import SigV4

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

STACK = "spillway-iam"
ACCOUNT = "000000000000"


@pytest.fixture(scope="module")
def iam_system(system: System) -> System:
    """A second core stack in the account, which takes signed requests."""
    port = urlsplit(system.endpoint_url).port
    assert port is not None
    settings = Settings(ROOT, port=port, sam=os.environ.get("SAM", ""))
    deployment = Deployment(settings, Workspace(system.folder))
    # The account has one role for the gateway's logs, and the first stack made it.
    parameters = {"AuthMode": "Iam", "ApiLogRole": "existing"}
    deployment.begin_deploy(ARTIFACTS, STACK, parameters).finish()
    return replace(system, stack=STACK)


@pytest.fixture(scope="module")
def ada(iam_system: System) -> Iterator[Caller]:
    with _signing(iam_system, _user(iam_system, "ada", may_call=True)) as caller:
        yield caller


@pytest.fixture(scope="module")
def ben(iam_system: System) -> Iterator[Caller]:
    with _signing(iam_system, _user(iam_system, "ben", may_call=True)) as caller:
        yield caller


@pytest.mark.parametrize("header", ["", "x-api-key"])
def test_without_a_signature_nobody_comes_in(
    iam_system: System, system: System, header: str
) -> None:
    headers = {header: system.api_key} if header else {}
    with Caller(_url(iam_system), "") as stranger:
        answer = stranger.post("/jobs", {"payload": 1}, headers)
    _assert_forbidden(answer)


def test_a_header_that_is_no_signature_is_refused(iam_system: System) -> None:
    """API Gateway has no gateway response of its own for this: it gives that for any 4xx."""
    with Caller(_url(iam_system), "") as stranger:
        answer = stranger.post("/jobs", {"payload": 1}, {"authorization": "Bearer abc"})
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_secret_is_refused(iam_system: System) -> None:
    known = _user(iam_system, "carl", may_call=True)
    assert known.access_key is not None
    with _signing(iam_system, Credentials(known.access_key, "x" * 40)) as forger:
        answer = forger.post("/jobs", {"payload": 1})
    _assert_forbidden(answer)
    assert "signature" in answer.json()["detail"]


def test_a_principal_whom_no_policy_allows_is_refused(iam_system: System) -> None:
    with _signing(iam_system, _user(iam_system, "dora", may_call=False)) as stranger:
        answer = stranger.post("/jobs", {"payload": 1})
    _assert_forbidden(answer)
    assert "execute-api:Invoke" in answer.json()["detail"]


def test_a_signed_job_belongs_to_its_principal(iam_system: System, ada: Caller) -> None:
    job_id = ada.submit({"text": "mine"})["jobId"]

    tenant = tenant_of_principal(f"arn:aws:iam::{ACCOUNT}:user/ada")
    assert ada.job(job_id)["status"] == "QUEUED"
    assert _tenants_of(iam_system, job_id) == [tenant]
    assert f"/uploads/{tenant}/" in ada.post("/uploads", {}).json()["payloadUri"]


def test_a_principal_sees_its_own_jobs_alone(ada: Caller, ben: Caller) -> None:
    hers, his = ada.submit(1)["jobId"], ben.submit(2)["jobId"]

    assert ben.http.get(f"/jobs/{hers}").json()["type"].endswith("/no-such-job")
    assert ben.post(f"/jobs/{hers}/cancel").status_code == 404
    assert hers not in {job["jobId"] for job in ben.jobs()}
    assert his not in {job["jobId"] for job in ada.jobs()}


def test_the_sessions_of_a_role_are_one_tenant(iam_system: System, ada: Caller) -> None:
    first, second = (_session(iam_system, name) for name in ("monday", "tuesday"))
    with _signing(iam_system, first) as monday, _signing(iam_system, second) as tuesday:
        job_id = monday.submit(3)["jobId"]

        assert tuesday.job(job_id)["jobId"] == job_id
        assert ada.http.get(f"/jobs/{job_id}").status_code == 404


def test_a_query_is_signed_too(ada: Caller) -> None:
    ada.submit(4)

    listed = ada.http.get("/jobs", params={"pageSize": 1, "status": "QUEUED"})

    assert (listed.status_code, len(listed.json()["jobs"])) == (200, 1)


@pytest.mark.parametrize("signed", [True, False])
def test_an_unknown_route_is_forbidden(iam_system: System, ada: Caller, signed: bool) -> None:
    with Caller(_url(iam_system), "") as stranger:
        answer = (ada if signed else stranger).http.get("/nothing")
    _assert_forbidden(answer)


def test_the_python_client_signs(iam_system: System) -> None:
    signing = sigv4.SigV4(_user(iam_system, "eve", may_call=True), iam_system.region)
    with spillway.Client(_url(iam_system), auth=signing) as client:
        made = [client.submit({"n": n}).job_id for n in range(3)]

        assert sorted(job.job_id for job in client.list(status=spillway.Status.QUEUED)) == sorted(
            made
        )
        assert client.cancel(made[0]).status is spillway.Status.CANCELLED


def test_the_python_client_is_told_that_it_may_not(iam_system: System) -> None:
    signing = sigv4.SigV4(_user(iam_system, "fay", may_call=False), iam_system.region)
    with (
        spillway.Client(_url(iam_system), auth=signing) as client,
        pytest.raises(spillway.Forbidden, match="execute-api:Invoke"),
    ):
        client.submit(1)


def test_the_command_signs(iam_system: System, tmp_path: Path) -> None:
    """A stack without keys is called with the AWS credentials of whoever types."""
    user = _user(iam_system, "gil", may_call=True)
    shell = Shell.at(iam_system, tmp_path).on_aws(iam_system)
    gil = shell.having(AWS_ACCESS_KEY_ID=user.access_key, AWS_SECRET_ACCESS_KEY=user.secret_key)

    submitted = gil.spillway("submit", "1", "--iam", "--url", _url(iam_system))
    [listed] = gil.documents("list", "--iam", "--url", _url(iam_system))
    keys = shell.spillway("tenants", "list", "--stack", iam_system.stack)

    assert listed["jobId"] == submitted.out.strip()
    assert keys.code == 4
    assert "IAM principals" in keys.err


def test_two_core_stacks_keep_apart(iam_system: System, caller: Caller, ada: Caller) -> None:
    """With a hyphen between them, both names would be spillway-iam-default (decision 0005)."""
    before = iam_system.backlog("default")

    answer = caller.post("/jobs", {"model": "iam-default", "payload": 1})

    assert (answer.status_code, answer.json()["type"][-14:]) == (404, "/no-such-model")
    assert iam_system.backlog("default") == before
    models = caller.http.get("/models").json()["models"]
    assert "iam-default" not in {entry["model"] for entry in models}
    assert [m["model"] for m in ada.http.get("/models").json()["models"]] == ["default"]


def _assert_forbidden(answer: httpx.Response) -> None:
    assert answer.status_code == 403, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "https://spillway.dev/problems/forbidden"


def _api_id(system: System) -> str:
    return str(urlsplit(system.output("ApiUrl")).netloc.partition(".")[0])


def _url(system: System) -> str:
    return f"{system.endpoint_url}/restapis/{_api_id(system)}/v1/_user_request_"


def _signing(system: System, credentials: Credentials) -> Caller:
    caller = Caller(_url(system), "")
    caller.http.auth = SigV4(credentials, system.region)
    return caller


def _allowing(action: str, resource: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _calls(system: System) -> str:
    """The policy that an operator gives to those who may call."""
    arn = f"arn:aws:execute-api:{system.region}:{ACCOUNT}:{_api_id(system)}/v1/*"
    return _allowing("execute-api:Invoke", arn)


def _user(system: System, name: str, *, may_call: bool) -> Credentials:
    iam = system.aws("iam")
    iam.create_user(UserName=name)
    if may_call:
        iam.put_user_policy(UserName=name, PolicyName="call", PolicyDocument=_calls(system))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def _session(system: System, name: str) -> Credentials:
    """A session of the role `Batch`, which is made with the first one."""
    iam = system.aws("iam")
    trusted = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    if "Batch" not in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
        document = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
        iam.create_role(RoleName="Batch", AssumeRolePolicyDocument=document)
        iam.put_role_policy(RoleName="Batch", PolicyName="call", PolicyDocument=_calls(system))
    arn = f"arn:aws:iam::{ACCOUNT}:role/Batch"
    given = system.aws("sts").assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def _tenants_of(system: System, job_id: str) -> list[Any]:
    """The tenants that have a job of this id."""
    items = system.aws("dynamodb").scan(TableName=system.output("JobsTable"))["Items"]
    keys = [item["pk"]["S"].split("#") for item in items]
    return [key[1] for key in keys if (key[0], key[-1]) == ("JOB", job_id)]
