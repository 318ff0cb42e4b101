"""A model's queue on SQS, from the reading end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spillway.aws.wire.queue import (
    burying,
    check_batch,
    deleting,
    hiding,
    queue_calls,
    received,
    receiving,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.aws.aio.clients import JsonClient
    from spillway.ports import Received


class SqsQueue:
    """One model's queue and its DLQ."""

    def __init__(self, sqs: JsonClient, url: str, dead_letter_url: str) -> None:
        self._sqs = sqs
        self._url = url
        self._dead_letter_url = dead_letter_url

    async def receive(self, *, limit: int, wait_s: int, lease_s: int) -> Sequence[Received]:
        request = receiving(self._url, limit=limit, wait_s=wait_s, lease_s=lease_s)
        with queue_calls():
            answer = await self._sqs.receive_message(**request)
        return received(answer.get("Messages", []))

    async def delete(self, receipts: Sequence[str]) -> None:
        if not receipts:
            return
        with queue_calls():
            answer = await self._sqs.delete_message_batch(**deleting(self._url, receipts))
        check_batch(answer.get("Failed", []))

    async def hide(self, receipts: Sequence[str], *, for_s: int) -> None:
        if not receipts:
            return
        request = hiding(self._url, receipts, for_s=for_s)
        with queue_calls():
            answer = await self._sqs.change_message_visibility_batch(**request)
        check_batch(answer.get("Failed", []))

    async def bury(self, body: str, *, group: str, reason: str) -> None:
        request = burying(self._dead_letter_url, body, group=group, reason=reason)
        with queue_calls():
            await self._sqs.send_message(**request)
