"""Decisions, kept for those who ask for the models."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spillway.ports import Decision, Figures

LOG = logging.getLogger("spillway.scaling")


def record(figures: Figures, model: str, decision: Decision) -> None:
    """Keep a decision. Never raises: tasks count for more than what is told of them."""
    try:
        figures.decided(model, decision)
    except Exception:
        LOG.exception("decision not recorded", extra={"model": model})
