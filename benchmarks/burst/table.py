"""The story in words: a table over time, the decisions, and what came of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.burst.story import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.burst.story import Sample, Story

EVERY_S = 5.0
HEAD = """\
           ------------- jobs -------------   ---- tasks ----   ------ delay, s ------
  time, s  accepted waiting in flight  done   asked   running   estimated  oldest job"""
type Row = tuple[str, object]


def lines(story: Story) -> Iterator[str]:
    """The whole account."""
    yield HEAD
    yield from (_line(story, sample) for sample in telling(story.samples))
    yield "\ndecisions"
    yield from (f"  {each.at_s:7.1f} s  {each.text}" for each in story.decisions)
    yield "\nseconds after the first job was accepted"
    yield from _told(_course(story))
    yield "in all"
    yield from _told(_sum(story))


def telling(samples: Sequence[Sample]) -> Iterator[Sample]:
    """The samples that say something new: other tasks at once, other jobs every few seconds."""
    told = None
    for sample in samples:
        if told is None or (
            _figures(sample) != _figures(told)
            and (sample.at_s >= told.at_s + EVERY_S or _tasks(sample) != _tasks(told))
        ):
            yield sample
            told = sample


def _figures(sample: Sample) -> tuple[int, ...]:
    return (sample.waiting, sample.in_flight, *_tasks(sample))


def _tasks(sample: Sample) -> tuple[int, int]:
    return (sample.desired, sample.running)


def _line(story: Story, sample: Sample) -> str:
    at_s = sample.at_s
    return (
        f"  {at_s:7.0f}  {story.accepted_by(at_s):8} {sample.waiting:7} {sample.in_flight:9}"
        f" {story.ended_by(at_s):5}   {sample.desired:5}   {sample.running:7}"
        f"   {sample.estimated_delay_s:9.0f}  {story.oldest_s(at_s):10.0f}"
    )


def _course(story: Story) -> Iterator[Row]:
    first = next(iter(story.decisions), None)
    yield "first task asked for", f"{first.at_s:.1f}" if first else "never"
    if story.ended_s:
        yield "first job done", f"{story.ended_s[0]:.1f}"
    yield "last job accepted", f"{story.accepted_s[-1]:.1f}"
    if story.ended_s:
        yield "last job done", f"{story.ended_s[-1]:.1f}"
    asleep_s = story.asleep_s
    yield "no task left", "never" if asleep_s is None else f"{asleep_s:.0f}"


def _sum(story: Story) -> Iterator[Row]:
    yield "tasks at most", story.tasks_at_most
    yield "task-seconds that ran", f"{story.task_seconds:.0f}"
    if story.took_s:
        took = [percentile(story.took_s, percent) for percent in (50, 95, 100)]
        p50, p95, most = (f"{took_s:.0f}" for took_s in took)
        yield "seconds to the end of a job", f"p50 {p50}, p95 {p95}, at most {most}"
    yield (
        "jobs",
        f"{len(story.lives)}: "
        + ", ".join(
            f"{count} {end}" for end, count in Counter(life.end for life in story.lives).items()
        ),
    )
    yield "  by more than one attempt", sum(life.attempts > 1 for life in story.lives)


def _told(rows: Iterator[Row]) -> Iterator[str]:
    yield from (f"  {name:<32}{value}" for name, value in rows)
