"""The contract of `JobStore`: what is stored, found, listed and due."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from spillway import transitions
from spillway.errors import JobExists, UpdateRefused
from spillway.job import DUE_SHARDS, Job, JobKey, Status
from spillway.record import created_key
from tests.contract.ports.implementations import MOTO_RACES, unfit
from tests.contract.ports.samples import (
    ERROR,
    KEY,
    MINUTE_MS,
    NOW_MS,
    ended,
    ids_in_shard,
    queued,
    running,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway.ports import JobStore
    from spillway.update import Update
    from tests.contract.ports.implementations import Implementation

RACERS = 20


# --- put and get ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "job",
    [
        queued(),
        queued(payload=None, payload_uri="s3://inputs/payloads/acme/job-1.json", retry_of="job-0"),
        queued(
            metadata={"order": "17", "größe": "🙂 日本語 \u0000 \ufffe", "status": "", "#": ":v"}
        ),
        queued(payload='{"text":"' + "ü" * 100 * 1024 + '"}', payload_bytes=200 * 1024),
        running(),
        ended(Status.SUCCEEDED, result="[0.25,null]", result_uri="s3://results/r.json", error=None),
        ended(Status.FAILED, expires_at_ms=NOW_MS),
    ],
    ids=["plain", "by its URI", "unicode", "200 KiB", "running", "succeeded", "failed"],
)
def test_a_job_comes_back_as_it_went_in(store: JobStore, job: Job) -> None:
    store.put(job)

    assert store.get(job.key) == job


def test_a_job_that_was_never_stored_is_absent(store: JobStore) -> None:
    assert store.get(KEY) is None


def test_put_refuses_an_id_that_is_taken_and_hands_out_the_holder(store: JobStore) -> None:
    store.put(holder := running(metadata={"order": "17"}))

    with pytest.raises(JobExists) as refused:
        store.put(queued(fingerprint="e" * 64))

    assert refused.value.current == holder
    assert store.get(KEY) == holder


def test_an_id_is_the_tenants_own(store: JobStore) -> None:
    store.put(ours := queued())
    store.put(theirs := queued(tenant="acme-2", payload='"theirs"'))

    assert store.get(ours.key) == ours
    assert store.get(theirs.key) == theirs


def test_of_many_who_put_one_id_at_once_one_wins(
    store: JobStore, implementation: Implementation
) -> None:
    unfit(implementation, "moto", reason=MOTO_RACES)

    def put(number: int) -> str:
        try:
            store.put(queued(fingerprint=str(number)))
        except JobExists as exists:
            return exists.current.fingerprint
        return "won"

    answers = _at_once(put)

    assert answers.count("won") == 1
    assert set(answers) == {"won", _stored(store).fingerprint}


# --- get_many -------------------------------------------------------------------------------------


def test_many_jobs_come_in_the_order_asked_without_those_that_are_absent(store: JobStore) -> None:
    jobs = [queued(f"job-{number}") for number in range(4)]
    for job in jobs:
        store.put(job)
    keys = [jobs[2].key, JobKey("acme", "absent"), jobs[0].key, JobKey("other", "job-1")]

    assert store.get_many(keys) == [jobs[2], jobs[0]]


def test_no_keys_give_no_jobs(store: JobStore) -> None:
    assert store.get_many([]) == []


def test_a_key_asked_for_twice_comes_twice(store: JobStore) -> None:
    store.put(job := queued())

    assert store.get_many([KEY, KEY]) == [job, job]


def test_more_keys_than_one_batch_takes_are_all_found(store: JobStore) -> None:
    jobs = [queued(f"job-{number:03d}") for number in range(105)]
    for job in jobs:
        store.put(job)

    assert store.get_many([job.key for job in jobs]) == jobs


# --- apply ----------------------------------------------------------------------------------------


def test_a_refused_update_tells_the_job_as_it_is_and_changes_nothing(store: JobStore) -> None:
    store.put(job := running(metadata={"order": "17"}))

    with pytest.raises(UpdateRefused) as refused:
        store.apply(transitions.renew(KEY, attempt=1, lease_until_ms=NOW_MS + MINUTE_MS))

    assert refused.value.current == job
    assert store.get(KEY) == job


def test_an_update_of_no_job_is_refused_and_makes_none(store: JobStore) -> None:
    with pytest.raises(UpdateRefused) as refused:
        store.apply(transitions.cancel(KEY, now_ms=NOW_MS))

    assert refused.value.current is None
    assert store.get(KEY) is None


def test_of_many_workers_that_claim_one_job_at_once_one_wins(
    store: JobStore, implementation: Implementation
) -> None:
    unfit(implementation, "moto", reason=MOTO_RACES)
    store.put(queued())

    def claim(number: int) -> str:
        update = transitions.claim(
            KEY,
            now_ms=NOW_MS,
            lease_until_ms=NOW_MS + 30_000,
            max_attempts=4,
            model_version=f"worker-{number}",
        )
        try:
            return str(store.apply(update).model_version)
        except UpdateRefused as refusal:
            return f"refused: {refusal.current.status if refusal.current else None}"

    answers = _at_once(claim)

    assert answers.count("refused: RUNNING") == RACERS - 1, answers
    assert _stored(store).model_version in answers
    assert _stored(store).attempts == 1


# --- forget ---------------------------------------------------------------------------------------


def test_a_queued_job_is_forgotten_and_its_id_is_free_again(store: JobStore) -> None:
    store.put(queued())

    store.forget(KEY)

    assert store.get(KEY) is None
    assert store.page("acme", before=None, limit=10) == []
    store.put(queued(fingerprint="e" * 64))


@pytest.mark.parametrize("job", [running(), ended(Status.SUCCEEDED)], ids=["running", "over"])
def test_a_job_that_is_no_longer_queued_is_not_forgotten(store: JobStore, job: Job) -> None:
    store.put(job)

    store.forget(KEY)

    assert store.get(KEY) == job


def test_forgetting_no_job_does_nothing(store: JobStore) -> None:
    store.forget(KEY)


# --- page -----------------------------------------------------------------------------------------


def test_pages_run_from_the_newest_to_the_oldest_without_gap_or_repeat(store: JobStore) -> None:
    # Given more jobs than shards, some made in the same millisecond, among two other tenants'.
    jobs = [queued(f"job-{number:02d}", created_at_ms=NOW_MS + number // 3) for number in range(57)]
    for number, job in enumerate(jobs):
        store.put(job)
        if number % 10 == 0:
            store.put(replace(job, tenant="acme-2"))
            store.put(replace(job, tenant="acm"))

    # When the list is read to its end,
    pages, before = [], None
    while page := store.page("acme", before=before, limit=10):
        pages.append(page)
        before = created_key(page[-1])

    # Then each of the tenant's jobs was there once, in order.
    assert [len(page) for page in pages] == [10, 10, 10, 10, 10, 7]
    assert [job for page in pages for job in page] == jobs[::-1]


def test_a_page_of_a_tenant_without_jobs_is_empty(store: JobStore) -> None:
    store.put(queued())

    assert store.page("nobody", before=None, limit=10) == []


def test_a_page_shows_jobs_as_they_are_by_now(store: JobStore) -> None:
    store.put(queued())
    cancelled = store.apply(transitions.cancel(KEY, now_ms=NOW_MS))

    assert store.page("acme", before=None, limit=10) == [cancelled]


# --- due ------------------------------------------------------------------------------------------


def test_due_are_those_of_the_shard_whose_time_has_come_the_longest_due_first(
    store: JobStore,
) -> None:
    # Given jobs of one shard that were due 1, 3, 2 and 0 ms ago and one to come, another tenant's,
    here, elsewhere = ids_in_shard("3", 5), ids_in_shard("4", 1)
    for job_id, ago_ms in zip(here, (1, 3, 2, 0, -1), strict=True):
        store.put(queued(job_id, due_at_ms=NOW_MS - ago_ms))
    store.put(queued(here[0], tenant="other", due_at_ms=NOW_MS - 9))
    # and one that is due in another shard:
    store.put(queued(elsewhere[0], due_at_ms=NOW_MS - 5))

    # Then
    assert store.due("3", now_ms=NOW_MS, limit=10) == [
        JobKey("other", here[0]),
        *(JobKey("acme", here[index]) for index in (1, 2, 0, 3)),
    ]
    assert store.due("3", now_ms=NOW_MS, limit=2) == [JobKey("other", here[0]), _key(here[1])]
    assert store.due("4", now_ms=NOW_MS, limit=10) == [_key(elsewhere[0])]
    assert store.due("5", now_ms=NOW_MS, limit=10) == []


def test_a_running_job_is_due_when_its_lease_ends_and_not_before(store: JobStore) -> None:
    store.put(queued())
    store.apply(
        transitions.claim(
            KEY,
            now_ms=NOW_MS,
            lease_until_ms=NOW_MS + 30_000,
            max_attempts=4,
            model_version="v1",
        )
    )

    assert store.due(KEY.due_shard, now_ms=NOW_MS + 29_999, limit=10) == []
    assert store.due(KEY.due_shard, now_ms=NOW_MS + 30_000, limit=10) == [KEY]


def test_a_renewed_lease_moves_what_is_due(store: JobStore) -> None:
    store.put(running())
    store.apply(transitions.renew(KEY, attempt=2, lease_until_ms=NOW_MS + MINUTE_MS))

    assert store.due(KEY.due_shard, now_ms=NOW_MS + MINUTE_MS - 1, limit=10) == []
    assert store.due(KEY.due_shard, now_ms=NOW_MS + MINUTE_MS, limit=10) == [KEY]


def test_a_job_that_is_queued_again_is_due_at_its_deadline(store: JobStore) -> None:
    store.put(job := running())
    update = transitions.retry(KEY, attempt=2, expires_at_ms=job.expires_at_ms, error=ERROR)
    store.apply(update)

    assert store.due(KEY.due_shard, now_ms=job.expires_at_ms - 1, limit=10) == []
    assert store.due(KEY.due_shard, now_ms=job.expires_at_ms, limit=10) == [KEY]


@pytest.mark.parametrize(
    "update",
    [
        transitions.succeed(KEY, attempt=2, now_ms=NOW_MS, result=None, result_uri="s3://r/1.json"),
        transitions.fail(KEY, attempt=2, now_ms=NOW_MS, error=ERROR),
        transitions.cancel(KEY, now_ms=NOW_MS),
        transitions.lose(KEY, attempt=2, now_ms=NOW_MS + MINUTE_MS),
    ],
    ids=["succeeded", "failed", "cancelled", "lost"],
)
def test_a_job_that_is_over_is_never_due(store: JobStore, update: Update) -> None:
    store.put(running())
    store.apply(update)

    assert store.due(KEY.due_shard, now_ms=NOW_MS * 2, limit=10) == []


def test_every_shard_has_its_share(store: JobStore) -> None:
    keys = {_key(ids_in_shard(str(shard), 1)[0]) for shard in range(DUE_SHARDS)}
    for key in keys:
        store.put(queued(key.job_id, due_at_ms=NOW_MS))

    found = [store.due(str(shard), now_ms=NOW_MS, limit=10) for shard in range(DUE_SHARDS)]

    assert {key for [key] in found} == keys


def _key(job_id: str) -> JobKey:
    return JobKey("acme", job_id)


def _stored(store: JobStore) -> Job:
    job = store.get(KEY)
    assert job is not None
    return job


def _at_once(act: Callable[[int], str]) -> list[str]:
    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(act, range(RACERS)))
