"""The destinations on AWS: each takes a delivery and its text, or raises `Undelivered`."""
