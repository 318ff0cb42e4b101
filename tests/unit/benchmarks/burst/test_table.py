from __future__ import annotations

from benchmarks.burst.story import Decision, Life, Sample, Story
from benchmarks.burst.table import lines, telling


def sample(
    at_s: float, waiting: int = 0, in_flight: int = 0, tasks: tuple[int, int] = (0, 0)
) -> Sample:
    desired, running = tasks
    return Sample(
        at_s=at_s,
        waiting=waiting,
        in_flight=in_flight,
        desired=desired,
        running=running,
        estimated_delay_s=float(waiting),
    )


STORY = Story(
    [
        sample(-1),
        sample(0, waiting=2),
        sample(1, waiting=1, in_flight=1, tasks=(1, 1)),
        sample(9, tasks=(1, 1)),
        sample(60),
    ],
    [
        Life(accepted_s=0, ended_s=3, end="SUCCEEDED", attempts=1),
        Life(accepted_s=0.5, ended_s=8, end="SUCCEEDED", attempts=2),
        Life(accepted_s=0.6, end="not found"),
    ],
    [Decision(0.4, "2 jobs, 1 s each (assumed), target 60 s: 0 → 1 task", 1)],
)


def test_what_stays_the_same_is_told_once() -> None:
    same = [sample(at_s, waiting=3) for at_s in range(100)]

    assert [each.at_s for each in telling(same)] == [0]


def test_jobs_are_told_every_five_seconds() -> None:
    less = [sample(at_s, waiting=99 - at_s) for at_s in range(12)]

    assert [each.at_s for each in telling(less)] == [0, 5, 10]


def test_other_tasks_are_told_at_once() -> None:
    seen = [sample(0), sample(1, tasks=(1, 0)), sample(2, tasks=(1, 1))]
    seen.append(sample(3, waiting=1, tasks=(1, 1)))

    assert [each.at_s for each in telling(seen)] == [0, 1, 2]


def test_the_account_has_rows_decisions_times_and_sums() -> None:
    told = "\n".join(lines(STORY))

    assert (
        "        1         3       1         1     0       1         1           1           1"
        in told
    )
    assert "      0.4 s  2 jobs, 1 s each (assumed), target 60 s: 0 → 1 task" in told
    figures = dict(
        line.strip().rsplit("  ", 1) for line in told.splitlines() if "  " in line.strip()
    )
    named = {name.strip(): value.strip() for name, value in figures.items()}
    assert named["first task asked for"] == "0.4"
    assert named["first job done"] == "3.0"
    assert named["last job accepted"] == "0.6"
    assert named["last job done"] == "8.0"
    assert named["no task left"] == "60"
    assert named["tasks at most"] == "1"
    assert named["task-seconds that ran"] == "59"
    assert named["jobs"] == "3: 2 SUCCEEDED, 1 not found"
    assert named["by more than one attempt"] == "1"


def test_a_story_without_an_end_is_told_too() -> None:
    told = "\n".join(lines(Story([sample(0, waiting=1)], [Life(accepted_s=0, end="QUEUED")], [])))

    assert "first task asked for            never" in told
    assert "no task left                    never" in told
    assert "jobs                            1: 1 QUEUED" in told
