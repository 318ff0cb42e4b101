"""Each minute: what is due and nobody ends is ended here, so that each accepted job does end."""

from __future__ import annotations

import functools
import logging
import os
from typing import TYPE_CHECKING, Any

from spillway import log
from spillway.aws.assembly import now_ms
from spillway.aws.clients import client
from spillway.aws.store import DynamoStore
from spillway.errors import Unavailable
from spillway.reconciliation import reconcile
from spillway.settings import FunctionSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spillway.ports import JobStore

LOG = logging.getLogger("spillway.reconcile")

RESERVE_MS = 5_000
"""Left of the function's time when the last write begins: botocore may retry it."""


def handler(event: Mapping[str, Any], context: Any) -> Mapping[str, int]:  # noqa: ANN401, ARG001
    """AWS Lambda's entry; answers with what was done, by kind."""
    with log.context(requestId=context.aws_request_id):
        counts = reconcile(
            _store(),
            clock=now_ms,
            has_time=lambda: context.get_remaining_time_in_millis() > RESERVE_MS,
        )
        LOG.info("reconciled", extra=dict(counts))
        if counts.get("unavailable"):
            # The invocation must fail, or its alarm would never see that the table is away.
            raise Unavailable("dependency-unavailable", "DynamoDB did not answer")
        return counts


@functools.cache
def _store() -> JobStore:
    log.configure()
    settings = FunctionSettings.read(os.environ)
    return DynamoStore(client("dynamodb"), settings.jobs_table)
