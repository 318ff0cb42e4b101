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

    __version__: str
else:

    def __getattr__(name: str) -> object:
        """Import the client when it is first asked for: Lambda's cold start does without."""
        if name == "__version__":
            return _version()
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module("spillway.client"), name)


def __dir__() -> list[str]:
    """Name what is imported only when it is asked for too."""
    return sorted({*globals(), *__all__, "__version__"})


def _version() -> str:
    """The version that is installed; raises AttributeError where the code lies uninstalled."""
    from importlib import metadata  # noqa: PLC0415

    try:
        return metadata.version("spillway")
    except metadata.PackageNotFoundError as error:
        raise AttributeError("spillway is not installed, so it has no __version__") from error


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
