"""The job as a Celery task on SQS, acknowledged when it is done.

`celery -A benchmarks.worker.contenders.celery_app worker`; run as a program it sends so many jobs.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery  # type: ignore[import-not-found]

from benchmarks.worker.work import WORK

MODEL = WORK[os.environ["WORK"]]()

app = Celery("bench", broker="sqs://")
app.conf.update(
    broker_transport_options={
        "region": os.environ["AWS_REGION"],
        "is_secure": False,
        "predefined_queues": {"jobs": {"url": os.environ["QUEUE_URL"]}},
        "visibility_timeout": int(os.environ["LEASE_SECONDS"]),
        "wait_time_seconds": 10,
    },
    task_default_queue="jobs",
    task_acks_late=True,
    task_ignore_result=True,
    # Ten a receive where jobs are short; where they wait, no more than its guide's four for each.
    worker_prefetch_multiplier=4 if os.environ["WORK"] == "wait" else 10,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
)


@app.task(name="predict")  # type: ignore[untyped-decorator]
def predict(payload: dict[str, Any]) -> float:
    """One job."""
    return MODEL.predict([payload])[0]


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        predict.delay({"n": number})
