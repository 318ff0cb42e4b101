"""The job as a dramatiq actor on SQS.

`dramatiq benchmarks.worker.contenders.dramatiq_app`; run as a program it sends so many jobs.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import dramatiq  # type: ignore[import-not-found]
from dramatiq_sqs import SQSBroker  # type: ignore[import-not-found]

from benchmarks.worker.work import WORK

MODEL = WORK[os.environ["WORK"]]()

dramatiq.set_broker(SQSBroker(visibility_timeout=int(os.environ["LEASE_SECONDS"])))


@dramatiq.actor(queue_name="jobs")  # type: ignore[untyped-decorator]
def predict(payload: dict[str, Any]) -> None:
    """One job."""
    MODEL.predict([payload])


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        predict.send({"n": number})
