"""A JSON value in one short line, for people."""

from __future__ import annotations

import json
from typing import Any

SHOWN_NUMBERS = 4
LONGEST = 400


def excerpt(value: object) -> str:
    """Return the value as JSON, its long lists and the line itself cut."""
    return json.dumps(_cut(value), ensure_ascii=False)[:LONGEST]


def _cut(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _cut(item) for name, item in value.items()}
    if isinstance(value, list) and len(value) > SHOWN_NUMBERS:
        return [*(_cut(item) for item in value[:SHOWN_NUMBERS]), f"… {len(value)} in all"]
    return value
