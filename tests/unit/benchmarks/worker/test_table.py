from __future__ import annotations

from benchmarks.worker.session import Figures
from benchmarks.worker.table import Bar, lines, verdicts


def runs(*rates: float) -> list[Figures]:
    return [Figures(rate, 1.0, 0.2, 64, 1) for rate in rates]


MEASURED = {
    "plain loop": runs(50, 40, 60),
    "plain loop, batched deletes": runs(900),
    "celery, solo": runs(60),
    "taskiq-sqs": runs(300),
    "spillway": runs(1_500, 100, 1_500),
}


def test_a_bar_is_held_against_medians() -> None:
    told = dict(verdicts(MEASURED, [Bar(20, "plain loop"), Bar(31, "plain loop")]))

    assert told == {
        "30.0 x the plain loop, at least 20: reached": True,
        "30.0 x the plain loop, at least 31: MISSED": False,
    }


def test_the_best_peer_is_the_quickest_that_is_no_loop_of_ours() -> None:
    assert Bar(2, "best peer").reached(MEASURED) == 5


def test_a_bar_that_can_t_be_measured_is_not_told() -> None:
    alone = {"spillway": runs(1)}

    assert list(verdicts(alone, [Bar(20, "plain loop"), Bar(2, "best peer")])) == []


def test_the_quickest_comes_first() -> None:
    _, *told = lines(MEASURED)

    assert [line[:32].strip() for line in told] == [
        "spillway", "plain loop, batched deletes", "taskiq-sqs", "celery, solo", "plain loop"
    ]  # fmt: skip
    assert "(100.0 to 1500.0)" in told[0]
    assert told[0].split()[-1] == "3"
