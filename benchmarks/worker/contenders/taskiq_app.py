"""The job as a taskiq task, on SQS by taskiq-aio-sqs or by taskiq-sqs, as BROKER says.

`taskiq worker benchmarks.worker.contenders.taskiq_app:broker`; run as a program it sends so many
jobs. Work that waits is awaited, as an asynchronous task would; other work is done on the loop,
where it costs least.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

from benchmarks.worker.work import WAIT_S, WORK

if TYPE_CHECKING:
    from taskiq import AsyncBroker  # type: ignore[import-not-found]

MODEL = WORK[os.environ["WORK"]]()
IS_WAITING = os.environ["WORK"] == "wait"
QUEUE = "jobs"
LONGEST_POLL_S = 10
AWS = {
    "endpoint_url": os.environ["AWS_ENDPOINT_URL"],
    "aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"],
    "aws_secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],
}


def _aio_sqs() -> AsyncBroker:
    from taskiq_aio_sqs import (  # type: ignore[import-not-found]  # noqa: PLC0415 - one of the two
        SQSBroker,
    )

    return SQSBroker(
        QUEUE,
        region_name=os.environ["AWS_REGION"],
        wait_time_seconds=LONGEST_POLL_S,
        max_number_of_messages=10,
        visibility_timeout=int(os.environ["LEASE_SECONDS"]),
        **AWS,
    )


def _sqs() -> AsyncBroker:
    """It leaves the visibility to the queue, whose own is 30 s."""
    from taskiq_sqs import (  # type: ignore[import-not-found]  # noqa: PLC0415 - one of the two
        SQSBroker,
    )

    queue = {
        "name": QUEUE,
        "max_number_of_messages": 10,
        "wait_time_seconds": LONGEST_POLL_S,
    }
    return SQSBroker(queue, aws_region_name=os.environ["AWS_REGION"], **AWS)


broker = {"taskiq-aio-sqs": _aio_sqs, "taskiq-sqs": _sqs}[os.environ["BROKER"]]()


@broker.task(task_name="predict")  # type: ignore[untyped-decorator]
async def predict(payload: dict[str, Any]) -> float:
    """One job."""
    if IS_WAITING:
        await asyncio.sleep(WAIT_S)
        return float(payload["n"])
    return MODEL.predict([payload])[0]


async def send(count: int) -> None:
    """Send so many jobs."""
    await broker.startup()
    for number in range(count):
        await predict.kiq({"n": number})
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(send(int(sys.argv[1])))
