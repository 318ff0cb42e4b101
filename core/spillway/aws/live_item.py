"""A model's live figures as attributes of its item in the JobsTable, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spillway.live import Decision, LiveFigures, Measured, TasksSeen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.update import Record, Value


def figures(record: Mapping[str, Any]) -> LiveFigures:
    """The figures of an item's record; what was never noted is not there."""
    return LiveFigures(
        busy_ms=record.get("busyMs", 0),
        jobs=record.get("jobs", 0),
        woken_at_ms=record.get("wokenAt"),
        work_at_ms=record.get("workAt"),
        measured=_measured(record) if "usPerJob" in record else None,
        tasks=_tasks(record["tasks"]) if "tasks" in record else None,
        decisions=tuple(map(_decision, record.get("decisions", ()))),
    )


def measured_record(measured: Measured) -> Record:
    """What was measured, as attributes of the item."""
    return {
        "seenBusyMs": measured.busy_ms,
        "seenJobs": measured.jobs,
        "usPerJob": measured.us_per_job,
    }


def tasks_record(tasks: TasksSeen) -> Record:
    """The tasks, as one attribute of the item."""
    record: dict[str, Value] = {
        "running": tasks.running,
        "pending": tasks.pending,
        "desired": tasks.desired,
        "required": tasks.required,
        "at": tasks.at_ms,
    }
    if tasks.unfinished_since_ms is not None:
        record["unfinishedSince"] = tasks.unfinished_since_ms
    return record


def decision_record(decision: Decision) -> Record:
    """A decision, as one of the item's list."""
    return {
        "at": decision.at_ms,
        "before": decision.before,
        "after": decision.after,
        "reason": decision.reason,
    }


def _measured(record: Mapping[str, Any]) -> Measured:
    return Measured(
        busy_ms=record["seenBusyMs"], jobs=record["seenJobs"], us_per_job=record["usPerJob"]
    )


def _tasks(record: Mapping[str, Any]) -> TasksSeen:
    return TasksSeen(
        running=record["running"],
        pending=record["pending"],
        desired=record["desired"],
        required=record["required"],
        at_ms=record["at"],
        unfinished_since_ms=record.get("unfinishedSince"),
    )


def _decision(record: Mapping[str, Any]) -> Decision:
    return Decision(
        at_ms=record["at"],
        before=record["before"],
        after=record["after"],
        reason=record["reason"],
    )
