from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from benchmarks.worker import session
from benchmarks.worker.__main__ import seed
from benchmarks.worker.contender import SPILLWAY, Contender
from benchmarks.worker.roster import PLAIN, peers, roster
from benchmarks.worker.session import Window, measure
from benchmarks.worker.setting import Setting
from worker.loading import load
from worker.settings import WorkerSettings

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.worker.roster import Mode
    from benchmarks.worker.standin import StandIn

WINDOW = Window(seconds=0.5, count=200, latency_ms=1)


@pytest.fixture
def setting(aws: StandIn, tmp_path: Path) -> Setting:
    return Setting(aws, "none", None, max(os.sched_getaffinity(0)), tmp_path)


def test_the_worker_accepts_its_settings_and_loads_its_model(setting: Setting) -> None:
    settings = WorkerSettings.read(setting.environment())

    assert load(settings).model.predict([{"n": 7}]) == [7]
    assert settings.queue_url == setting.aws.queue_url


@pytest.mark.parametrize(
    ("mode", "title", "calls"),
    [
        ("traffic", SPILLWAY, {"ReceiveMessage", "DeleteMessageBatch"}),
        ("traffic", PLAIN, {"ReceiveMessage", "DeleteMessage"}),
        ("writes", PLAIN, {"ReceiveMessage", "UpdateItem", "PutObject", "DeleteMessage"}),
        ("writes", SPILLWAY, {"ReceiveMessage", "UpdateItem", "PutObject", "DeleteMessageBatch"}),
    ],
)
def test_each_makes_the_calls_that_its_mode_means(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, mode: Mode, title: str, calls: set[str]
) -> None:
    monkeypatch.setattr(session, "SETTLE_S", 0)
    seed(setting.aws, WINDOW.count)
    contender = next(one for one in roster(mode, [], slots=None) if one.title == title)

    figures = measure(contender, setting, WINDOW)

    assert figures.jobs_per_s > 0
    assert figures.peak_rss_mb > 20
    assert setting.aws.counts().calls.keys() == calls


def test_a_worker_that_ends_says_why(setting: Setting) -> None:
    broken = Contender("broken", ("-c", "raise ValueError('no queue')"))

    with pytest.raises(SystemExit, match="no queue"):
        measure(broken, setting, WINDOW)


def test_peers_are_measured_by_their_queue_traffic_alone() -> None:
    titles = {one.title for one in peers(None)}

    assert {one.title for one in roster("traffic", [], slots=None)} >= titles
    assert not titles & {one.title for one in roster("writes", [], slots=None)}


def test_some_are_picked_by_how_their_titles_begin() -> None:
    picked = roster("traffic", ["spill", "celery"], slots=None)

    assert [one.title for one in picked] == [
        "spillway", "celery, solo", "celery, prefork", "celery, threads"
    ]  # fmt: skip


def test_all_that_may_wait_at_once_wait_at_once() -> None:
    words = [" ".join(one.words) for one in peers(48) if one.title != "celery, solo"]

    assert all("48" in each for each in words)
