"""What a wake saw and decided, kept for those who ask for the models."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spillway.live import Decision, TasksSeen
    from spillway.ports import Figures

LOG = logging.getLogger("spillway.scaling")


def record(figures: Figures, model: str, decision: Decision) -> None:
    """Keep a decision. Never raises: tasks count for more than what is told of them."""
    try:
        figures.decided(model, decision)
    except Exception:
        LOG.exception("decision not recorded", extra={"model": model})


def note(figures: Figures, model: str, tasks: TasksSeen) -> None:
    """Keep the tasks as they are now. Never raises, as above."""
    try:
        figures.note(model, tasks=tasks)
    except Exception:
        LOG.exception("tasks not noted", extra={"model": model})
