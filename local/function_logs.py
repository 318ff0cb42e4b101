"""What the functions wrote, from the emulated CloudWatch into files that outlive the run."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from pathlib import Path


def save(logs: Any, prefix: str, folder: Path) -> Path:  # noqa: ANN401 - a boto3 client
    """Write `<group>.log` for each log group under `prefix` and return their folder.

    What can't be read is left out: this is called when something else has gone wrong already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(ClientError, BotoCoreError):
        for group in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]:
            name = group["logGroupName"]
            lines = [event["message"].rstrip() for event in _events(logs, name)]
            file = folder / f"{name.removeprefix(prefix).replace('/', '-')}.log"
            file.write_text("\n".join([*lines, ""]) if lines else "")
    return folder


def _events(logs: Any, group: str) -> list[dict[str, Any]]:  # noqa: ANN401
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    events = [
        event
        for stream in streams
        for event in logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])[
            "events"
        ]
    ]
    return sorted(events, key=lambda event: event["timestamp"])
