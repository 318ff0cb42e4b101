"""What a month of the scaler costs and which limits its ticks meet. Nothing here is measured.

Prices are those of us-east-1, on demand, without a free tier, up to 2026-11:

- https://aws.amazon.com/lambda/pricing/
- https://aws.amazon.com/sqs/pricing/
- https://aws.amazon.com/dynamodb/pricing/on-demand/
- https://aws.amazon.com/cloudwatch/pricing/ (custom metrics are charged by the hour that has any)
- https://aws.amazon.com/eventbridge/pricing/
- https://aws.amazon.com/xray/pricing/

>>> round(usd_month(models=1, hours=0, mib=256)["all"], 2)
1.04
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from spillway.ports import SERVICES_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Mapping

LAMBDA_VCPU_MIB = 1_769
"""So much memory has one processor:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
HOURS, MINUTES_AN_HOUR, TICKS_A_MINUTE = 730, 60, 6
AWAKE_S = 52
"""How long an invocation takes whose last tick is at 50 s."""
LOOK_S, LOOK_A_MODEL_S = 0.25, 0.006
"""One that looks once, as `make bench-scaler` has the registry and a tick: 0.05 + 0.25 s for 10
models with 256 MiB, 0.74 + 1.19 s for 300 and 1.43 + 1.89 s for 500 with 1024 MiB."""
METRICS_A_MODEL = 10
METRICS_A_CALL = 1_000
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"""
DESCRIBES_A_SECOND, DESCRIBES_AT_ONCE = 20, 100
"""DescribeServices and what else reads services, an account in a region:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html"""

USD_GIB_S = 0.0000166667
USD_SQS_CALL = 0.40e-6
USD_READ, USD_WRITE = 0.125e-6, 0.625e-6
USD_METRIC_MONTH = 0.30
USD_PUT = 0.01e-3
USD_CALL, USD_SCHEDULE = 0.20e-6, 1e-6
USD_TRACE = 5e-6
"""Of runs a minute apart each is traced: Lambda takes one a second, and a twentieth of the others:
https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"""
USD_ALARM, USD_ALARM_10_S = 0.10, 0.30
SCALING_ALARMS = 4
"""TaskSurplus, WakingFailed, NoProgress and AtMax; TaskShortfall is the one of 10 s."""


def look_s(models: int) -> float:
    """How long an invocation takes that looks once and finds no model active."""
    return LOOK_S + LOOK_A_MODEL_S * models


def usd_month(*, models: int, hours: float, mib: int, is_warm: bool = False) -> Mapping[str, float]:
    """US dollars by part, where all models are at work for so many hours.

    Else they sleep, or are at rest where `is_warm`: with `MinTasks` tasks, which are told of.
    """
    minutes, awake = HOURS * MINUTES_AN_HOUR, hours * MINUTES_AN_HOUR
    ticks = minutes - awake + awake * TICKS_A_MINUTE
    told_ticks = ticks if is_warm else awake * TICKS_A_MINUTE
    told_hours = HOURS if is_warm else hours
    seconds = awake * AWAKE_S + (minutes - awake) * look_s(models)
    puts = told_ticks * math.ceil(models * METRICS_A_MODEL / METRICS_A_CALL)
    metrics = models * METRICS_A_MODEL * USD_METRIC_MONTH * told_hours / HOURS
    runs = minutes * (USD_CALL + USD_SCHEDULE + USD_TRACE)
    cost = {
        "Lambda": seconds * mib / 1_024 * USD_GIB_S + runs,
        "SQS": ticks * models * USD_SQS_CALL,
        # An item below 4 KiB, read eventually consistent, is half a unit; a note is one.
        "DynamoDB": ticks * models * USD_READ / 2 + told_ticks * models * USD_WRITE,
        "metrics": metrics + puts * USD_PUT,
        "alarms": models * (USD_ALARM_10_S + SCALING_ALARMS * USD_ALARM),
    }
    return {**cost, "all": sum(cost.values())}


def most_models(tick_s: float = 10.0) -> int:
    """How many models DescribeServices lets be observed in each tick, for good."""
    return int(DESCRIBES_A_SECOND * tick_s * SERVICES_AT_ONCE)
