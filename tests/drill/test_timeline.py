from __future__ import annotations

from typing import TYPE_CHECKING

from tests.drill.samples import SOUND_KEY, change
from tests.drill.timeline import timeline
from tests.drill.troublemaker import KILLED, Blow

if TYPE_CHECKING:
    from pathlib import Path

LINE = (
    '{"level": "INFO", "time": "1970-01-01T00:00:02.000Z", "message": "attempt began",'
    ' "jobId": "s", "attempt": 1}\n'
)


def test_a_job_is_told_by_its_changes_its_logs_and_what_befell_its_workers(tmp_path: Path) -> None:
    (tmp_path / "task-1.log").write_text(f'{LINE}no JSON, "s"\n')
    (tmp_path / "task-2.log").write_text('{"jobId": "another"}\n')
    running = {"status": "RUNNING", "attempts": 1, "failures": 0}
    blows = [Blow(3.0, KILLED, "task-1"), Blow(2.5, KILLED, "task-2")]

    told = list(timeline(SOUND_KEY, [change(SOUND_KEY, None, running)], blows, tmp_path))

    assert [line.split(maxsplit=2) for line in told] == [
        ["00:00:01.000", "jobs", "table                            RUNNING, attempt 1, 0 failed"],
        ["00:00:02.000", "task-1", "attempt began attempt 1"],
        ["00:00:03.000", "task-1", "KILL -9"],
    ]
