"""Metrics that AWS services publish, each with the sets of dimensions it comes in. Only what is
used here: a name that is not in this table is either wrong or to be looked up and added.
"""

from __future__ import annotations

from scaling.capacity import Limits, Observation, capacity

_FUNCTION = [{"FunctionName"}]
_STAGE = [{"ApiName", "Stage"}]
_QUEUE = [{"QueueName"}]
_TABLE = [{"TableName"}]
_TABLE_OR_INDEX = [{"TableName"}, {"TableName", "GlobalSecondaryIndexName"}]
_SERVICE = [{"ClusterName", "ServiceName"}]
_MODEL = [{"Stack", "Model"}]
_SEEN = Observation(visible=0, in_flight=0, delayed=0, running=0, pending=0, desired=0)
_LIMITS = Limits(min_tasks=0, max_tasks=1, slots=1, target_latency_s=1, startup_s=1, idle_s=1)

METRICS: dict[str, dict[str, list[set[str]]]] = {
    "AWS/ApiGateway": dict.fromkeys(("Count", "4XXError", "5XXError", "Latency"), _STAGE),
    "AWS/Lambda": dict.fromkeys(
        (
            "Invocations",
            "Errors",
            "Throttles",
            "Duration",
            "ConcurrentExecutions",
            "IteratorAge",  # of a function that reads a stream
        ),
        _FUNCTION,
    ),
    "AWS/SQS": dict.fromkeys(
        (
            "ApproximateNumberOfMessagesVisible",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateAgeOfOldestMessage",
            "NumberOfMessagesSent",
            "NumberOfMessagesDeleted",
        ),
        _QUEUE,
    ),
    "AWS/DynamoDB": {
        "ConsumedWriteCapacityUnits": _TABLE_OR_INDEX,
        "WriteThrottleEvents": _TABLE_OR_INDEX,
        "ReadThrottleEvents": _TABLE_OR_INDEX,
    },
    "AWS/ECS": dict.fromkeys(("CPUUtilization", "MemoryUtilization"), _SERVICE),
    # Our own: what the scaler puts.
    "Spillway": dict.fromkeys(
        (*capacity(_SEEN, _LIMITS).metrics(), "RunningTasks", "DesiredTasks"), _MODEL
    ),
}

# The dimension, and the type of the resource that its value names.
NAMES: dict[str, str] = {
    "FunctionName": "AWS::Lambda::Function",
    "QueueName": "AWS::SQS::Queue",
    "TableName": "AWS::DynamoDB::Table",
    "ClusterName": "AWS::ECS::Cluster",
}


def exists(namespace: str, metric: str, dimensions: set[str]) -> bool:
    """Tell whether a service publishes this metric with just these dimensions."""
    return dimensions in METRICS.get(namespace, {}).get(metric, [])
