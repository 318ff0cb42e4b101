"""Exit codes, stable for scripts, and which of them an error ends the command with."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import TYPE_CHECKING

from click.exceptions import Abort

from spillway.client import JobFailed, UnexpectedAnswer, Unfinished, Unreachable
from spillway.errors import (
    Forbidden,
    Gone,
    NotFound,
    Rejected,
    SpillwayError,
    TooMany,
    Unauthorized,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

type Exits = Mapping[type[Exception], Exit]


class Exit(IntEnum):
    """What a command ends with; docs/cli.md lists them."""

    OK = 0
    FAILED = 1
    """The job ended without a result, one of a batch was refused, or a webhook took no sample."""
    USAGE = 2
    """click's own: the command line can't be read."""
    NOT_FOUND = 3
    """No such job, delivery, model, tenant or stack; or it is past its retention."""
    REFUSED = 4
    """The request is invalid, or the job's state does not permit it."""
    UNAUTHORIZED = 5
    """No key, an unknown key, no AWS credentials, or not allowed."""
    UNAVAILABLE = 6
    """No answer, throttled, or a fault of the service, after all retries."""
    UNFINISHED = 7
    """The job, or a sample's delivery, had not ended when the time to wait was over."""
    FILE = 8
    """A file or a standard stream is closed, full, or can't be read or written."""
    INTERRUPTED = 130
    """Ctrl-C, as shells have it (128 + SIGINT)."""


class CommandFailed(SpillwayError):
    """A command can't do what it was asked; the text is the one line that its user reads."""

    def __init__(self, message: str, exit_code: Exit) -> None:
        super().__init__(message)
        self.exit_code = exit_code


_EXITS: Exits = {
    JobFailed: Exit.FAILED,
    Unfinished: Exit.UNFINISHED,
    Unreachable: Exit.UNAVAILABLE,
    UnexpectedAnswer: Exit.UNAVAILABLE,
    NotFound: Exit.NOT_FOUND,
    Gone: Exit.NOT_FOUND,
    Unauthorized: Exit.UNAUTHORIZED,
    Forbidden: Exit.UNAUTHORIZED,
    TooMany: Exit.UNAVAILABLE,
    Unavailable: Exit.UNAVAILABLE,
    Rejected: Exit.REFUSED,
}
_CREDENTIAL_CODES = ("AccessDenied", "ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient")


def exit_of(error: BaseException) -> Exit | None:
    """The code for an error that a user can do something about; None for a bug of ours."""
    if isinstance(error, CommandFailed):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt | Abort):
        return Exit.INTERRUPTED
    for kind, code in _EXITS.items():
        if isinstance(error, kind):
            # A fault of the service is a Rejected of status 500: it may pass.
            return Exit.UNAVAILABLE if type(error) is Rejected else code
    # What was never imported was never raised: most commands do without botocore.
    return _aws_exit(error) if "botocore" in sys.modules else None


def _aws_exit(error: BaseException) -> Exit | None:
    from botocore import exceptions  # noqa: PLC0415

    from spillway.aws.faults import code, is_passing  # noqa: PLC0415

    if isinstance(error, Exception) and is_passing(error):
        return Exit.UNAVAILABLE
    if isinstance(error, exceptions.ClientError):
        name = code(error)
        if name.startswith(_CREDENTIAL_CODES):
            return Exit.UNAUTHORIZED
        return Exit.NOT_FOUND if "NotFound" in name else Exit.REFUSED
    if isinstance(error, exceptions.NoCredentialsError | exceptions.PartialCredentialsError):
        return Exit.UNAUTHORIZED
    return Exit.USAGE if isinstance(error, exceptions.BotoCoreError) else None
