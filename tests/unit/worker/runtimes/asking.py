"""Asking a model as the worker does, with its answers read back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from worker.runtimes import answers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.runtimes import Model


def ask(model: Model, payloads: Sequence[Any]) -> list[Any]:
    """The answers as values; an error stays what it is."""
    said = answers.ask(model, payloads)
    return [json.loads(answer) if isinstance(answer, str) else answer for answer in said]
