"""What a deploy of the core decides by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.core import HOT_PATH, afterwards, release
from deploy.stacks import Stack

if TYPE_CHECKING:
    from pathlib import Path


def _stack(least: str) -> Stack:
    return Stack("mine", "arn:mine", "UPDATE_COMPLETE", {"ModelMinTasks": least})


@pytest.mark.parametrize(
    ("count", "before", "after", "wanted"),
    [
        (None, None, "2", 2),  # a first deploy: the least number
        (4, "0", "0", 4),  # an update sets the count to the least: it comes back
        (0, "0", "2", 2),  # the operator wants more
        (4, "3", "1", 1),  # the operator wants fewer
        (None, "0", "0", 0),  # the stack was there, the service not
    ],
)
def test_a_deploy_leaves_the_count_that_stood_unless_the_least_was_changed(
    count: int | None, before: str | None, after: str, wanted: int
) -> None:
    old = None if before is None else _stack(before)

    assert afterwards(count, old, _stack(after), "ModelMinTasks") == wanted


def test_a_release_is_named_by_the_code_of_the_function_that_stands_ready(tmp_path: Path) -> None:
    code = tmp_path / HOT_PATH
    code.parent.mkdir()
    code.write_text("one")
    one = release(tmp_path)

    code.write_text("two")

    assert release(tmp_path) != one
    code.write_text("one")
    assert release(tmp_path) == one
