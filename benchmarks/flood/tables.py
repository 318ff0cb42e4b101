"""The tables of docs/floods.md; `python -m benchmarks.flood.tables docs/floods.md` renews them.

Each stands there between `<!-- table: name -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.flood import limits, writes
from benchmarks.flood.arithmetic import (
    HOURS_PER_MONTH,
    Flood,
    Start,
    admitted,
    all_admitted_after_s,
    chance_that_keys_fit,
    environments_at_once,
    ready_for,
    turned_away,
    usd_provisioned,
    usd_snapshot,
    usd_warm,
)
from benchmarks.flood.limits import Throttle
from spillway.job import DUE_SHARDS, TENANT_SHARDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

FLOOD = Flood(requests=50_000, within_s=10)
WARM_S = 0.03
"""One request: a put and a send, each an answer from within the region."""
DRAINS = (0, 500, 1_000, 2_000)
WARM_WRITES = (4_000, 10_000, 20_000, 40_000)
_BLOCK = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def gateway() -> str:
    """Who lets how much of the flood through."""
    throttles = {
        "TenantThrottleRate and -Burst as they are": Throttle(1_000, 2_000),
        "an account in a smaller region": limits.GATEWAY_SMALL_REGION,
        "ThrottleRate and -Burst as they are": Throttle(5_000, 5_000),
        "an account in a large region": limits.GATEWAY,
    }
    return _markdown(
        [
            "limit",
            "a second",
            "burst",
            "accepted in 10 s",
            "429",
            "all accepted, by clients that retry",
        ],
        (
            [
                name,
                _number(throttle.rate),
                _number(throttle.burst),
                _number(through := admitted(FLOOD, throttle)),
                _number(FLOOD.requests - through),
                f"after {all_admitted_after_s(FLOOD, throttle):.0f} s",
            ]
            for name, throttle in throttles.items()
        ),
    )


def cold() -> str:
    """What the flood meets where no environment has started."""
    new = limits.ENVIRONMENTS_PER_10_S
    starts = [Start(cold_s, WARM_S) for cold_s in (0.1, 0.15, 0.25, 0.5, 1.0)]
    return _markdown(
        [
            "from start to ready",
            "environments at once",
            "turned away",
            "EnqueueProvisionedConcurrency for none",
        ],
        (
            [
                f"{start.cold_s * 1000:.0f} ms",
                _number(environments_at_once(FLOOD.rate, start)),
                _number(turned_away(FLOOD.rate, start, ready=0, new=new)),
                _number(ready_for(FLOOD.rate, start, new=new)),
            ]
            for start in starts
        ),
    )


def job() -> str:
    """What one job writes."""
    sizes = {"100 B in, 100 B out": (100, 100), "100 B in, 4.5 KB out": (100, 4_500),
             "8 KiB in, 4.5 KB out": (8_192, 4_500)}  # fmt: skip
    lives = [
        writes.of_a_job(payload_bytes=payload, result_bytes=result)
        for payload, result in sizes.values()
    ]
    return _markdown(
        ["write", *(f"table, {size}" for size in sizes), *writes.INDEXES],
        (
            [steps[0].name, *(step.table for step in steps), *steps[0].indexes.values()]
            for steps in zip(*lives, strict=True)
        ),
    )


def keys() -> str:
    """What the flood writes under one key of each index, and at most could."""
    by_due = _per_job("byDue")
    accept, drain = by_due["put"], by_due["claim"] + by_due["finish"]
    return _markdown(
        [
            "jobs that end a second",
            "byTenant, each of one tenant's keys",
            "byDue, each key",
            "of its most",
        ],
        (
            [
                _number(ended),
                _number(FLOOD.rate / TENANT_SHARDS),
                _number(rate := (accept * FLOOD.rate + drain * ended) / DUE_SHARDS),
                f"{rate / limits.PARTITION_WRITES:.0%}",
            ]
            for ended in DRAINS
        ),
    )


def partitions() -> str:
    """How likely the keys of an index lie so that no partition throttles."""
    by_due = _per_job("byDue")
    drain = by_due["claim"] + by_due["finish"]
    rate_with_ends = FLOOD.rate + drain * 1_000
    loads = [("byTenant, 1,000 a second of one tenant", TENANT_SHARDS, 1_000.0),
             ("byTenant, 5,000 a second of one tenant", TENANT_SHARDS, FLOOD.rate),
             ("byDue, 5,000 a second and none ends", DUE_SHARDS, FLOOD.rate),
             ("byDue, 5,000 a second and 1,000 end", DUE_SHARDS, rate_with_ends)]  # fmt: skip
    return _markdown(
        ["index and load", *(f"{_number(warm)} warm" for warm in WARM_WRITES)],
        (
            [
                name,
                *(
                    f"{chance_that_keys_fit(shards, rate / shards, warm):.0%}"
                    for warm in WARM_WRITES
                ),
            ]
            for name, shards, rate in loads
        ),
    )


def drain() -> str:
    """How long the flood takes to be worked off."""
    return _markdown(
        ["jobs a second that one task ends", *(f"{tasks} tasks" for tasks in (1, 10, 50, 200))],
        (
            [rate, *(_time(FLOOD.requests / (tasks * rate)) for tasks in (1, 10, 50, 200))]
            for rate in (1, 5, 45, 200)
        ),
    )


def price() -> str:
    """What readiness costs."""
    rows: list[tuple[str, str, str]] = [
        (f"EnqueueProvisionedConcurrency={ready}, EnqueueMemoryMiB={memory}", unit,
         f"{usd_provisioned(ready, memory, hours):,.2f}")
        for ready, memory in ((100, 512), (500, 1_024))
        for unit, hours in (("a month", HOURS_PER_MONTH), ("two hours", 2))
    ]  # fmt: skip
    snapshot = usd_snapshot(1_024, HOURS_PER_MONTH, restored=1_000)
    rows.append(
        ("EnqueueSnapStart=true, 1,000 environments a month", "a month", f"{snapshot:,.2f}")
    )
    rows += [
        (f"JobsTableWarmWrites={warm}", "once", f"{usd_warm(warm, tables_and_indexes=3):,.2f}")
        for warm in WARM_WRITES[1:]
    ]
    return _markdown(["parameter", "for", "US dollars"], rows)


TABLES: dict[str, Callable[[], str]] = {
    table.__name__: table for table in (gateway, cold, job, keys, partitions, drain, price)
}


def written(document: str) -> str:
    """The document with each of its tables as it is now."""
    return _BLOCK.sub(lambda block: f"{block[1]}{TABLES[block[2]]()}{block[4]}", document)


def _per_job(index: str) -> dict[str, int]:
    steps = writes.of_a_job(payload_bytes=100, result_bytes=100)
    return {step.name: step.indexes[index] for step in steps}


def _markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.1f} h"


if __name__ == "__main__":
    if sys.argv[1:]:
        path = Path(sys.argv[1])
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        sys.stdout.write("\n".join(f"{name}\n{table()}" for name, table in TABLES.items()))
