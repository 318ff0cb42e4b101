"""Clients for the hot path, which every first caller waits for: as botocore's, without botocore.

They take the calls and raise the errors of botocore's clients, so one adapter works over either.
docs/decisions/0008 has what that is worth.
"""

from spillway.aws.light.clients import client

__all__ = ["client"]
