"""A model that does as it is told: the payload says whether to answer, to sleep or to fail."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any


class Unruly:
    """Its payloads are `{"say": …}`, with `sleep_s` before it or `fail` in its place.

    With `needs` it fails until that file is there: until somebody mends the cause. With `awaits`
    it works until that file is there.
    """

    def predict(self, payloads: list[Any]) -> list[Any]:
        return [self._one(payload) for payload in payloads]

    def _one(self, payload: Any) -> Any:
        if not isinstance(payload, dict):
            return payload
        time.sleep(payload.get("sleep_s", 0))
        while "awaits" in payload and not Path(payload["awaits"]).exists():
            time.sleep(0.1)
        if "needs" in payload and not Path(payload["needs"]).exists():
            raise RuntimeError("what it needs is not there")
        if "fail" in payload:
            raise RuntimeError(payload["fail"])
        return payload.get("say")
