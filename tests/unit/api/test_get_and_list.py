from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from spillway import listing
from tests.unit.api.system import OTHER_KEY, System


class TestGet:
    def test_a_waiting_job_says_how_many_may_be_before_it(self, system: System) -> None:
        system.submitted()
        job_id = system.submitted({"payload": 1, "metadata": {"a": "b"}})

        reply = system.call("GET", f"/jobs/{job_id}")

        assert reply.status == 200
        assert reply.headers["Retry-After"] == "2"
        assert reply.body["status"] == "QUEUED"
        assert reply.body["queuePosition"] == 2
        assert reply.body["attempts"] == 0
        assert reply.body["payload"] == {"bytes": 1}
        assert reply.body["metadata"] == {"a": "b"}
        assert reply.body["ttlSeconds"] == 21_600
        assert "startedAt" not in reply.body

    def test_without_a_word_from_the_queue_there_is_no_position(self, system: System) -> None:
        job_id = system.submitted()
        system.queue.is_away = True

        reply = system.call("GET", f"/jobs/{job_id}")

        assert reply.status == 200
        assert "queuePosition" not in reply.body

    def test_a_running_job_has_no_position(self, system: System) -> None:
        job_id = system.submitted()
        system.clock.now_ms += 1_500
        system.start(job_id)

        body = system.call("GET", f"/jobs/{job_id}").body

        assert body["status"] == "RUNNING"
        assert body["modelVersion"] == "v1"
        assert body["timings"] == {"queueMs": 1_500}
        assert "queuePosition" not in body

    def test_a_finished_job_shows_its_result_and_times(self, system: System) -> None:
        job_id = system.submitted()
        system.succeed(job_id, '{"answer":42}')

        reply = system.call("GET", f"/jobs/{job_id}")

        assert "Retry-After" not in reply.headers
        assert reply.body["result"]["inline"] == {"answer": 42}
        assert reply.body["completedAt"] == "2027-01-15T08:00:00.000Z"
        assert reply.body["timings"] == {"queueMs": 0, "runMs": 0}

    def test_a_failed_job_says_why(self, system: System) -> None:
        job_id = system.submitted()
        system.fail(job_id)

        error = system.call("GET", f"/jobs/{job_id}").body["error"]

        assert error == {"code": "prediction_failed", "message": "no", "retryable": True}

    def test_a_path_with_the_stage_before_it_is_the_same(self, system: System) -> None:
        job_id = system.submitted()

        assert system.call("GET", f"/v1/jobs/{job_id}").status == 200


ACTIONS = [("GET", ""), ("GET", "/result"), ("POST", "/cancel"), ("POST", "/retry")]


@pytest.mark.parametrize(("method", "action"), ACTIONS)
def test_another_tenants_job_is_no_job(system: System, method: str, action: str) -> None:
    job_id = system.submitted()
    before = dict(system.store._records)

    reply = system.call(method, f"/jobs/{job_id}{action}", key=OTHER_KEY)

    assert reply.status == 404
    assert reply.body["type"] == "https://spillway.dev/problems/no-such-job"
    assert reply.body == system.call(method, f"/jobs/{job_id}{action}", key=OTHER_KEY).body
    assert system.store._records == before


@pytest.mark.parametrize(("method", "action"), ACTIONS)
@pytest.mark.parametrize(
    "job_id", ["nothing", "x" * 65, "a b", "a%20b", "acme#x", "ü", "..", "x" * 5_000]
)
def test_what_is_no_job_is_a_404(system: System, method: str, action: str, job_id: str) -> None:
    reply = system.call(method, f"/jobs/{job_id}{action}")

    assert reply.status == 404
    assert len(reply.body["detail"]) < 300


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/nothing"),
        ("DELETE", "/jobs/a"),
        ("PUT", "/jobs"),
        ("GET", "/jobs/a/b/c"),
        ("GET", "/jobs/a/cancel"),
        ("OPTIONS", "/jobs"),
    ],
)
def test_what_is_no_route_is_a_404(system: System, method: str, path: str) -> None:
    reply = system.call(method, path)

    assert reply.status == 404
    assert reply.body["type"] == "https://spillway.dev/problems/no-such-route"


