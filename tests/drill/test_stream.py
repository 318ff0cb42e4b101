from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.drill.samples import SOUND_KEY
from tests.drill.stream import changes


def _record(partition: str, **images: Any) -> dict[str, Any]:
    keys = {"pk": {"S": partition}}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return {"dynamodb": {"Keys": keys, "ApproximateCreationDateTime": at, **images}}


def test_a_streams_records_are_the_jobs_changes() -> None:
    queued, over = ({"status": {"S": status}} for status in ("QUEUED", "SUCCEEDED"))
    partition = f"JOB#{SOUND_KEY.tenant}#{SOUND_KEY.job_id}"

    told = list(
        changes(
            [
                _record(partition, NewImage=queued),
                _record("FIGURES#default", NewImage=queued),
                _record(partition, OldImage=queued, NewImage=over),
                _record(partition, OldImage=over),
            ]
        )
    )

    assert [(each.key, each.before, each.ends) for each in told] == [
        (SOUND_KEY, None, False),
        (SOUND_KEY, {"status": "QUEUED"}, True),
    ]
