"""The synthetic model's class: `{"row": 7}` gives that row's nearest among the first rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spillway.errors import InvalidPayload
from worker.runtimes import tensors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_CANDIDATES = 4096


class Lookup:
    """One table of float32 rows, used where it lies."""

    def load(self, path: Path, options: Mapping[str, Any]) -> None:
        """Map the table."""
        del options
        self._table = tensors.mapped(path / "model.safetensors")["table"]

    def predict(self, payloads: Sequence[Any]) -> list[Any]:
        """Answer all valid rows with one matrix product."""
        rows = [self._row(payload) for payload in payloads]
        valid = [row for row in rows if isinstance(row, int)]
        scores = self._table[valid] @ self._table[:_CANDIDATES].T
        found = iter(zip(np.argmax(scores, axis=1), np.max(scores, axis=1), strict=True))
        return [_result(row, *next(found)) if isinstance(row, int) else row for row in rows]

    def _row(self, payload: Any) -> int | InvalidPayload:  # noqa: ANN401 - any JSON
        row = payload.get("row") if isinstance(payload, dict) else None
        if not isinstance(row, int) or not 0 <= row < len(self._table):
            return InvalidPayload(f"row: expected a whole number below {len(self._table)}")
        return row


def _result(row: int, nearest: np.int64, score: np.float32) -> dict[str, Any]:
    return {"row": row, "nearest": int(nearest), "score": round(float(score), 6)}