class TestList:
    def list_(self, system: System, **query: str) -> Any:
        reply = system.call("GET", "/jobs", query=query)
        assert reply.status == 200, reply
        return reply.body

    def submit(self, system: System, count: int) -> list[str]:
        ids = []
        for number in range(count):
            system.clock.now_ms += number % 2  # some share their instant
            ids.append(system.submitted())
        return ids

    def test_nothing_is_an_empty_page(self, system: System) -> None:
        assert self.list_(system) == {"jobs": []}

    def test_the_newest_come_first(self, system: System) -> None:
        one = system.submitted()
        system.clock.now_ms += 1
        two = system.submitted()

        assert [job["jobId"] for job in self.list_(system)["jobs"]] == [two, one]

    def test_results_are_named_and_not_shown(self, system: System) -> None:
        job_id = system.submitted()
        system.succeed(job_id, '{"answer":42}')

        [listed] = self.list_(system)["jobs"]

        assert listed["result"]["uri"].startswith("s3://")
        assert "inline" not in listed["result"]

    @pytest.mark.parametrize("size", [1, 3, 7, 8, 100])
    def test_pages_hold_each_job_once(self, system: System, size: int) -> None:
        ids = self.submit(system, 7)

        found, query = [], {"pageSize": str(size)}
        while True:
            page = self.list_(system, **query)
            assert len(page["jobs"]) <= size
            found += [job["jobId"] for job in page["jobs"]]
            if "nextPageToken" not in page:
                break
            query["pageToken"] = page["nextPageToken"]

        assert len(found) == 7
        assert sorted(found) == sorted(ids)

    def test_the_size_of_a_page_has_a_default_and_a_limit(self, system: System) -> None:
        self.submit(system, 101)

        assert len(self.list_(system)["jobs"]) == 20
        assert len(self.list_(system, pageSize="0")["jobs"]) == 20
        assert len(self.list_(system, pageSize="1000")["jobs"]) == 100
        assert len(self.list_(system, pageSize="9" * 5_000)["jobs"]) == 100

    def test_a_filter_by_status_finds_what_lies_far_back(self, system: System) -> None:
        failed = system.submitted()
        system.fail(failed)
        self.submit(system, 130)

        page = self.list_(system, status="FAILED")

        assert [job["jobId"] for job in page["jobs"]] == [failed]
        assert "nextPageToken" not in page

    def test_a_filter_by_model(self, system: System) -> None:
        self.submit(system, 2)

        assert len(self.list_(system, model="default")["jobs"]) == 2
        assert self.list_(system, model="other")["jobs"] == []

    def test_a_search_too_long_for_one_request_goes_on_with_the_next(
        self, system: System, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "_SCAN_STEP", 5)
        monkeypatch.setattr(listing, "SCAN_LIMIT", 10)
        failed = system.submitted()
        system.fail(failed)
        self.submit(system, 22)

        pages = [self.list_(system, status="FAILED")]
        while "nextPageToken" in pages[-1]:
            token = pages[-1]["nextPageToken"]
            pages.append(self.list_(system, status="FAILED", pageToken=token))

        assert [len(page["jobs"]) for page in pages] == [0, 0, 1]
        assert pages[-1]["jobs"][0]["jobId"] == failed

    def test_a_tenant_sees_only_its_own(self, system: System) -> None:
        system.submitted()

        assert system.call("GET", "/jobs", key=OTHER_KEY).body == {"jobs": []}

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ({"status": "queued"}, "#/status"),
            ({"status": ""}, "#/status"),
            ({"model": ""}, "#/model"),
            ({"model": "x" * 40}, "#/model"),
            ({"stauts": "QUEUED"}, "#/stauts"),
        ],
    )
    def test_a_query_that_cannot_be_read_is_a_400(
        self, system: System, query: dict[str, str], pointer: str
    ) -> None:
        reply = system.call("GET", "/jobs", query=query)

        assert reply.status == 400
        assert reply.body["type"] == "https://spillway.dev/problems/bad-query"
        assert [fault["pointer"] for fault in reply.body["errors"]] == [pointer]

    @pytest.mark.parametrize("size", ["-1", "ten", "1.5", "٣", "1e9"])
    def test_a_page_size_that_is_no_number_is_a_400(self, system: System, size: str) -> None:
        reply = system.call("GET", "/jobs", query={"pageSize": size})

        assert (reply.status, reply.body["type"].rpartition("/")[2]) == (400, "bad-page-size")

    def test_a_forged_page_token_is_a_400(self, system: System) -> None:
        self.submit(system, 3)
        token = self.list_(system, pageSize="1")["nextPageToken"]
        key, seal = json.loads(base64.urlsafe_b64decode(token + "=="))
        forged = [
            "x",
            "!",
            "ü",
            token[:-2],
            token + token,
            "A" * 5,
            encoded([key]),
            encoded([key, seal, seal]),
            encoded([key, "0" * 16]),
            encoded([key, None]),
            encoded([1, seal]),
            encoded(["000000000000000#x", seal]),
            encoded(key),
            encoded({"a": 1, "b": 2}),
            encoded(None),
            base64.urlsafe_b64encode(b"[" * 5_000).decode(),
            base64.urlsafe_b64encode(b"\xff\xff").decode(),
            base64.urlsafe_b64encode(b"9" * 5_000).decode(),
        ]

        for each in forged:
            reply = system.call("GET", "/jobs", query={"pageToken": each})
            assert (reply.status, reply.body["type"].rpartition("/")[2]) == (400, "bad-page-token")

    def test_a_token_is_good_only_for_the_list_that_gave_it(self, system: System) -> None:
        self.submit(system, 3)
        token = self.list_(system, pageSize="1")["nextPageToken"]

        otherwise = system.call("GET", "/jobs", query={"pageToken": token, "status": "QUEUED"})
        another = system.call("GET", "/jobs", query={"pageToken": token}, key=OTHER_KEY)

        assert otherwise.status == another.status == 400


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
