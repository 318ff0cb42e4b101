"""AWS's own numbers that a flood meets, read in 2026-11; those of an account can be raised.

Prices are those of us-east-1, x86, in US dollars, without the free tier.
"""

from __future__ import annotations

from typing import NamedTuple


class Throttle(NamedTuple):
    """A token bucket: `rate` tokens a second flow into it, it holds `burst` of them."""

    rate: int
    burst: int


GATEWAY = Throttle(10_000, 5_000)
GATEWAY_SMALL_REGION = Throttle(2_500, 1_250)
"""All APIs of an account in a region.
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""

ENVIRONMENTS_PER_10_S = 1_000
"""How many a function may start in ten seconds, whatever the account may run.
https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html"""
CONCURRENCY = 1_000
"""All functions of an account in a region, at first; a new account may have fewer.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
REQUESTS_PER_ENVIRONMENT = 10
"""A second, however short a request is.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html#concurrency-vs-requests-per-second"""

TABLE_WRITES = 4_000
"""Write units a second that a new table on demand, and each of its indexes, takes at once.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html"""
PARTITION_WRITES = 1_000
"""Write units a second, at most, of one partition, and so of all keys that lie in it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"""
TABLE_WRITES_QUOTA = 40_000
"""Write units a second of one table on demand.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""
WRITE_UNIT_BYTES = 1_024
PREFIX_PUTS = 3_500
"""A second, for one partitioned prefix of a bucket.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html"""

USD_PROVISIONED_GIB_S = 0.0000041667
USD_SNAPSHOT_GIB_S = 0.0000015046
USD_RESTORED_GIB = 0.0001397998
"""https://aws.amazon.com/lambda/pricing/"""
USD_WARM_WRITE = 0.00065
"""Once, for each write unit a second above what a table has: an hour of a provisioned one.
https://aws.amazon.com/dynamodb/pricing/on-demand/"""
