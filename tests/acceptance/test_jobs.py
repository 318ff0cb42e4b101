"""A job's way through the whole system, over HTTP."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.acceptance.system import Caller, System


@pytest.fixture(scope="module", autouse=True)
def doomed(caller: Caller, system: System) -> str:
    """A job that nobody will run, submitted first: by the end of this module it has expired."""
    return str(caller.submit(1, model="asleep", ttlSeconds=60)["jobId"])


def test_a_job_goes_in_and_a_real_model_s_answer_comes_out(caller: Caller) -> None:
    accepted = caller.post("/jobs", {"payload": {"text": "hello world"}})

    assert accepted.status_code == 202
    document = accepted.json()
    assert document["accepted"] is True
    assert (document["status"], document["model"]) == ("QUEUED", "default")
    assert accepted.headers["location"] == f"/v1/jobs/{document['jobId']}"
    assert int(accepted.headers["retry-after"]) >= 1

    job = caller.until(document["jobId"])
    assert job["status"] == "SUCCEEDED"
    assert job["attempts"] == 1
    assert job["modelVersion"]
    assert job["timings"]["queueMs"] >= 0
    assert job["timings"]["runMs"] >= 0
    embedding = caller.result(document["jobId"])["embedding"]
    assert len(embedding) == 384
    assert sum(x * x for x in embedding) == pytest.approx(1, abs=1e-4)


def test_near_sentences_are_near_and_far_ones_far(caller: Caller) -> None:
    texts = ["A cat sits on the mat.", "A cat is sitting on a mat.", "Bond yields fell today."]
    with ThreadPoolExecutor(3) as pool:
        near, same, far = pool.map(lambda text: _embedding(caller, text), texts)
    assert _dot(near, same) > 0.8
    assert abs(_dot(near, far)) < 0.3


def test_a_hundred_sentences_each_get_their_own_answer(caller: Caller) -> None:
    texts = [f"Sentence number {n} of a hundred." for n in range(100)]
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda text: caller.submit({"text": text})["jobId"], texts))
        results = list(pool.map(lambda job_id: _finished(caller, job_id), ids))
    assert len({tuple(result["embedding"]) for result in results}) == 100


def test_prefer_wait_answers_with_the_result(caller: Caller) -> None:
    answer = caller.post("/jobs", {"payload": {"text": "now, please"}}, {"Prefer": "wait=20"})
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=20"
    assert answer.json()["status"] == "SUCCEEDED"
    assert len(answer.json()["result"]["inline"]["embedding"]) == 384


def test_prefer_wait_gives_up_with_202(caller: Caller) -> None:
    answer = caller.post("/jobs", {"payload": 1, "model": "asleep"}, {"Prefer": "wait=1"})
    assert answer.status_code == 202
    assert answer.json()["status"] == "QUEUED"


def test_a_hundred_concurrent_posts_of_one_key_make_one_job(caller: Caller) -> None:
    body, key = {"payload": {"text": "only once"}}, {"Idempotency-Key": f'"k-{time.time()}"'}
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: caller.post("/jobs", body, key), range(100)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["jobId"] for answer in answers}) == 1
    assert len({answer.content for answer in answers}) == 1, "each gets the first answer again"

    other = caller.post("/jobs", {"payload": {"text": "another"}}, key)
    assert other.status_code == 422
    assert other.json()["type"].endswith("/key-reused")

    job = caller.until(answers[0].json()["jobId"])
    assert (job["status"], job["attempts"]) == ("SUCCEEDED", 1)
    later = caller.post("/jobs", body, key)
    assert (later.status_code, later.content) == (202, answers[0].content)


def test_a_tenant_sees_its_own_jobs_alone(caller: Caller, other_tenant: Caller) -> None:
    mine = caller.submit({"text": "mine"}, jobId=f"shared-{time.time_ns()}")["jobId"]
    theirs = other_tenant.submit({"text": "theirs"}, jobId=mine)["jobId"]
    assert mine == theirs, "the same id names another job for another tenant"

    caller.until(mine)
    other_tenant.until(theirs)
    assert caller.result(mine) != other_tenant.result(theirs)

    secret = caller.submit({"text": "secret"})["jobId"]
    for method, path in (
        ("GET", f"/jobs/{secret}"),
        ("GET", f"/jobs/{secret}/result"),
        ("POST", f"/jobs/{secret}/cancel"),
        ("POST", f"/jobs/{secret}/retry"),
    ):
        answer = other_tenant.http.request(method, path)
        assert answer.status_code == 404, path
        assert answer.json()["type"].endswith("/no-such-job")
    assert secret not in {job["jobId"] for job in other_tenant.jobs()}


def test_a_payload_over_200_kib_travels_by_the_bucket(caller: Caller, system: System) -> None:
    payload = {"say": "x" * 300_000}
    accepted = caller.submit(payload, model="unruly")
    job = caller.until(accepted["jobId"])
    assert job["status"] == "SUCCEEDED"
    assert job["payload"]["uri"].startswith(f"s3://{system.output('InputBucket')}/payloads/demo/")
    assert job["payload"]["bytes"] > 300_000
    assert "inline" not in job["result"]

    redirect = caller.http.get(f"/jobs/{accepted['jobId']}/result")
    assert redirect.status_code == 302
    fetched = httpx.get(redirect.headers["location"], trust_env=False)
    assert fetched.json() == payload["say"]


def test_a_payload_can_be_uploaded_first(caller: Caller) -> None:
    ticket = caller.post("/uploads", {})
    assert ticket.status_code == 201
    upload = ticket.json()
    payload = {"say": "y" * 2_000_000}
    put = httpx.put(
        upload["uploadUrl"],
        content=json.dumps(payload).encode(),
        headers=upload["headers"],
        trust_env=False,
    )
    assert put.status_code == 200, put.text

    accepted = caller.post("/jobs", {"payloadUri": upload["payloadUri"], "model": "unruly"})
    assert accepted.status_code == 202, accepted.text
    assert caller.until(accepted.json()["jobId"])["status"] == "SUCCEEDED"
    assert caller.result(accepted.json()["jobId"]) == payload["say"]


def test_another_tenant_s_upload_is_no_payload(caller: Caller, other_tenant: Caller) -> None:
    upload = other_tenant.post("/uploads", {}).json()
    httpx.put(upload["uploadUrl"], content=b"1", headers=upload["headers"], trust_env=False)
    answer = caller.post("/jobs", {"payloadUri": upload["payloadUri"]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/payloadUri"


def test_a_queued_job_can_be_cancelled(caller: Caller) -> None:
    job_id = caller.submit(1, model="asleep")["jobId"]
    assert caller.job(job_id)["queuePosition"] >= 1
    cancelled = caller.post(f"/jobs/{job_id}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "CANCELLED")
    assert caller.post(f"/jobs/{job_id}/cancel").status_code == 200, "again is fine"
    assert caller.http.get(f"/jobs/{job_id}/result").status_code == 409


def test_a_running_job_can_be_cancelled(caller: Caller, system: System) -> None:
    job_id = caller.submit({"sleep_s": 8, "say": "too late"}, model="unruly")["jobId"]
    caller.until(job_id, {"RUNNING"})
    assert caller.post(f"/jobs/{job_id}/cancel").json()["status"] == "CANCELLED"
    after = caller.submit({"say": "next"}, model="unruly")["jobId"]
    assert caller.until(after)["status"] == "SUCCEEDED"
    assert caller.job(job_id)["status"] == "CANCELLED"
    assert "result" not in caller.job(job_id)


def test_a_finished_job_can_t_be_cancelled(caller: Caller) -> None:
    job_id = caller.submit({"text": "done"})["jobId"]
    caller.until(job_id)
    answer = caller.post(f"/jobs/{job_id}/cancel")
    assert answer.status_code == 409
    assert "SUCCEEDED" in answer.json()["detail"]


def test_a_failed_job_can_be_retried_as_a_new_one(caller: Caller) -> None:
    failed = caller.submit({"nothing": "to embed"}, metadata={"order": "17"})["jobId"]
    job = caller.until(failed)
    assert (job["status"], job["error"]["code"]) == ("FAILED", "invalid_payload")
    assert job["error"]["retryable"] is False

    first, second = (caller.post(f"/jobs/{failed}/retry") for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["jobId"] == second.json()["jobId"] != failed
    retried = caller.until(first.json()["jobId"])
    assert retried["retryOf"] == failed
    assert retried["metadata"] == {"order": "17"}
    assert caller.job(failed) == job, "the old job stays as it ended"


def test_a_job_that_succeeded_is_not_retried(caller: Caller) -> None:
    job_id = caller.submit({"text": "fine"})["jobId"]
    caller.until(job_id)
    assert caller.post(f"/jobs/{job_id}/retry").status_code == 409


def test_a_killed_worker_s_job_is_run_again_and_has_one_result(
    caller: Caller, system: System
) -> None:
    job_id = caller.submit({"sleep_s": 5, "say": "survived"}, model="unruly")["jobId"]
    caller.until(job_id, {"RUNNING"})
    system.kill_worker("unruly")
    job = caller.until(job_id, within_s=90)
    assert (job["status"], job["attempts"]) == ("SUCCEEDED", 2)
    assert caller.result(job_id) == "survived"

    prefix = f"results/demo/{job_id}/"
    objects = system.aws("s3").list_objects_v2(Bucket=system.output("ResultBucket"), Prefix=prefix)
    assert [item["Key"] for item in objects["Contents"]] == [f"{prefix}2.json"]


def test_attempts_run_out_into_failed_and_the_dead_letter_queue(
    caller: Caller, system: System
) -> None:
    job_id = caller.submit({"fail": "always"}, model="unruly")["jobId"]
    job = caller.until(job_id)
    assert (job["status"], job["attempts"]) == ("FAILED", 2)
    assert job["error"] == {
        "code": "prediction_failed",
        "message": "RuntimeError: always",
        "retryable": True,
    }
    bodies = [json.loads(message["Body"]) for message in system.dead_letters("unruly")]
    assert job_id in {body["jobId"] for body in bodies}


def test_the_list_is_paged_newest_first_and_filtered(other_tenant: Caller) -> None:
    ids = [other_tenant.submit(n, model="asleep")["jobId"] for n in range(7)]
    listed = [job["jobId"] for job in other_tenant.jobs(model="asleep", pageSize=3)]
    assert listed[:7] == ids[::-1]
    other_tenant.post(f"/jobs/{ids[0]}/cancel")
    cancelled = other_tenant.jobs(model="asleep", status="CANCELLED")
    assert [job["jobId"] for job in cancelled] == [ids[0]]


def test_the_models_are_listed_with_their_backlog(caller: Caller) -> None:
    models = {entry["model"]: entry for entry in caller.http.get("/models").json()["models"]}
    assert {"default", "unruly", "asleep"} <= set(models)
    assert models["asleep"]["backlog"] >= 1


def test_the_published_document_is_the_deployed_one(caller: Caller) -> None:
    document = caller.http.get("/openapi.json").json()
    assert "/jobs/{jobId}/result" in document["paths"]
    assert "x-amazon-apigateway" not in json.dumps(document)
    assert "Fn::" not in json.dumps(document)


def test_a_job_that_waits_longer_than_its_ttl_expires(caller: Caller, doomed: str) -> None:
    job = caller.until(doomed, within_s=180)
    assert (job["status"], job["error"]["code"]) == ("EXPIRED", "expired")
    assert job["attempts"] == 0


def _finished(caller: Caller, job_id: str) -> Any:
    job = caller.until(job_id)
    assert job["status"] == "SUCCEEDED", job
    return caller.result(job_id)


def _embedding(caller: Caller, text: str) -> list[float]:
    return list(_finished(caller, caller.submit({"text": text})["jobId"])["embedding"])


def _dot(left: list[float], right: list[float]) -> float:
    return sum(x * y for x, y in zip(left, right, strict=True))
