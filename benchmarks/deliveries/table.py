"""What the demo prints, and what it holds against it."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.deliveries.receivers import Kind, kind_of
from spillway.deliveries.delivery import DeliveryStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.deliveries.demo import Course, Told

FAILS = {Kind.BROKEN, Kind.AWAY, Kind.GONE}
NEEDED: Mapping[Kind, int] = {
    Kind.GOOD: 1,
    Kind.BROKEN: 7,
    Kind.AWAY: 7,
    Kind.GONE: 1,
    Kind.BUSY: 3,
    Kind.LOST: 2,
    Kind.SLOW: 2,
}
"""So many attempts does a delivery to a receiver of this kind need, or get before it fails. A
success may be told of once more, as SQS may hand a message out twice."""
SAME = 0.95
"""From this ratio on, a worker is as fast whether its jobs are told of or not: rounds of the same
kind differ by as much on a machine with other things to do."""
TOLD = 10


def ratio(course: Course) -> float:
    """Jobs a second with destinations to those without: medians of the rounds, taken in turn."""
    return median(each.jobs_per_s for each in course.telling) / median(
        each.jobs_per_s for each in course.silent
    )


def lines(course: Course) -> Iterator[str]:
    """The table."""
    by_kind = defaultdict[Kind, list["Told"]](list)
    for told in course.told:
        by_kind[kind_of(told.number)].append(told)
    yield f"{'the receiver …':<40}{'jobs':>6}{'DELIVERED':>11}{'FAILED':>8}{'attempts':>10}"
    yield from (_row(kind, by_kind[kind]) for kind in Kind)
    yield ""
    silent, telling = ([each.jobs_per_s for each in r] for r in (course.silent, course.telling))
    yield f"jobs a second, median of {len(silent)} rounds in turn:"
    yield f"  without destinations {median(silent):.2f}, with them {median(telling):.2f}"
    yield f"  ratio {ratio(course):.2f}"


def _row(kind: Kind, told: Sequence[Told]) -> str:
    ends = [each.delivery.status for each in told]
    attempts = sum(each.delivery.attempts for each in told)
    return (
        f"{kind:<40}{len(told):>6}{ends.count(DeliveryStatus.DELIVERED):>11}"
        f"{ends.count(DeliveryStatus.FAILED):>8}{attempts:>10}"
    )


def faults(course: Course) -> Iterator[str]:
    """Each way in which it went otherwise than it ought to."""
    if course.not_done:
        yield f"{course.not_done} jobs did not succeed"
    if (measured := ratio(course)) < SAME:
        yield f"jobs that are told of took longer: ratio {measured:.2f}, expected {SAME} at least"
    found = [
        f"receiver {told.number}: {why}" for told in course.told for why in _wrong(course, told)
    ]
    yield from found[:TOLD]
    if len(found) > TOLD:
        yield f"and {len(found) - TOLD} more"


def _wrong(course: Course, told: Told) -> Iterator[str]:
    kind, delivery, heard = kind_of(told.number), told.delivery, course.receivers.heard[told.number]
    end = DeliveryStatus.FAILED if kind in FAILS else DeliveryStatus.DELIVERED
    if delivery.status is not end:
        yield f"{kind}: {delivery.status} instead of {end} ({delivery.last_error})"
    is_enough = delivery.attempts == NEEDED[kind] or (
        kind not in FAILS and delivery.attempts > NEEDED[kind]
    )
    if not is_enough or len(delivery.history) != delivery.attempts:
        yield f"{kind}: {delivery.attempts} attempts, {len(delivery.history)} in its history"
    if kind is Kind.AWAY:
        return
    if heard.ids != {delivery.delivery_id} or heard.job_ids != {told.job.job_id}:
        yield f"it was told of {heard.job_ids} as {heard.ids}"
    if len(heard.bodies) != 1:
        yield f"it was sent {len(heard.bodies)} bodies"
    yield from heard.not_verified
