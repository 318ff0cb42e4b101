"""What every model's answers must be, whichever runtime gave them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from spillway.errors import InvalidPayload, OutOfMemory, PredictionFailed
from tests.unit.worker.runtimes import asking
from worker.runtimes import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Saying:
    """A model that does what it is told."""

    def __init__(self, say: Callable[[Sequence[Any]], Any]) -> None:
        self._say = say

    def predict(self, payloads: Sequence[Any]) -> Any:
        return self._say(payloads)

    def close(self) -> None: ...


def ask(answer: Any, payloads: Sequence[Any] = (1,)) -> list[Any]:
    return asking.ask(Saying(lambda _: answer), payloads)


def ask_raising(error: BaseException) -> None:
    def raises(_: Sequence[Any]) -> None:
        raise error

    asking.ask(Saying(raises), [1, 2])


def circle() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    return ring


def test_each_payload_has_its_answer_in_its_place() -> None:
    assert ask([{"a": 1}, None, [1.5, "é"]], [1, 2, 3]) == [{"a": 1}, None, [1.5, "é"]]
    assert ask((True, False), [1, 2]) == [True, False]


def test_an_answer_is_taken_before_its_buffer_is_used_again() -> None:
    buffer = [1]
    model = Saying(lambda _: [buffer])

    first = answers.ask(model, [1])
    buffer[0] = 2

    assert first == ["[1]"]


def test_an_error_in_its_place_leaves_its_neighbours_alone() -> None:
    refused = InvalidPayload("text: missing")

    first, second, third = ask([{"a": 1}, refused, KeyError("x")], [1, 2, 3])

    assert first == {"a": 1}
    assert second is refused
    assert isinstance(third, PredictionFailed)
    assert str(third) == "KeyError: 'x'"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (float("nan"), "Out of range float"),
        ({"x": [float("inf")]}, "Out of range float"),
        (object(), "object is not JSON serializable"),
        ({("a", "b"): 1}, "keys must be str"),
        (circle(), "Circular reference"),
        (b"bytes", "bytes is not JSON serializable"),
        ("\ud800", "surrogates not allowed"),
    ],
)
def test_an_answer_that_is_not_json_fails_its_payload_alone(answer: Any, reason: str) -> None:
    fine, bad = ask([1, answer], [1, 2])

    assert fine == 1
    assert isinstance(bad, PredictionFailed)
    assert str(bad).startswith("the result is not JSON: ")
    assert reason in str(bad)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ([1], "returned 1 results for 2 payloads"),
        ([1, 2, 3], "returned 3 results for 2 payloads"),
        (None, "returned NoneType, expected a list"),
        ({"a": 1}, "returned dict, expected a list"),
        ("ab", "returned str, expected a list"),
        (iter([1, 2]), "expected a list"),
    ],
)
def test_the_wrong_number_of_answers_fails_the_batch(answer: Any, reason: str) -> None:
    with pytest.raises(PredictionFailed, match=reason):
        ask(answer, [1, 2])


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (ValueError("too wide"), "ValueError: too wide"),
        (AssertionError(), "AssertionError"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (asyncio.CancelledError("gone"), "CancelledError: gone"),
    ],
)
def test_what_a_model_raises_is_named_by_class_and_message(
    raised: BaseException, message: str
) -> None:
    with pytest.raises(PredictionFailed) as caught:
        ask_raising(raised)

    assert str(caught.value) == message


def test_an_error_of_our_own_stays_what_it_is() -> None:
    with pytest.raises(InvalidPayload, match=r"^text: missing$"):
        ask_raising(InvalidPayload("text: missing"))


def test_memory_that_ran_out_is_told_as_such() -> None:
    with pytest.raises(OutOfMemory):
        ask_raising(MemoryError())
