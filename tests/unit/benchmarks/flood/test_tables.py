from __future__ import annotations

import re
from pathlib import Path

from benchmarks.flood import tables

DOCUMENT = Path(__file__).parents[4] / "docs" / "floods.md"


def test_the_page_has_each_table_as_it_is_now() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")

    assert set(re.findall(r"<!-- table: (\w+) -->", text)) == tables.TABLES.keys()
    assert text == tables.written(text), (
        "`python -m benchmarks.flood.tables docs/floods.md` renews it"
    )


def test_a_row_has_a_cell_for_each_head() -> None:
    for table in tables.TABLES.values():
        head, rule, *rows = table().splitlines()
        assert rows
        assert {line.count("|") for line in (rule, *rows)} == {head.count("|")}
