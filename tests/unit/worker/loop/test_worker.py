"""The worker's loop on virtual time: what it does with each kind of job, message and mishap."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from spillway.errors import InvalidPayload, PredictionFailed, Unavailable
from spillway.job import Status
from spillway.message import encode
from tests.unit.worker.loop.bench import Bench, echo
from tests.unit.worker.loop.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from spillway.job import Job
    from spillway.update import Update


def test_a_job_succeeds_and_its_message_goes() -> None:
    async def scenario() -> None:
        bench = Bench()
        key = bench.submit({"text": "hello"})
        async with bench.worker():
            [job] = await bench.until_over(key)
        assert job.status is Status.SUCCEEDED
        assert job.attempts == 1
        assert job.model_version == "v1"
        assert json.loads(job.result or "") == {"text": "hello"}
        assert bench.results.objects == {"results/acme/j1/1.json": b'{"text":"hello"}'}
        assert job.result_uri == "s3://out/results/acme/j1/1.json"
        assert job.due_at_ms is None
        assert bench.queue.depth().visible == bench.queue.depth().in_flight == 0

    run(scenario())


def test_a_large_result_lies_in_the_bucket_alone() -> None:
    async def scenario() -> None:
        bench = Bench()
        key = bench.submit("x" * 10_000)
        async with bench.worker():
            [job] = await bench.until_over(key)
        assert job.result is None
        assert len(bench.results.objects["results/acme/j1/1.json"]) == 10_002

    run(scenario())


def test_jobs_that_wait_together_run_together_within_bounds() -> None:
    sizes: list[int] = []

    async def counting(payloads: Sequence[Any]) -> list[Any]:
        sizes.append(len(payloads))
        return await echo(payloads)

    async def scenario() -> None:
        bench = Bench(counting).with_settings(max_batch=8)
        keys = [bench.submit(n, job_id=f"j{n}") for n in range(200)]
        async with bench.worker():
            jobs = await bench.until_over(*keys)
        assert [json.loads(job.result or "") for job in jobs] == list(range(200))
        assert max(sizes) == 8
        assert sum(sizes) == 200
        assert len(sizes) < 40, "most batches are full under a backlog"
        assert bench.inbox.most_out <= bench.settings.in_flight

    run(scenario())


def test_an_invalid_payload_fails_at_once_and_its_neighbours_complete() -> None:
    async def picky(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(0.1)
        return [InvalidPayload("text: expected text") if p == "bad" else p for p in payloads]

    async def scenario() -> None:
        bench = Bench(picky)
        bad = bench.submit("bad", job_id="bad")
        good = bench.submit("good", job_id="good")
        async with bench.worker():
            jobs = await bench.until_over(bad, good)
        assert [job.status for job in jobs] == [Status.FAILED, Status.SUCCEEDED]
        assert jobs[0].error is not None
        assert jobs[0].error.code == "invalid_payload"
        assert not jobs[0].error.retryable
        assert jobs[0].attempts == 1
        assert bench.queue.dead_letters == []

    run(scenario())


def test_a_passing_failure_is_retried_after_a_while() -> None:
    calls: list[float] = []

    async def flaky(payloads: Sequence[Any]) -> list[Any]:
        calls.append(asyncio.get_running_loop().time())
        if len(calls) == 1:
            raise PredictionFailed("out of luck")
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(flaky)
        key = bench.submit(1)
        async with bench.worker():
            [job] = await bench.until_over(key)
        assert job.status is Status.SUCCEEDED
        assert (job.attempts, job.failures) == (2, 1)
        assert job.error is None, "a success leaves no error behind"
        assert calls[1] - calls[0] >= 1

    run(scenario())


def test_attempts_run_out_into_failed_and_the_dead_letter_queue() -> None:
    async def broken(payloads: Sequence[Any]) -> list[Any]:
        raise PredictionFailed("never works")

    async def scenario() -> None:
        bench = Bench(broken)
        key = bench.submit({"keep": "me"})
        async with bench.worker():
            [job] = await bench.until_over(key)
        assert job.status is Status.FAILED
        assert (job.attempts, job.failures) == (3, 3)
        assert job.error is not None
        assert job.error.message == "never works"
        [buried] = bench.queue.dead_letters
        assert json.loads(buried.body)["payload"] == {"keep": "me"}
        assert buried.reason == "prediction_failed"
        assert bench.queue.depth().visible == bench.queue.depth().in_flight == 0

    run(scenario())


def test_a_poison_job_costs_its_batch_mates_no_attempt() -> None:
    async def poisoned(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(0.1)
        if "poison" in payloads:
            raise PredictionFailed("boom")
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(poisoned)
        poison = bench.submit("poison", job_id="poison")
        mates = [bench.submit(n, job_id=f"mate{n}") for n in range(5)]
        async with bench.worker():
            [victim, *others] = await bench.until_over(poison, *mates)
        assert victim.status is Status.FAILED
        assert {job.status for job in others} == {Status.SUCCEEDED}
        assert {job.attempts for job in others} == {1}

    run(scenario())


def test_a_job_that_failed_before_runs_alone() -> None:
    batches: list[list[Any]] = []

    async def recording(payloads: Sequence[Any]) -> list[Any]:
        batches.append(list(payloads))
        await asyncio.sleep(0.1)
        if batches == [["suspect"]]:
            raise PredictionFailed("once")
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(recording)
        suspect = bench.submit("suspect", job_id="suspect")
        async with bench.worker():
            await bench.until(suspect, Status.RUNNING)
            await bench.until(suspect, Status.QUEUED)
            mates = [bench.submit(n, job_id=f"mate{n}") for n in range(60)]
            await bench.until_over(suspect, *mates)
        assert [batch for batch in batches if "suspect" in batch] == [["suspect"], ["suspect"]]

    run(scenario())


def test_a_job_that_kills_its_worker_costs_only_its_own_attempts() -> None:
    died = asyncio.Event()

    async def killed(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(0.1)
        if "killer" in payloads:
            died.set()
            await asyncio.sleep(1e9)
        return list(payloads)

    async def scenario() -> None:
        bench = Bench().with_settings(max_attempts=3)
        killer = bench.submit("killer", job_id="killer")
        mates = [bench.submit(n, job_id=f"mate{n}") for n in range(12)]
        everyone = asyncio.create_task(bench.until_over(killer, *mates))
        deaths = 0
        while not everyone.done():
            died.clear()
            doomed = bench.peer(killed)
            async with doomed.worker():
                death = asyncio.create_task(died.wait())
                await asyncio.wait({everyone, death}, return_when=asyncio.FIRST_COMPLETED)
                if died.is_set():
                    doomed.stall()
                    deaths += 1
                death.cancel()
        victim, *others = everyone.result()
        assert victim.status is Status.FAILED
        assert victim.error is not None
        assert victim.error.code == "worker_lost"
        assert deaths == 3
        assert {job.status for job in others} == {Status.SUCCEEDED}
        assert max(job.failures for job in others) == 1, "the first death alone took others along"

    run(scenario())


def test_one_hung_call_delays_no_other_job_s_heartbeat() -> None:
    async def slow(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(100)
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(slow)
        key = bench.submit(1)
        hide = bench.inbox.hide
        hung: list[Sequence[str]] = []

        async def hangs_once(receipts: Sequence[str], *, for_s: int) -> None:
            if not hung:
                hung.append(receipts)
                await asyncio.sleep(1e9)
            await hide(receipts, for_s=for_s)

        bench.inbox.hide = hangs_once  # type: ignore[method-assign]
        async with bench.worker(), bench.peer(slow).worker():
            [job] = await bench.until_over(key)
        assert hung
        assert job.attempts == 1

    run(scenario())


def test_a_model_stuck_on_one_job_costs_the_rest_of_its_batch_nothing() -> None:
    async def stuck_alone(payloads: Sequence[Any]) -> list[Any]:
        if len(payloads) > 1:
            raise PredictionFailed("not together")
        await asyncio.sleep(1e9)
        return []

    async def scenario() -> None:
        bench = Bench(stuck_alone)
        keys = [bench.submit(n, job_id=f"j{n}", timeoutSeconds=5) for n in range(3)]
        async with bench.worker() as stop:
            await asyncio.wait_for(stop.wait(), 30)
            began_s = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began_s < 30, "nobody is waited for in vain"
        assert sorted(bench.job(key).failures for key in keys) == [0, 0, 1]

    run(scenario())


def test_a_job_keeps_to_its_own_time_limit_in_company() -> None:
    async def second_each(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(len(payloads))
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(second_each).with_settings(max_batch=4)
        patient = [bench.submit(n, job_id=f"patient{n}") for n in range(3)]
        hasty = bench.submit("hasty", job_id="hasty", timeoutSeconds=2)
        async with bench.worker():
            jobs = await bench.until_over(*patient, hasty)
        assert {job.status for job in jobs} == {Status.SUCCEEDED}

    run(scenario())


def test_a_result_that_can_t_be_stored_is_a_failure_like_any_other() -> None:
    async def scenario() -> None:
        bench = Bench()
        key = bench.submit(1)
        put = bench.results.put
        refused: list[str] = []

        def refuses_once(key: str, body: bytes) -> None:
            if not refused:
                refused.append(key)
                raise Unavailable("x", "S3 did not answer")
            put(key, body)

        bench.results.put = refuses_once  # type: ignore[method-assign]
        async with bench.worker():
            [job] = await bench.until_over(key)
        assert (job.status, job.attempts, job.failures) == (Status.SUCCEEDED, 2, 1)

    run(scenario())


def test_a_lowered_limit_ends_jobs_that_are_over_it() -> None:
    async def broken(payloads: Sequence[Any]) -> list[Any]:
        raise PredictionFailed("never works")

    async def scenario() -> None:
        bench = Bench(broken)
        key = bench.submit(1)
        async with bench.worker():
            while bench.job(key).failures < 2:
                await asyncio.sleep(0.1)
        strict = bench.peer(broken).with_settings(max_attempts=1)
        async with strict.worker():
            [job] = await strict.until_over(key)
        assert job.status is Status.FAILED
        assert job.error is not None
        assert job.error.message == "never works"
        assert [entry.reason for entry in bench.queue.dead_letters] == ["attempts_exhausted"]

    run(scenario())


def test_a_claim_whose_answer_was_lost_is_known_again() -> None:
    async def scenario() -> None:
        bench = Bench()
        key = bench.submit(1)
        apply = bench.jobs.apply
        lost: list[Job] = []

        async def tried_twice(update: Update) -> Job:
            if not lost:
                lost.append(await apply(update))
            return await apply(update)

        bench.jobs.apply = tried_twice  # type: ignore[method-assign]
        async with bench.worker():
            [job] = await bench.until_over(key, within_s=10)
        assert lost[0].attempts == job.attempts == 1
        assert job.failures == 0

    run(scenario())


def test_a_duplicate_of_a_finished_job_is_dropped_without_work() -> None:
    async def scenario() -> None:
        bench = Bench()
        key = bench.submit(1)
        async with bench.worker():
            [before] = await bench.until_over(key)
            _send_again(bench, before)
            await asyncio.sleep(5)
        assert bench.job(key) == before
        assert bench.queue.depth().visible == bench.queue.depth().in_flight == 0

    run(scenario())


def test_a_duplicate_of_a_running_job_waits_and_is_dropped() -> None:
    runs: list[Any] = []

    async def slow(payloads: Sequence[Any]) -> list[Any]:
        runs.extend(payloads)
        await asyncio.sleep(100)
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(slow)
        key = bench.submit(1)
        async with bench.worker():
            _send_again(bench, await bench.until(key, Status.RUNNING))
            [job] = await bench.until_over(key)
            await asyncio.sleep(60)
        assert job.attempts == 1
        assert runs == [1]
        assert bench.queue.depth().visible == bench.queue.depth().in_flight == 0

    run(scenario())


def test_a_second_copy_of_a_job_of_hours_does_not_end_as_a_dead_letter() -> None:
    async def hours(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(11 * 3600)
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(hours, max_receives=100)
        key = bench.submit(1, timeoutSeconds=43_200)
        async with bench.worker():
            _send_again(bench, await bench.until(key, Status.RUNNING))
            await bench.until_over(key, within_s=12 * 3600)
            await asyncio.sleep(1000)
        assert bench.queue.dead_letters == []
        assert bench.queue.depth().visible == bench.queue.depth().in_flight == 0

    run(scenario())


def test_messages_that_are_not_ours_are_buried_whole() -> None:
    async def scenario() -> None:
        bench = Bench()
        bodies = ["not json", "[]", '{"v": 9}', '{"v":1,"jobId":"a"}', _for_model(bench, "other")]
        for body in bodies:
            bench.queue.send(body, group="acme")
        async with bench.worker():
            await asyncio.sleep(5)
        assert sorted(entry.body for entry in bench.queue.dead_letters) == sorted(bodies)
        assert all(
            (entry.reason or "").startswith("malformed") for entry in bench.queue.dead_letters
        )
        assert bench.queue.depth().visible == bench.queue.depth().in_flight == 0

    run(scenario())


def _cut(bench: Bench) -> str:
    """The first half of a message that was ours."""
    bench.submit({"text": "hello"}, job_id="cut")
    [message] = bench.queue.receive(limit=1, wait_s=0, lease_s=0)
    bench.queue.delete([message.receipt])
    return message.body[: len(message.body) // 2]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (lambda _: "hello", "not JSON"),
        (lambda _: "x" * 1_048_576, "not JSON"),
        (_cut, "not JSON"),
        (lambda _: "[1]", "not a JSON object"),
        (lambda _: '{"v":2}', "v: expected 1, got 2"),
        (lambda _: '{"v":1,"jobId":"a"}', "tenant: expected str, got None"),
        (lambda bench: _for_model(bench, "other"), "model: expected m, got other"),
    ],
    ids=["a stranger's", "1 MiB", "cut short", "no object", "a version", "no job", "a model"],
)
def test_a_malformed_message_is_told_once_by_its_id_and_by_what_is_wrong(
    body: Callable[[Bench], str], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        bench = Bench()
        sent = body(bench)
        bench.queue.send(sent, group="acme")
        async with bench.worker():
            await asyncio.sleep(300)
        [line] = [each for each in caplog.records if each.message == "malformed message"]
        assert line.__dict__["messageId"]
        assert why in line.__dict__["why"]
        [buried] = bench.queue.dead_letters
        assert buried.body == sent
        assert why in (buried.reason or "")

    run(scenario())


def test_a_message_without_a_job_is_dropped() -> None:
    async def scenario() -> None:
        bench = Bench()
        key = bench.submit(1)
        bench.store.forget(key)
        async with bench.worker():
            await asyncio.sleep(5)
        assert bench.queue.depth().visible == bench.queue.depth().in_flight == 0
        assert bench.results.objects == {}

    run(scenario())


def test_a_job_that_waited_too_long_expires_unrun() -> None:
    async def scenario() -> None:
        bench = Bench()
        key = bench.submit(1, ttlSeconds=60)
        await asyncio.sleep(61)
        async with bench.worker():
            [job] = await bench.until_over(key)
        assert job.status is Status.EXPIRED
        assert job.attempts == 0
        assert job.error is not None
        assert job.error.code == "expired"

    run(scenario())


def test_a_job_of_hours_keeps_its_lease() -> None:
    async def hours(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(11 * 3600)
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(hours)
        key = bench.submit(1, timeoutSeconds=43_200)
        async with bench.worker(), bench.worker():
            [job] = await bench.until_over(key, within_s=12 * 3600)
        assert job.status is Status.SUCCEEDED
        assert job.attempts == 1

    run(scenario())


def test_a_lost_worker_s_job_is_taken_over_when_its_lease_ends() -> None:
    async def scenario() -> None:
        bench = Bench()
        key = bench.submit(1)
        lost = await _claim_and_vanish(bench)
        async with bench.worker():
            [job] = await bench.until_over(key, within_s=60)
        assert job.status is Status.SUCCEEDED
        assert (job.attempts, job.failures) == (2, 1)
        assert lost.attempts == 1

    run(scenario())


def test_a_job_that_loses_every_worker_fails_and_is_buried() -> None:
    async def scenario() -> None:
        bench = Bench().with_settings(max_attempts=1)
        key = bench.submit(1)
        await _claim_and_vanish(bench, max_attempts=1)
        async with bench.worker():
            [job] = await bench.until_over(key, within_s=60)
        assert job.status is Status.FAILED
        assert job.error is not None
        assert job.error.code == "worker_lost"
        assert [entry.reason for entry in bench.queue.dead_letters] == ["worker_lost"]

    run(scenario())


def test_a_stalled_worker_changes_nothing_while_another_runs_the_job() -> None:
    def taking(seconds: float, answer: str) -> Callable[[Sequence[Any]], Awaitable[list[Any]]]:
        async def compute(payloads: Sequence[Any]) -> list[Any]:
            await asyncio.sleep(seconds)
            return [answer] * len(payloads)

        return compute

    async def scenario() -> None:
        stalled = Bench(taking(100, "stale"))
        other = stalled.peer(taking(150, "fresh"))
        key = stalled.submit(1)
        async with stalled.worker():
            await stalled.until(key, Status.RUNNING)
            stalled.stall()
            async with other.worker():
                await asyncio.sleep(95)
                assert other.job(key).attempts == 2
                stalled.resume()
                await asyncio.sleep(10)
                assert other.job(key).status is Status.RUNNING, "the stale result does not count"
                [job] = await other.until_over(key)
        assert job.result == '"fresh"'
        assert job.result_uri == "s3://out/results/acme/j1/2.json"

    run(scenario())


def test_a_job_cancelled_while_it_runs_stays_cancelled() -> None:
    async def slow(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(60)
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(slow)
        key = bench.submit(1)
        async with bench.worker():
            await bench.until(key, Status.RUNNING)
            bench.cancel(key)
            await asyncio.sleep(15)
            assert bench.queue.depth().in_flight == 0, "the next heartbeat lets it go"
            await asyncio.sleep(60)
        assert bench.job(key).status is Status.CANCELLED
        assert bench.results.objects == {}

    run(scenario())


def test_a_timed_out_attempt_ends_the_task_and_spares_its_neighbours() -> None:
    async def endless(payloads: Sequence[Any]) -> list[Any]:
        if "endless" in payloads:
            await asyncio.sleep(1e9)
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(endless)
        hung = bench.submit("endless", job_id="hung", timeoutSeconds=5)
        mate = bench.submit("mate", job_id="mate", timeoutSeconds=50)
        later = bench.submit("later", job_id="later")
        async with bench.worker() as stop:
            await asyncio.wait_for(stop.wait(), 30)
        job = bench.job(hung)
        assert job.status is Status.QUEUED
        assert job.failures == 1
        assert job.error is not None
        assert job.error.code == "timeout"
        assert bench.job(mate).failures == 0
        bench.compute = echo
        async with bench.worker():
            jobs = await bench.until_over(hung, mate, later)
        assert {job.status for job in jobs} == {Status.SUCCEEDED}

    run(scenario())


def test_a_stopping_worker_finishes_what_runs_and_gives_back_the_rest() -> None:
    async def slow(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(0.2 if payloads == ["quick"] else 30)
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(slow).with_settings(max_batch=1)
        async with bench.worker():
            # A job that is believed to end soon has the next one fetched.
            await bench.until_over(bench.submit("quick", job_id="quick"))
            runs = bench.submit(1, job_id="runs")
            await bench.until(runs, Status.RUNNING)
            waits = bench.submit(2, job_id="waits")
            await bench.until(waits, Status.RUNNING)
        assert bench.job(runs).status is Status.SUCCEEDED
        given_back = bench.job(waits)
        assert given_back.status is Status.QUEUED
        assert given_back.failures == 0, "being given back is no failure"
        assert bench.queue.depth().visible == 1, "another worker has it at once"

    run(scenario())


def test_a_stopping_worker_gives_back_what_does_not_end_in_time() -> None:
    async def endless(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(1e9)
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(endless)
        key = bench.submit(1, timeoutSeconds=43_200)
        async with bench.worker():
            await bench.until(key, Status.RUNNING)
            began_s = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began_s < 120, "ECS kills after 120 s"
        assert bench.job(key).status is Status.QUEUED
        assert bench.queue.depth().visible == 1

    run(scenario())


def test_a_stopping_worker_gives_back_even_a_job_that_runs_alone() -> None:
    async def endless(payloads: Sequence[Any]) -> list[Any]:
        await asyncio.sleep(1e9)
        return list(payloads)

    async def scenario() -> None:
        bench = Bench(endless)
        key = bench.submit(1, timeoutSeconds=43_200)
        await _claim_and_vanish(bench)
        async with bench.worker():
            while bench.job(key).attempts < 2:
                await asyncio.sleep(0.1)
            began_s = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began_s < 110, "ECS kills after 120 s"
        given_back = bench.job(key)
        assert (given_back.status, given_back.failures) == (Status.QUEUED, 1)

    run(scenario())


def test_a_store_that_is_away_delays_a_job_and_loses_nothing() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.jobs.faults = [Unavailable("x", "DynamoDB did not answer")]
        key = bench.submit(1)
        async with bench.worker():
            [job] = await bench.until_over(key, within_s=60)
        assert job.status is Status.SUCCEEDED

    run(scenario())


def test_a_payload_in_the_bucket_is_fetched() -> None:
    async def scenario() -> None:
        bench = Bench()
        payload = {"text": "x" * 300_000}
        key = bench.submit(payload)
        assert "payloadUri" in bench.queue.receive(limit=1, wait_s=0, lease_s=0)[0].body
        async with bench.worker():
            [job] = await bench.until_over(key)
        assert job.status is Status.SUCCEEDED
        assert json.loads(bench.results.objects["results/acme/j1/1.json"]) == payload

    run(scenario())


def test_a_payload_that_is_gone_or_no_json_is_the_caller_s_fault() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.inputs.put("uploads/acme/a", b"{not json")
        bench.inputs.put("uploads/acme/b", b"1")
        broken = bench.intake_uri("broken", "s3://in/uploads/acme/a")
        gone = bench.intake_uri("gone", "s3://in/uploads/acme/b")
        bench.inputs.objects = {
            key: body for key, body in bench.inputs.objects.items() if "gone" not in key
        }
        async with bench.worker():
            jobs = await bench.until_over(broken, gone)
        assert [job.error and job.error.code for job in jobs] == ["invalid_payload"] * 2

    run(scenario())


def _send_again(bench: Bench, job: Job) -> None:
    bench.queue.send(encode(job, payload="1"), group=job.tenant)


def _for_model(bench: Bench, model: str) -> str:
    key = bench.submit(1, job_id="theirs")
    [received] = bench.queue.receive(limit=1, wait_s=0, lease_s=0)
    bench.queue.delete([received.receipt])
    bench.store.forget(key)
    return received.body.replace('"model":"m"', f'"model":"{model}"')


async def _claim_and_vanish(bench: Bench, max_attempts: int = 3) -> Job:
    [received] = bench.queue.receive(limit=1, wait_s=0, lease_s=30)
    return bench.claim(received, max_attempts)
