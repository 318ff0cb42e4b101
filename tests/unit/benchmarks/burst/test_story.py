from __future__ import annotations

import math

import pytest

from benchmarks.burst.story import Decision, Life, Sample, Story, percentile

EPOCH_S = 1_764_000_000.0


def sample(at_s: float, *, running: int = 0, desired: int = 0, waiting: int = 0) -> Sample:
    return Sample(
        at_s=at_s,
        waiting=waiting,
        in_flight=0,
        desired=desired,
        running=running,
        estimated_delay_s=0.0,
    )


def life(accepted_s: float, ended_s: float | None = None) -> Life:
    end = "QUEUED" if ended_s is None else "SUCCEEDED"
    return Life(accepted_s=accepted_s, ended_s=ended_s, end=end)


def story(*lives: Life, samples: tuple[Sample, ...] = ()) -> Story:
    return Story(samples, lives, ())


def test_times_count_from_the_first_accepted_job() -> None:
    told = Story.of(
        [sample(EPOCH_S - 2), sample(EPOCH_S + 7)],
        [life(EPOCH_S + 1, EPOCH_S + 9), life(EPOCH_S, EPOCH_S + 4)],
        [Decision(EPOCH_S + 0.5, "0 → 1 task", 1)],
    )

    assert [each.at_s for each in told.samples] == [-2, 7]
    assert told.accepted_s == [0, 1]
    assert told.ended_s == [4, 9]
    assert [each.at_s for each in told.decisions] == [0.5]


def test_jobs_are_counted_from_the_moment_on() -> None:
    told = story(life(0, 5), life(1, 3), life(2))

    assert [told.accepted_by(at_s) for at_s in (-1, 0, 1, 1.5, 9)] == [0, 1, 2, 2, 3]
    assert [told.ended_by(at_s) for at_s in (2.9, 3, 5)] == [0, 1, 2]


def test_how_long_each_job_took_leaves_out_those_that_go_on() -> None:
    assert story(life(0, 5), life(1, 3), life(2)).took_s == [2, 5]


def test_the_oldest_job_is_of_those_that_are_accepted_and_not_done() -> None:
    told = story(life(0, 5), life(2, 9))

    assert [told.oldest_s(at_s) for at_s in (-1, 0, 4, 5, 9)] == [0, 0, 4, 3, 0]


def test_what_it_really_took_is_until_the_last_of_the_jobs_known_by_then() -> None:
    told = story(life(0, 6), life(2, 9))

    assert [told.until_done_s(at_s) for at_s in (-1, 1, 2, 8, 10)] == [0, 5, 7, 1, 0]
    assert story(life(0)).until_done_s(1) == math.inf


def test_tasks_are_paid_for_from_each_look_to_the_next() -> None:
    told = story(samples=(sample(0), sample(1, running=2), sample(4, running=1), sample(5)))

    assert told.task_seconds == 2 * 3 + 1
    assert told.tasks_at_most == 2


def test_the_model_sleeps_from_the_first_look_after_which_it_always_does() -> None:
    awake = sample(2, running=1)

    assert story(samples=(sample(0), awake, sample(3), sample(4))).asleep_s == 3
    assert story(samples=(sample(0), awake)).asleep_s is None


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("burst: 1 job, 1 s each (assumed), target 60 s: 0 → 1 task", 1),
        ("burst: 500 jobs, 1.02 s each, target 60 s: 1 → 9 tasks (why: so ≥ 1)", 9),
        ("burst: 10 → 0 tasks (not observed: x)", 0),
    ],
)
def test_a_decision_is_read_from_its_line(text: str, after: int) -> None:
    decision = Decision.of("burst", 3.0, text)

    assert decision == Decision(3.0, text.removeprefix("burst: "), after)


@pytest.mark.parametrize(
    "text",
    ["default: 1 job, 1 s each, target 60 s: 0 → 1 task", "ready after 8.5 s", "burst: ready", ""],
)
def test_other_lines_are_no_decisions_of_the_model(text: str) -> None:
    assert Decision.of("burst", 3.0, text) is None


def test_percentiles_are_values_that_were_seen() -> None:
    values = [float(number) for number in range(1, 101)]

    assert [percentile(values, percent) for percent in (0, 50, 95, 100)] == [1, 50, 95, 100]
    assert percentile([7.0], 95) == 7
