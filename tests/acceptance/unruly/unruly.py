"""A model that does as it is told: the payload says whether to answer, to sleep or to fail."""

from __future__ import annotations

import time
from typing import Any


class Unruly:
    """Its payloads are `{"say": …}`, with `sleep_s` before it or `fail` in its place."""

    def predict(self, payloads: list[Any]) -> list[Any]:
        return [self._one(payload) for payload in payloads]

    def _one(self, payload: Any) -> Any:
        if not isinstance(payload, dict):
            return payload
        time.sleep(payload.get("sleep_s", 0))
        if "fail" in payload:
            raise RuntimeError(payload["fail"])
        return payload.get("say")
