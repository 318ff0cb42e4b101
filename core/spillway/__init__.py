"""What Spillway's processes share: the rules about jobs, and the ports they reach the world by.

For callers there is `spillway.Client`, and beside it what it takes, gives and raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spillway.client import (
        RETRIES,
        ApiKey,
        Auth,
        BadRequest,
        Client,
        Conflict,
        Fault,
        Forbidden,
        Gone,
        Job,
        JobError,
        JobFailed,
        Limits,
        Model,
        NotFound,
        Rejected,
        SpillwayError,
        Status,
        Terms,
        Timeout,
        TooLarge,
        TooMany,
        Transport,
        Unauthorized,
        Unavailable,
        UnexpectedAnswer,
        Unfinished,
        Unprocessable,
        Unreachable,
        UnsupportedMedia,
        Uploaded,
    )
else:

    def __getattr__(name: str) -> object:
        """Import the client when it is first asked for: Lambda's cold start does without."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module("spillway.client"), name)


__all__ = [
    "RETRIES",
    "ApiKey",
    "Auth",
    "BadRequest",
    "Client",
    "Conflict",
    "Fault",
    "Forbidden",
    "Gone",
    "Job",
    "JobError",
    "JobFailed",
    "Limits",
    "Model",
    "NotFound",
    "Rejected",
    "SpillwayError",
    "Status",
    "Terms",
    "Timeout",
    "TooLarge",
    "TooMany",
    "Transport",
    "Unauthorized",
    "Unavailable",
    "UnexpectedAnswer",
    "Unfinished",
    "Unprocessable",
    "Unreachable",
    "UnsupportedMedia",
    "Uploaded",
]
