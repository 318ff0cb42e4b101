"""When a request is sent again, after how long, and when no more."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError, SSLError

import spillway
from tests.unit.core.client.backend import (
    JOB,
    URL,
    Sent,
    Transport,
    VirtualClock,
    keys,
    problem,
    reply,
    scripted,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3.exceptions import HTTPError

POOL = urllib3.HTTPSConnectionPool("api.example")
CONNECTION = urllib3.connection.HTTPSConnection("api.example")
REFUSED = NewConnectionError(CONNECTION, "Failed to establish a new connection: refused")
RESET = ProtocolError("Connection aborted.", ConnectionResetError(104, "reset by peer"))
SILENT = ReadTimeoutError(POOL, "/v1/jobs", "Read timed out.")
ACCEPTED = reply(202, JOB)
THROTTLED = problem(429, Retry_After="1")
FULL = problem(503, Retry_After="5")


def client_of(
    transport: Transport,
    clock: VirtualClock | None = None,
    *,
    auth: spillway.Auth | None = None,
    timeout: spillway.Timeout | None = None,
    limits: spillway.Limits | None = None,
) -> spillway.Client:
    return spillway.Client(
        URL,
        auth=auth or spillway.ApiKey("acme.secret"),
        timeout=timeout,
        limits=limits,
        transport=transport,
        clock=clock or VirtualClock(),
    )


@pytest.mark.parametrize(
    "hindrance",
    [THROTTLED, FULL, problem(500), problem(502), problem(504), REFUSED, RESET, SILENT],
    ids=["429", "503", "500", "502", "504", "refused", "reset", "silent"],
)
def test_a_submit_is_sent_again_under_its_key(
    hindrance: urllib3.BaseHTTPResponse | HTTPError,
) -> None:
    transport = scripted(hindrance, hindrance, ACCEPTED)

    job = client_of(transport).submit({"text": "hello"})

    assert job.job_id == "job-1"
    assert len(transport.sent) == 3
    assert len({sent.body for sent in transport.sent}) == 1
    [key] = set(keys(transport.sent))
    assert key


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 413, 415, 422])
def test_a_refusal_is_final(status: int) -> None:
    transport = scripted(problem(status))

    with pytest.raises(spillway.Rejected) as refused:
        client_of(transport).submit(1)

    assert refused.value.status == status
    assert len(transport.sent) == 1


def test_it_waits_as_long_as_it_is_asked_and_a_little_more() -> None:
    clock = VirtualClock()

    client_of(scripted(FULL, FULL, ACCEPTED), clock).submit(1)

    assert all(5 <= pause_s < 5.5 for pause_s in clock.pauses_s)
    assert len(set(clock.pauses_s)) == 2, "no two callers come back together"


def test_it_waits_longer_each_time_where_nothing_is_asked() -> None:
    clock = VirtualClock()

    client_of(scripted(*[problem(502)] * 7, ACCEPTED), clock).submit(1)

    floors_s = [0, 1, 2, 4, 8, 16, 20]
    assert all(
        floor_s <= pause_s <= floor_s + 0.5
        for floor_s, pause_s in zip(floors_s, clock.pauses_s, strict=True)
    )


def test_what_is_added_at_random_is_added_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = VirtualClock()
    monkeypatch.setattr(random, "random", lambda: 1.0)
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)

    client_of(scripted(problem(502), problem(502), FULL, ACCEPTED), clock).submit(1)

    assert clock.pauses_s == [0.5, 1.5, 5.5]


def test_a_throttle_that_lasts_is_raised_with_what_was_asked() -> None:
    transport = scripted(THROTTLED)

    with pytest.raises(spillway.TooMany) as throttled:
        client_of(transport).submit(1)

    assert throttled.value.retry_after_s == 1
    assert len(transport.sent) == 9


def test_a_day_s_quota_is_not_waited_for() -> None:
    clock, transport = VirtualClock(), scripted(problem(429, "quota-exceeded", Retry_After="3600"))
    patient = spillway.Timeout(call_s=10_000)

    with pytest.raises(spillway.TooMany) as over:
        client_of(transport, clock, timeout=patient).submit(1)

    assert over.value.retry_after_s == 3600
    assert (len(transport.sent), clock.now_s) == (1, 0)


def test_who_never_answers_is_given_up_soon() -> None:
    clock, transport = VirtualClock(), scripted(REFUSED)

    with pytest.raises(spillway.Unreachable, match=r"api\.example does not answer: .*refused"):
        client_of(transport, clock).get("job-1")

    assert len(transport.sent) == 4
    assert clock.now_s < 10


def test_a_certificate_that_is_wrong_stays_wrong() -> None:
    transport = scripted(SSLError("certificate verify failed"))

    with pytest.raises(spillway.Unreachable, match="certificate verify failed"):
        client_of(transport).get("job-1")

    assert len(transport.sent) == 1


def test_an_error_tells_the_host_and_no_address() -> None:
    with pytest.raises(spillway.Unreachable) as silent:
        client_of(scripted(SILENT)).get("job-1")
    assert str(silent.value) == "api.example does not answer: Read timed out."


@given(st.lists(st.sampled_from([THROTTLED, FULL, problem(502), RESET]), min_size=1))
def test_a_call_ends_in_time_whatever_happens(
    outcomes: list[urllib3.BaseHTTPResponse | HTTPError],
) -> None:
    clock = VirtualClock()

    with pytest.raises(spillway.SpillwayError):
        client_of(scripted(*outcomes), clock, timeout=spillway.Timeout(call_s=10)).get("job-1")

    assert clock.now_s <= 10


def test_a_retry_does_not_outlast_the_wait() -> None:
    clock = VirtualClock()

    with pytest.raises(spillway.Unavailable):
        client_of(scripted(FULL), clock).wait("job-1", within_s=7)

    assert clock.now_s <= 7


def test_a_submit_does_not_outlast_the_run() -> None:
    clock = VirtualClock()

    with pytest.raises(spillway.Unavailable):
        client_of(scripted(problem(503)), clock).run(1, within_s=5)

    assert 0 < clock.now_s <= 5


@pytest.mark.parametrize("step", ["POST /uploads", "PUT", "GET result", "GET object"])
def test_no_step_outlasts_the_run(step: str) -> None:
    clock = VirtualClock()

    with pytest.raises(spillway.Unavailable):
        client_of(unavailable_at(step), clock, limits=spillway.Limits(body_bytes=1)).run(
            {"text": "large"}, within_s=5
        )

    assert 0 < clock.now_s <= 5


def unavailable_at(step: str) -> Transport:
    """An API that is well but for one step of a run."""
    place = {"uploadUrl": "https://in.example/1", "payloadUri": "s3://in/1", "headers": {}}
    answers = {
        "POST /uploads": reply(201, place),
        "PUT": reply(200),
        "POST /jobs": reply(202, JOB | {"status": "SUCCEEDED"}),
        "GET result": reply(302, location="https://out.example/1"),
        "GET object": reply(200, 1),
    } | {step: problem(503)}

    def answer(sent: Sent) -> urllib3.BaseHTTPResponse:
        at = sent.url.removeprefix(URL)
        if sent.method == "GET":
            return answers["GET result" if at.endswith("/result") else "GET object"]
        return answers[sent.method if sent.method == "PUT" else f"POST {at}"]

    return Transport(answer)


def test_each_attempt_is_signed_anew() -> None:
    class Counting:
        """A proof that says which attempt it is for."""

        count = 0

        def headers(
            self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
        ) -> Mapping[str, str]:
            self.count += 1
            assert headers["Content-Type"] == "application/json"
            return {"authorization": f"attempt {self.count} of {method} {url} {body!r}"}

    transport = scripted(FULL, ACCEPTED)

    client_of(transport, auth=Counting()).submit(1)

    assert [sent.headers["authorization"] for sent in transport.sent] == [
        f"""attempt 1 of POST {URL}/jobs b'{{"payload":1}}'""",
        f"""attempt 2 of POST {URL}/jobs b'{{"payload":1}}'""",
    ]


def test_an_answer_that_is_held_is_given_the_time_for_it() -> None:
    transport = scripted(ACCEPTED)

    client_of(transport, timeout=spillway.Timeout(read_s=3)).submit(1, wait_s=20)

    [sent] = transport.sent
    assert sent.headers["prefer"] == "wait=20"
    assert sent.timeout.read_timeout == 23


def test_a_retry_after_that_cannot_be_read_asks_nothing() -> None:
    clock = VirtualClock()

    client_of(scripted(problem(503, Retry_After="soon"), ACCEPTED), clock).submit(1)

    assert clock.now_s < 1
