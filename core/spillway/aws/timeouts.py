"""How long AWS may take to answer."""

CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = {
    "cloudwatch": 4,
    "dynamodb": 4,
    "ecs": 4,
    "events": 4,
    "lambda": 1,
    "s3": 10,
    "sns": 4,
    "sqs": 4,
    "ssm": 4,
}
"""How long a connection may be silent, so that an attempt or two more fit into the 29 s that API
Gateway waits, and into the third of a lease that a heartbeat may take. Lambda only wakes models,
which is soon tried again: a caller is not kept waiting for that."""
ATTEMPTS = 4
WAKE_ATTEMPTS = 2
