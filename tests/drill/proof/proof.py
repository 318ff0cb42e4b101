"""The drill's model: its answers prove what they were made from, its payloads say what they do."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spillway.errors import InvalidPayload

if TYPE_CHECKING:
    from collections.abc import Mapping

PADDING = "x" * 9_000
"""Makes a result too large to lie inline."""


def answer_to(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The right result: nobody could give it who has another payload in hand."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    answer = {
        "tenant": payload["tenant"],
        "number": payload["number"],
        "proof": hashlib.sha256(text.encode()).hexdigest(),
    }
    return answer | {"padding": PADDING} if payload["kind"] == "large" else answer


class Proof:
    """Fails as its payloads say; what only breaks it does so until the file `mended` is there."""

    def load(self, path: Path, options: Mapping[str, Any]) -> None:  # noqa: ARG002 - the runtime's
        self._mended = Path(options["mended"])

    def predict(self, payloads: list[Any]) -> list[Any]:
        """One that raises takes its whole batch with it, one that exits the whole worker."""
        return [self._one(payload) for payload in payloads]

    def _one(self, payload: Mapping[str, Any]) -> Any:
        match payload["kind"]:
            case "tedious":
                time.sleep(payload["seconds"])
            case "invalid":
                return InvalidPayload("not for this model")
            case "raises":
                raise RuntimeError("poison")
            case "breaks" if not self._mended.exists():
                raise RuntimeError("not mended yet")
            case "exits" if not self._mended.exists():
                os._exit(70)
        return answer_to(payload)
