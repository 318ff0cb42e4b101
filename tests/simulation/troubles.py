"""What may go wrong in a run."""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """Each may be on or off in a run. The first eight befall single calls."""

    SLOW = "slow"
    """A call takes seconds."""
    REFUSED = "refused"
    """A throttle or a 5xx: the call has no effect."""
    LOST_ACK = "lost-ack"
    """The call has its effect, its answer is an error."""
    DOUBLED = "doubled"
    """A call whose first answer was lost is sent again by the client, and has its effect twice."""
    LATE = "late"
    """The call's answer is an error, and its effect comes many seconds after."""
    PARTIAL = "partial"
    """Some entries of a batch fail."""
    CRASH_BEFORE = "crash-before"
    """The worker's process dies where it would have made the call."""
    CRASH_AFTER = "crash-after"
    """It dies when the call is on its way."""

    CRASH = "crash"
    """A worker's process dies at any step of any of its tasks."""
    FREEZE = "freeze"
    """A worker stands still, its leases and visibility run out, and it goes on where it was."""
    STOP = "stop"
    """A worker is told to stop, as by a scale-in or by Spot."""
    SKEW = "skew"
    """Clocks differ."""
    DUPLICATE = "duplicate"
    """The queue delivers a message that is in flight, or the caller sends its request twice."""
    REORDER = "reorder"
    """The queue gives its messages in any order."""
    STALE = "stale"
    """The reconciler reads what was a second ago."""
    CANCEL = "cancel"
    """A caller cancels, be the job running or over."""
    POISON = "poison"
    """Payloads that raise, hang, take too long or end the process."""
    GARBAGE = "garbage"
    """Messages that are not ours."""
    REDRIVE = "redrive"
    """An operator moves the DLQ back into the queue."""


OF_CALLS = (
    Trouble.CRASH_BEFORE,
    Trouble.CRASH_AFTER,
    Trouble.REFUSED,
    Trouble.LOST_ACK,
    Trouble.DOUBLED,
    Trouble.LATE,
    Trouble.PARTIAL,
    Trouble.SLOW,
)
"""In this order: of those that would befall one call, the first does."""
