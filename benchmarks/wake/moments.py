"""When what happened in one wake, and how the time splits. Nothing is measured here.

>>> moments = Moments(
...     created=0, answered=50, gated=30, invoked=45, begun=60, observed=90, set=100, seen=112,
...     started=110, loading=600, ready=1_600, completed=1_640,
... )
>>> parts(moments)["desiredCount ≥ 1, as ECS tells it"]
112
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Epoch milliseconds, all of one machine's clock.

    - `created`: the job's createdAt, when the enqueue function had read the request.
    - `gated`: wokenAt, when the job was stored and sent and the conditional write began.
    - `invoked`: the wake function's invocation was taken.
    - `answered`: the caller had the 202.
    - `begun`, `observed`, `set`: of the wake function.
    - `seen`: DescribeServices told a desired count of 1 or more.
    - `started`: ECS's stand-in started the task's process.
    - `loading`, `ready`: of the worker.
    - `completed`: the job's completedAt.
    """

    created: int
    gated: int
    invoked: int
    answered: int
    begun: int
    observed: int
    set: int
    seen: int
    started: int
    loading: int
    ready: int
    completed: int


def parts(at: Moments) -> Mapping[str, int]:
    """Milliseconds by part, in the order of time; the sums are their own rows."""
    return {
        "job stored and sent": at.gated - at.created,
        "conditional write, wake function invoked": at.invoked - at.gated,
        "wake function starts": at.begun - at.invoked,
        "registry read, queue, service and figures observed": at.observed - at.begun,
        "UpdateService": at.set - at.observed,
        "desiredCount ≥ 1, as the wake function set it": at.set - at.created,
        "desiredCount ≥ 1, as ECS tells it": at.seen - at.created,
        "task's process started": at.started - at.set,
        "interpreter and imports": at.loading - at.started,
        "model fetched, verified, loaded, probed": at.ready - at.loading,
        "first receive, prediction, result stored": at.completed - at.ready,
        "result, from createdAt": at.completed - at.created,
        "202 at the caller, from createdAt": at.answered - at.created,
    }
