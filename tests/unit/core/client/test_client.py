"""A client's calls, each answered by the API's own handlers and held to its document."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import pytest

import spillway
from tests.unit.api.system import KEY, NOW_MS
from tests.unit.core.client.backend import URL, Transport, keys

if TYPE_CHECKING:
    from spillway import Client
    from tests.unit.api.system import System
    from tests.unit.core.client.conftest import HandlersClock

NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)


def deep(levels: int) -> list[Any]:
    """Arrays in arrays."""
    nest: list[Any] = []
    for _ in range(levels - 1):
        nest = [nest]
    return nest


def circle() -> list[Any]:
    """An array in itself."""
    ring: list[Any] = []
    ring.append(ring)
    return ring


# --- submit ---------------------------------------------------------------------------------------


def test_a_submitted_job_is_queued(client: Client, system: System) -> None:
    job = client.submit({"text": "hello"})

    assert (job.status, job.model, job.created_at) == ("QUEUED", "default", NOW)
    assert system.job(job.job_id).payload == '{"text":"hello"}'


def test_what_is_said_of_a_job_is_stored(client: Client) -> None:
    job_id = client.submit(1, ttl_s=60, timeout_s=5, metadata={"order": "17"}).job_id

    job = client.get(job_id)
    assert (job.ttl_s, job.timeout_s, job.metadata) == (60, 5, {"order": "17"})
    assert job.expires_at == NOW + timedelta(seconds=60)


def test_each_submit_is_another_job(client: Client, transport: Transport) -> None:
    first, second = client.submit(1), client.submit(1)

    assert first.job_id != second.job_id
    assert None not in keys(transport.sent)


def test_a_key_of_one_s_own_names_the_job(client: Client) -> None:
    first, second = (client.submit(1, idempotency_key="order 17") for _ in range(2))

    assert first == second
    with pytest.raises(spillway.Unprocessable) as refused:
        client.submit(2, idempotency_key="order 17")
    assert refused.value.slug == "key-reused"


def test_an_id_of_one_s_own_is_the_job_s(client: Client) -> None:
    assert client.submit(1, job_id="order-17").job_id == "order-17"
    assert client.submit(1, job_id="order-17").job_id == "order-17"


@pytest.mark.parametrize("key", ["a\nb", 'a"b', "é", "x" * 256])
def test_a_key_that_no_header_can_hold_is_refused_unsent(
    client: Client, transport: Transport, key: str
) -> None:
    with pytest.raises(spillway.BadRequest, match="Idempotency-Key"):
        client.submit(1, idempotency_key=key)
    assert transport.sent == []


def test_a_large_payload_is_uploaded_first(
    client: Client, system: System, transport: Transport
) -> None:
    payload = {"text": "x" * 2000}

    job_id = client.submit(payload, metadata={"a": "b"}).job_id

    uri = system.job(job_id).payload_uri
    assert uri is not None
    stored = system.inputs.get(system.inputs.key(uri) or "")
    assert json.loads(stored) == payload
    assert client.get(job_id).metadata == {"a": "b"}
    [put] = [sent for sent in transport.sent if sent.method == "PUT"]
    assert put.headers == {"content-type": "application/json"}, "no key leaves for the bucket"


def test_a_payload_that_grows_on_its_way_is_uploaded_too(
    client: Client, transport: Transport
) -> None:
    # Given bodies of about 900 bytes, of which one doubles as text in Lambda's event
    client.submit("x" * 880)
    assert [sent.method for sent in transport.sent] == ["POST"]

    client.submit([""] * 300)

    assert "PUT" in [sent.method for sent in transport.sent]


def test_an_upload_can_be_submitted_again(client: Client) -> None:
    uploaded = client.upload([1, 2, 3])

    first, second = (client.submit(uploaded, job_id="order-17") for _ in range(2))

    assert first.job_id == second.job_id
    assert client.get("order-17").payload_bytes == len(b"[1,2,3]")


@pytest.mark.parametrize(
    "payload", [math.nan, math.inf, "\ud800", {1}, b"1", circle(), deep(10**5)]
)
def test_what_json_cannot_say_is_not_sent(
    client: Client, transport: Transport, payload: object
) -> None:
    for call in (client.submit, client.run, client.upload):
        with pytest.raises(spillway.Unprocessable, match="this is no JSON: "):
            call(payload)
    assert transport.sent == []


def test_a_term_that_there_is_not_is_told_at_once(client: Client, transport: Transport) -> None:
    wrong: Any = {"ttl": 60}

    for call in (client.submit, client.run, client.submit_many):
        with pytest.raises(TypeError, match="there is no 'ttl' of a job: expected model, ttl_s, "):
            call([1], **wrong)
    assert transport.sent == []


def test_a_refusal_names_each_field(client: Client) -> None:
    with pytest.raises(spillway.Unprocessable) as refused:
        client.submit(1, ttl_s=5, metadata={"": "x"})

    assert (refused.value.status, refused.value.slug) == (422, "invalid-request")
    assert [fault.pointer for fault in refused.value.faults] == ["/ttlSeconds", "/metadata/"]
    assert "ttlSeconds: expected a whole number from 60" in str(refused.value)


def test_a_model_that_there_is_not_is_not_found(client: Client) -> None:
    with pytest.raises(spillway.NotFound, match="nope"):
        client.submit(1, model="nope")


# --- wait and result ------------------------------------------------------------------------------


def test_run_gives_the_result(client: Client, system: System) -> None:
    system.clock.meanwhile = lambda: system.succeed(_only(system), '{"answer": 42}')

    assert client.run({"question": "?"}) == {"answer": 42}


def test_run_fetches_a_result_that_lies_elsewhere(client: Client, system: System) -> None:
    # Given a job that ends only after the API has stopped holding its answer
    def end_after(looks: int) -> None:
        if looks:
            system.clock.meanwhile = lambda: end_after(looks - 1)
        else:
            system.succeed(_only(system), "[1]", inline=False)

    end_after(60)

    assert client.run(1) == [1]


def test_run_raises_where_the_job_failed(client: Client, system: System) -> None:
    system.clock.meanwhile = lambda: system.fail(_only(system))

    with pytest.raises(spillway.JobFailed, match=r"FAILED: no \(prediction_failed\)") as failed:
        client.run(1)
    assert failed.value.job.error == spillway.JobError("prediction_failed", "no", retryable=True)


def test_run_waits_no_longer_than_it_is_told(client: Client, clock: HandlersClock) -> None:
    began_s = clock.monotonic()

    with pytest.raises(spillway.Unfinished, match="still QUEUED") as unfinished:
        client.run(1, within_s=30)

    assert clock.monotonic() - began_s == pytest.approx(30, abs=0.5)
    assert client.get(unfinished.value.job.job_id).status is spillway.Status.QUEUED


def test_a_wait_looks_as_rarely_as_the_api_asks(client: Client, clock: HandlersClock) -> None:
    job_id = client.submit(1).job_id

    with pytest.raises(spillway.Unfinished):
        client.wait(job_id, within_s=20)

    *pauses_s, last_s = clock.pauses_s
    assert all(pause_s >= 2 for pause_s in pauses_s), "Retry-After is 2"
    assert sum(pauses_s) + last_s == pytest.approx(20)


def test_a_watch_shows_the_job_until_it_has_ended(client: Client, system: System) -> None:
    job_id = client.submit(1).job_id
    watch = client.watch(job_id)

    seen = [next(watch).status]
    system.clock.meanwhile = lambda: system.succeed(job_id, "1")
    seen += [job.status for job in watch]

    assert seen == ["QUEUED", "SUCCEEDED"]


def test_a_wait_ends_however_the_job_does(client: Client) -> None:
    job_id = client.submit(1).job_id
    client.cancel(job_id)

    job = client.wait(job_id)

    assert job.status is spillway.Status.CANCELLED
    with pytest.raises(spillway.JobFailed):
        job.raise_for_status()


def test_a_small_result_comes_with_the_job(client: Client, system: System) -> None:
    job_id = client.submit(1).job_id
    system.succeed(job_id, "null")

    job = client.get(job_id)

    assert job.has_result
    assert job.result is None
    assert client.result(job_id) is None
    assert job.raise_for_status() is job


def test_no_key_goes_where_a_large_result_lies(
    client: Client, system: System, transport: Transport
) -> None:
    job_id = client.submit(1).job_id
    system.succeed(job_id, '["large"]', inline=False)

    assert client.result(job_id) == ["large"]

    fetched = transport.sent[-1]
    assert fetched.url.startswith("https://results.example/results/acme/")
    assert fetched.headers == {}


def test_there_is_no_result_yet(client: Client) -> None:
    with pytest.raises(spillway.Conflict) as conflict:
        client.result(client.submit(1).job_id)
    assert (conflict.value.slug, conflict.value.retry_after_s) == ("not-finished", 2)


# --- what else there is ---------------------------------------------------------------------------


def test_a_list_goes_on_over_its_pages(client: Client, transport: Transport) -> None:
    made = [client.submit(n).job_id for n in range(120)]

    listed = [job.job_id for job in client.list()]

    assert sorted(listed) == sorted(made)
    assert len([sent for sent in transport.sent if sent.method == "GET"]) == 2


def test_a_page_is_asked_for_when_it_is_needed(client: Client, transport: Transport) -> None:
    for n in range(120):
        client.submit(n)

    assert len(list(islice(client.list(), 100))) == 100

    assert len([sent for sent in transport.sent if sent.method == "GET"]) == 1


def test_a_list_can_be_filtered(client: Client, system: System) -> None:
    done, _ = client.submit(1).job_id, client.submit(2).job_id
    system.succeed(done, "1")

    assert [job.job_id for job in client.list(status=spillway.Status.SUCCEEDED)] == [done]
    assert list(client.list(model="other")) == []


def test_a_filter_is_quoted_as_it_is_signed(client: Client, transport: Transport) -> None:
    list(client.list(model="a b/c+d"))

    assert transport.sent[-1].url.endswith("&model=a%20b%2Fc%2Bd")


def test_a_cancelled_job_can_be_retried(client: Client) -> None:
    job_id = client.submit({"a": 1}).job_id

    assert client.cancel(job_id).status is spillway.Status.CANCELLED
    again = client.retry(job_id)

    assert client.retry(job_id).job_id == again.job_id
    assert client.retry(job_id, idempotency_key="2").job_id != again.job_id
    assert client.get(again.job_id).retry_of == job_id


def test_a_job_that_succeeded_cannot_be_cancelled(client: Client, system: System) -> None:
    job_id = client.submit(1).job_id
    system.succeed(job_id, "1")

    with pytest.raises(spillway.Conflict):
        client.cancel(job_id)


def test_models_are_listed(client: Client) -> None:
    client.submit(1)

    [model] = client.models()

    assert (model.name, model.backlog, model.in_flight) == ("default", 1, 0)
    assert (model.max_tasks, model.max_attempts, model.lease_s) == (10, 4, 30)


def test_the_api_describes_itself(client: Client) -> None:
    assert client.openapi()["openapi"].startswith("3.")


@pytest.mark.parametrize("job_id", ["", "..", "a/b", "a?b", "é", "x" * 65])
def test_what_is_no_id_names_no_job(client: Client, transport: Transport, job_id: str) -> None:
    for call in (client.get, client.result, client.wait, client.cancel, client.retry):
        with pytest.raises(spillway.NotFound):
            call(job_id)
    for ask in (client.delivery, client.redeliver):
        with pytest.raises(spillway.NotFound):
            ask(job_id)
    assert transport.sent == []


# --- a batch --------------------------------------------------------------------------------------


def test_a_batch_is_answered_in_its_order(client: Client, system: System) -> None:
    jobs = list(client.submit_many(range(50), concurrency=4, metadata={"batch": "1"}))

    payloads = [system.job(job.job_id).payload for job in jobs if isinstance(job, spillway.Job)]
    assert payloads == [str(n) for n in range(50)]


def test_a_refused_payload_stops_no_other(client: Client) -> None:
    before, refused, unsayable, after = client.submit_many([1, deep(101), math.nan, 4])

    assert isinstance(before, spillway.Job)
    assert isinstance(refused, spillway.Unprocessable)
    assert isinstance(unsayable, spillway.Unprocessable)
    assert isinstance(after, spillway.Job)


def test_a_batch_that_was_cut_short_can_be_sent_again(client: Client, system: System) -> None:
    some = list(islice(client.submit_many(range(30), idempotency_key="nightly"), 10))

    whole = list(client.submit_many(range(30), idempotency_key="nightly"))

    assert whole[:10] == some
    assert len(system.messages()) >= 30
    assert len({job.job_id for job in client.list()}) == 30, "no job was made twice"


def test_a_batch_reads_no_further_than_it_must(client: Client) -> None:
    payloads = count()

    for _ in islice(client.submit_many(payloads, concurrency=2), 10):
        pass

    assert next(payloads) <= 15


# --- the client itself ----------------------------------------------------------------------------


def test_a_key_is_never_shown(client: Client) -> None:
    secret = KEY.partition(".")[2]

    assert repr(client) == f"Client('{URL}')"
    assert secret not in repr(vars(client))
    assert secret not in repr(spillway.ApiKey(KEY))


def test_a_closed_client_keeps_no_connection(client: Client, transport: Transport) -> None:
    with client:
        client.models()
        assert transport.is_open
    assert not transport.is_open


@pytest.mark.parametrize("key", ["", "acme", "acme.", ".secret", "acme.a\nb", "acme.é", "a b.c"])
def test_what_is_no_key_is_told_at_once(key: str) -> None:
    with pytest.raises(ValueError, match=r"key: expected <tenant>\.<secret>"):
        spillway.Client(URL, key=key)


@pytest.mark.parametrize("url", ["api.example/v1", "ftp://api.example", "https://", "https:///v1"])
def test_what_is_no_address_is_told_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="url: expected http"):
        spillway.Client(url, key=KEY)


def test_an_address_holds_no_secret_that_an_error_could_show() -> None:
    with pytest.raises(ValueError, match="no name or password") as refused:
        spillway.Client("https://me:hidden@api.example/v1", key=KEY)
    assert "hidden" not in str(refused.value)


def test_a_client_needs_one_proof() -> None:
    with pytest.raises(ValueError, match="either key or auth"):
        spillway.Client(URL)
    with pytest.raises(ValueError, match="either key or auth"):
        spillway.Client(URL, key=KEY, auth=spillway.ApiKey(KEY))


def _only(system: System) -> str:
    [job_id] = {key.job_id for key in system.store._records}
    return job_id
