"""What a start took, by its parts: what a sleeping model's first caller waits for.

`image` is the pull of the task's images, `start` what follows until this program runs, `fetch`
until the model's last byte has come, `verify` what checking it took beyond that, `load` the
runtime's work and `probe` its first answer. The first two are ECS's to tell; nobody else does.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from spillway.aws.assembly import now_ms
from spillway.aws.clients import client
from spillway.aws.metrics import CloudWatchMetrics
from spillway.errors import Unavailable
from spillway.ports import Datum

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spillway.ports import Clock, Metrics

_LOG = logging.getLogger(__name__)

_TIMEOUT_S = 1
"""ECS's agent on the same host. A start waits for it no longer than that."""


def pulled_ms(metadata_uri: str, *, began_ms: int) -> dict[str, int]:
    """How long the images took, and then this program, which began at `began_ms`; empty if unknown.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate-response.html
    """
    if not metadata_uri:
        return {}
    try:
        answer = urllib3.request(
            "GET", f"{metadata_uri}/task", timeout=_TIMEOUT_S, retries=False, redirect=False
        )
        pull, pulled = (_ms(answer.json(), name) for name in ("PullStartedAt", "PullStoppedAt"))
    except (urllib3.exceptions.HTTPError, ValueError, TypeError, KeyError) as error:
        _LOG.warning("ECS does not say when the image came", extra={"why": str(error)})
        return {}
    return {"image": pulled - pull, "start": max(0, began_ms - pulled)}


def _ms(task: Mapping[str, Any], name: str) -> int:
    return round(datetime.fromisoformat(task[name]).timestamp() * 1000)


def report(stack: str, model: str, parts_ms: Mapping[str, int]) -> None:
    """Put what a start took as metrics, beside the first jobs; without a stack, do nothing."""
    if stack:
        metrics = partial(_on_aws, stack)
        Thread(target=tell, args=(metrics, model, parts_ms, now_ms), daemon=True).start()


def tell(
    connect: Callable[[], Metrics], model: str, parts_ms: Mapping[str, int], clock: Clock
) -> None:
    """Put each part and their sum; a start that can't be told of is one all the same."""
    seconds = {"": sum(parts_ms.values())} | dict(parts_ms)
    data = [
        Datum(model, f"Startup{part.capitalize()}", ms / 1000, "Seconds")
        for part, ms in seconds.items()
    ]
    try:
        connect().put(data, at_ms=clock())
    except (Unavailable, BotoCoreError, ClientError) as error:
        _LOG.warning("the start is not in the metrics", extra={"why": str(error)})


def _on_aws(stack: str) -> Metrics:
    return CloudWatchMetrics(client("cloudwatch"), stack)
