"""What every model's answers must be, whichever runtime gave them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from spillway.errors import InferenceError, OutOfMemory, PredictionFailed
from spillway.strict_json import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spillway.strict_json import Json
    from worker.runtimes import Answer, Model

_LOG = logging.getLogger(__name__)


def ask(model: Model, payloads: Sequence[Json]) -> list[str | InferenceError]:
    """Return one answer for each payload: its JSON text, or the error that befell it alone.

    The texts are made here, on the model's own thread: a model may use its buffers again for the
    next batch as soon as this returns.

    Raises:
        InferenceError: the batch failed as a whole. Its payloads may yet succeed one by one.

    """
    try:
        answers = model.predict(payloads)
    except InferenceError:
        raise
    except BaseException as error:  # native code raises what is no Exception, too
        _LOG.exception("the model raised")  # the operator gets the traceback, the caller does not
        raise failure(error) from error
    _check_count(answers, len(payloads))
    return [_text(answer) for answer in answers]


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


def _text(answer: Answer) -> str | InferenceError:
    if isinstance(answer, BaseException):
        return failure(answer)
    try:
        text = json_text(answer)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        return PredictionFailed(f"the result is not JSON: {error}")
    return text
