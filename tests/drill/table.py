"""What a drill prints."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from spillway.job import Status
from tests.drill.plan import TENANTS
from tests.drill.timeline import timeline
from tests.drill.troublemaker import FROZEN, KILLED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.drill.drill import Course
    from tests.drill.invariants import Finding
    from tests.simulation.history import Change

WIDTH = 58
TOLD = 5
"""So many faults of each invariant are told, each with its job's timeline."""


def lines(course: Course, findings: Sequence[Finding]) -> Iterator[str]:
    """The whole table."""
    yield from _jobs(course)
    yield f"{'faults injected':<{WIDTH}}{'times':>9}"
    yield from (_row(name, count) for name, count in injected(course).items())
    yield ""
    yield f"{'invariants':<{WIDTH}}{'checked':>9}{'violations':>12}"
    yield from (_row(each.invariant, each.checked, len(each.faults)) for each in findings)
    yield ""
    yield f"violations: {sum(len(each.faults) for each in findings)}"
    yield (
        f"time to recover: {course.recovery_s:.1f} s from the last fault until every job was over, "
        f"{course.rerun_s:.1f} s from the redrive until every one that was run again was"
    )


def injected(course: Course) -> dict[str, int]:
    """How often each fault occurred."""
    blows = Counter(blow.kind for blow in course.blows)
    processes = {
        KILLED: blows[KILLED],
        FROZEN: blows[FROZEN],
        "exit by a payload": course.exits,
    }
    calls = {f"AWS: {name}": count for name, count in course.faults.items()}
    return processes | calls


def violations(course: Course, findings: Sequence[Finding]) -> Iterator[str]:
    """Each fault, with its job's timeline."""
    for finding in findings:
        for key, what in finding.faults[:TOLD]:
            yield f"\n{finding.invariant}: {what}"
            if key is not None:
                changes = course.aftermath.changes
                yield from timeline(key, changes, course.blows, course.logs)
        if len(finding.faults) > TOLD:
            yield f"\n{finding.invariant}: and {len(finding.faults) - TOLD} more"


def _jobs(course: Course) -> Iterator[str]:
    after = course.aftermath
    ends = Counter(Status(str(record["status"])) for record in after.stored.jobs.values())
    yield (
        f"{len(after.plan.orders)} jobs of {len(TENANTS)} tenants, submitted "
        f"{len(after.plan.submissions)} times in {course.trouble_s:.0f} s of trouble, and "
        f"{len(after.reruns)} redriven: {', '.join(f'{n} {status}' for status, n in ends.items())}"
    )
    reclaims = sum(is_reclaim(change) for change in after.changes)
    yield f"{reclaims} lost leases were claimed by another worker"
    yield f"{course.unanswered} times a caller had no answer in spite of all repeats, and went on"
    yield ""


def is_reclaim(change: Change) -> bool:
    """Whether it is a claim of a job that another worker held."""
    before = change.before
    return (
        before is not None
        and before["status"] == Status.RUNNING
        and change.after["attempts"] != before["attempts"]
    )


def _row(name: str, *numbers: int) -> str:
    return f"  {name:<{WIDTH - 2}}" + "".join(
        f"{number:>{width}}" for number, width in zip(numbers, (9, 12), strict=False)
    )
