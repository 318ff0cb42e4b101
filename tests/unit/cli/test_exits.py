"""Each kind of trouble has its exit code; what is a bug keeps its traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)

import spillway
from spillway_cli.exits import CommandFailed, Exit, exit_of

if TYPE_CHECKING:
    from collections.abc import Iterable

FAILED = spillway.Job.of(
    {
        "jobId": "job-1",
        "model": "default",
        "status": "FAILED",
        "createdAt": "2026-11-22T06:00:00.000Z",
    }
)


def refused(kinds: Iterable[type[spillway.Rejected]], code: Exit) -> list[Any]:
    return [pytest.param(kind("slug", "detail"), code, id=kind.__name__) for kind in kinds]


def aws(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (spillway.JobFailed(FAILED), Exit.FAILED),
        (spillway.Unfinished(FAILED), Exit.UNFINISHED),
        (spillway.Unreachable("no"), Exit.UNAVAILABLE),
        (spillway.UnexpectedAnswer("no"), Exit.UNAVAILABLE),
        (CommandFailed("no", Exit.USAGE), Exit.USAGE),
        (KeyboardInterrupt(), Exit.INTERRUPTED),
        (click.Abort(), Exit.INTERRUPTED),
        *refused([spillway.NotFound, spillway.Gone], Exit.NOT_FOUND),
        *refused([spillway.Unauthorized, spillway.Forbidden], Exit.UNAUTHORIZED),
        *refused(
            [
                spillway.BadRequest,
                spillway.Conflict,
                spillway.TooLarge,
                spillway.UnsupportedMedia,
                spillway.Unprocessable,
            ],
            Exit.REFUSED,
        ),
        *refused(
            [spillway.TooMany, spillway.Unavailable, spillway.Rejected],
            Exit.UNAVAILABLE,
        ),
        (aws("AccessDeniedException"), Exit.UNAUTHORIZED),
        (aws("ExpiredTokenException"), Exit.UNAUTHORIZED),
        (aws("NotFoundException"), Exit.NOT_FOUND),
        (aws("ThrottlingException"), Exit.UNAVAILABLE),
        (aws("ValidationError"), Exit.REFUSED),
        (NoCredentialsError(), Exit.UNAUTHORIZED),
        (NoRegionError(), Exit.USAGE),
        (EndpointConnectionError(endpoint_url="https://sqs.example"), Exit.UNAVAILABLE),
        (ReadTimeoutError(endpoint_url="https://sqs.example"), Exit.UNAVAILABLE),
    ],
)
def test_an_error_s_code(error: BaseException, code: Exit) -> None:
    assert exit_of(error) is code


@pytest.mark.parametrize("bug", [ValueError("bug"), KeyError("bug"), click.UsageError("click's")])
def test_a_bug_has_none(bug: Exception) -> None:
    assert exit_of(bug) is None
