"""What docs/sam-local.md says of each event: the answer that it gets from the running system."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "sam-local.md"
ROW = re.compile(r"^\| `(events/\S+\.json)` \|.*\| `(.+?)`[^|]*\|$", re.MULTILINE)

ANSWERS = dict(ROW.findall(PAGE.read_text(encoding="utf-8")))
"""The status, or what is returned where there is none, by the event's path; in the page's order."""
