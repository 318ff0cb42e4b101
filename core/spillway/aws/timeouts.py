"""How long AWS may take to answer."""

CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = {"dynamodb": 4, "s3": 10, "sqs": 4, "ssm": 4}
"""How long a connection may be silent, so that an attempt or two more fit into the 29 s that API
Gateway waits, and into the third of a lease that a heartbeat may take."""
POLL_TIMEOUT_S = 25
"""SQS's longest poll takes 20 s."""
ATTEMPTS = 4
