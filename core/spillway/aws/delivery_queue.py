"""The queue of deliveries that are due, on SQS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.aws.faults import translated
from spillway.aws.tries import tries
from spillway.aws.wire.queue import (
    MOST_BYTES,
    check_all,
    check_batch,
    hiding,
    sending_batch,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import BatchResultErrorEntryTypeDef

type Messages = Sequence[tuple[str, str]]
"""Each a tenant and a body."""

_AT_ONCE = 10  # SQS's limit


class SqsDeliveryQueue:
    """A standard queue, whose messages are grouped by tenant: a tenant's flood delays itself."""

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self._sqs = sqs
        self._url = url

    def send(self, messages: Messages) -> None:
        for some in batches(messages):
            self._send_batch(some)

    def hide(self, receipt: str, *, for_s: int) -> None:
        with translated("SQS"):
            answer = self._sqs.change_message_visibility_batch(
                **hiding(self._url, [receipt], for_s=for_s)
            )
        check_batch(answer.get("Failed", []))

    def _send_batch(self, messages: Messages) -> None:
        failed: Sequence[BatchResultErrorEntryTypeDef] = ()
        for _ in tries():
            with translated("SQS"):
                answer = self._sqs.send_message_batch(**sending_batch(self._url, messages))
            failed = answer.get("Failed", [])
            if not failed:
                return
            messages = [messages[int(entry["Id"])] for entry in failed]
        check_all(failed)


def batches(messages: Messages) -> Iterator[Messages]:
    """The messages in order, as many at once as one call takes: ten, and 1 MiB in all."""
    batch: list[tuple[str, str]] = []
    size = 0
    for tenant, body in messages:
        length = len(body.encode())
        if batch and (len(batch) == _AT_ONCE or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((tenant, body))
        size += length
    if batch:
        yield batch
