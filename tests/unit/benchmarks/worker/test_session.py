from __future__ import annotations

import dataclasses

import pytest

from benchmarks.worker.session import Sample, figures
from benchmarks.worker.standin import Counts

BEFORE = Counts(
    at_s=10,
    calls={"ReceiveMessage": 5},
    received=50,
    redelivered=0,
    deleted=40,
    stale_deletes=0,
    refused=0,
    objects=0,
)
AFTER = dataclasses.replace(
    BEFORE,
    at_s=12,
    calls={"ReceiveMessage": 25, "DeleteMessageBatch": 20},
    received=250,
    redelivered=3,
    deleted=240,
)


def test_figures_are_of_what_lies_between_the_samples() -> None:
    told = figures(Sample(BEFORE, cpu_s=1.0), Sample(AFTER, cpu_s=1.5), rss_mb=64)

    assert told.jobs_per_s == 100
    assert told.cpu_ms_per_job == 2.5
    assert told.calls_per_job == 0.2
    assert told.redelivered == 3


def test_a_worker_that_did_nothing_has_no_figures() -> None:
    with pytest.raises(SystemExit, match="nothing was deleted any more"):
        figures(Sample(BEFORE, cpu_s=1.0), Sample(BEFORE, cpu_s=1.5), rss_mb=64)
