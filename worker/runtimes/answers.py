"""What every model's answers must be, whichever runtime gave them."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from spillway.errors import InferenceError, OutOfMemory, PredictionFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.strict_json import Json
    from worker.runtimes import Answer, Model

_LOG = logging.getLogger(__name__)


def ask(model: Model, payloads: Sequence[Json]) -> list[Answer]:
    """Return one answer for each payload: a JSON value, or the error that befell it alone.

    Raises:
        InferenceError: the batch failed as a whole. Its payloads may yet succeed one by one.

    """
    try:
        answers = model.predict(payloads)
    except InferenceError:
        raise
    except (Exception, SystemExit) as error:
        _LOG.exception("the model raised")  # the operator gets the traceback, the caller does not
        raise failure(error) from error
    _check_count(answers, len(payloads))
    return [_checked(answer) for answer in answers]


def failure(error: BaseException) -> InferenceError:
    """Name what a model raised by its class and message; a traceback is not for callers."""
    if isinstance(error, InferenceError):
        return error
    kind = OutOfMemory if isinstance(error, MemoryError) else PredictionFailed
    message = str(error)
    return kind(f"{type(error).__name__}: {message}" if message else type(error).__name__)


def _check_count(answers: Sequence[Answer], expected: int) -> None:
    if not isinstance(answers, list | tuple):
        raise PredictionFailed(f"predict returned {type(answers).__name__}, expected a list")
    if len(answers) != expected:
        raise PredictionFailed(
            f"predict returned {len(answers)} results for {expected} payloads; "
            "it must return one for each"
        )


def _checked(answer: Answer) -> Answer:
    if isinstance(answer, BaseException):
        return failure(answer)
    try:
        json.dumps(answer, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        return PredictionFailed(f"the result is not JSON: {error}")
    return answer
