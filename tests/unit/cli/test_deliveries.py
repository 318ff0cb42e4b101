"""Deliveries are listed, shown and begun once more, one by one or all that failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from spillway.deliveries import delivery
from spillway.errors import Unavailable

if TYPE_CHECKING:
    from spillway.deliveries.delivery import Delivery, DeliveryKey
    from tests.unit.api.system import System
    from tests.unit.cli.conftest import Terminal

URL, OTHER_URL = "https://example.com/hook", "https://example.org/other"


def told(terminal: Terminal, system: System, *urls: str) -> list[Delivery]:
    """The deliveries of a job that has succeeded, as the outbox stores them."""
    words = [word for url in urls or (URL,) for word in ("--webhook", url)]
    job_id = terminal.run("submit", "1", *words).stdout.strip()
    due = delivery.due_now(system.succeed(job_id, "1"))
    return [system.deliveries.add(each) for each in due]


def given_up(system: System, begun: Delivery) -> Delivery:
    """The delivery after two attempts, of which the second was its last."""
    for next_ms in (system.clock() + 5_000, None):
        begun = delivery.failed(
            begun, at_ms=system.clock(), took_ms=7, error="answered 500", next_attempt_at_ms=next_ms
        )
        assert system.deliveries.replace(begun)
    return begun


def status(system: System, key: DeliveryKey) -> tuple[str, int]:
    found = system.deliveries.held[key]
    return found.status.value, found.round


def test_a_list_has_the_newest_first(terminal: Terminal, system: System) -> None:
    [older] = told(terminal, system)
    given_up(system, older)
    system.clock.now_ms += 1_000
    [newer] = told(terminal, system)

    listed = terminal.run("deliveries", "list")

    head, *rows = [line.split() for line in listed.stdout.splitlines()]
    heads = "DELIVERY ID JOB ID EVENT TYPE ADDRESS STATUS ATTEMPTS NEXT ATTEMPT ERROR"
    assert " ".join(head) == heads
    assert [row[0] for row in rows] == [newer.delivery_id, older.delivery_id]
    assert rows[0][1:] == [newer.job_id, "job.succeeded", "webhook", URL, "PENDING", "0"]
    assert rows[1][4:] == [URL, "FAILED", "2", "answered", "500"]


def test_a_list_says_when_one_is_tried_again(terminal: Terminal, system: System) -> None:
    [begun] = told(terminal, system)
    retried = delivery.failed(
        begun, at_ms=1, took_ms=7, error="away", next_attempt_at_ms=system.clock() + 5_000
    )
    assert system.deliveries.replace(retried)

    listed = terminal.run("deliveries", "list").stdout

    assert "RETRYING  1         2027-01-15T08:00:05.000Z  away" in listed


def test_a_long_address_is_cut_in_a_list(terminal: Terminal, system: System) -> None:
    told(terminal, system, long := f"https://example.com/{'a' * 500}/end")

    listed = terminal.run("deliveries", "list").stdout

    assert long not in listed
    assert re.search(r"https://example\.com/a+…a+/end", listed)


def test_a_list_can_be_narrowed(terminal: Terminal, system: System) -> None:
    over = given_up(system, told(terminal, system)[0])
    here, there = told(terminal, system, URL, OTHER_URL)

    def listed(*words: str) -> set[str]:
        return {each["id"] for each in terminal.json("deliveries", "list", *words)}

    assert listed("--status", "failed") == {over.delivery_id}
    assert listed("--to", OTHER_URL) == {there.delivery_id}
    assert listed() == {over.delivery_id, here.delivery_id, there.delivery_id}
    assert len(listed("--limit", "2")) == 2


def test_a_delivery_is_shown_with_an_attempt_a_line(terminal: Terminal, system: System) -> None:
    over = given_up(system, told(terminal, system)[0])

    shown = terminal.run("deliveries", "get", over.delivery_id)

    lines = [line.split(maxsplit=1) for line in shown.stdout.splitlines()]
    assert ["status", "FAILED"] in lines
    assert sum("7 ms  answered 500" in line[-1] for line in lines) == 2
    assert "links" not in shown.stdout
    assert terminal.json("deliveries", "get", over.delivery_id) == [
        system.call("GET", f"/deliveries/{over.delivery_id}").body
    ]


def test_what_is_not_there_yet_is_not_shown(terminal: Terminal, system: System) -> None:
    [begun] = told(terminal, system)

    shown = terminal.run("deliveries", "get", begun.delivery_id).stdout

    names = {line.split()[0] for line in shown.splitlines()}
    assert names == {
        "id", "jobId", "event", "destination", "status", "attempts", "round", "createdAt",
    }  # fmt: skip


def test_an_attempt_that_was_taken_says_so(terminal: Terminal, system: System) -> None:
    [begun] = told(terminal, system)
    system.deliveries.replace(delivery.delivered(begun, at_ms=system.clock(), took_ms=30))

    shown = terminal.run("deliveries", "get", begun.delivery_id).stdout

    assert "2027-01-15T08:00:00.000Z  30 ms  taken" in shown


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize("words", [["get"], ["redeliver"]])
def test_a_delivery_that_there_is_not_is_told(terminal: Terminal, words: list[str]) -> None:
    refused = terminal.run("deliveries", *words, "dlv_nope")

    assert refused.exit_code == (3 if words == ["get"] else 1)
    assert "there is no delivery 'dlv_nope'" in refused.stderr


def test_some_are_begun_once_more(terminal: Terminal, system: System) -> None:
    one, two = (given_up(system, told(terminal, system)[0]) for _ in range(2))

    begun = terminal.run("deliveries", "redeliver", one.delivery_id, two.delivery_id)

    assert begun.stdout.splitlines() == [one.delivery_id, two.delivery_id]
    assert (begun.exit_code, begun.stderr) == (0, "2 on their way\n")
    assert {status(system, each.key) for each in (one, two)} == {("PENDING", 2)}
    assert len(system.delivery_queue.sent) == 2


def test_all_that_failed_are_begun_once_more(terminal: Terminal, system: System) -> None:
    failed = [given_up(system, told(terminal, system)[0]) for _ in range(120)]
    [waiting] = told(terminal, system)

    begun = terminal.run("deliveries", "redeliver", "--failed")

    assert begun.stderr == "120 on their way\n"
    assert {status(system, each.key) for each in failed} == {("PENDING", 2)}
    assert status(system, waiting.key) == ("PENDING", 1)


def test_a_sample_that_failed_is_left_alone(terminal: Terminal, system: System) -> None:
    terminal.run("webhooks", "test", URL, "--within", "0")
    [sample] = system.deliveries.held.values()
    given_up(system, sample)

    begun = terminal.run("deliveries", "redeliver", "--failed")

    assert (begun.exit_code, begun.stderr) == (0, "0 on their way\n")
    assert status(system, sample.key) == ("FAILED", 1)


def test_all_that_failed_at_one_address_are(terminal: Terminal, system: System) -> None:
    here, there = (given_up(system, each) for each in told(terminal, system, URL, OTHER_URL))

    [begun] = terminal.json("deliveries", "redeliver", "--failed", "--to", OTHER_URL)

    assert (begun["id"], begun["round"]) == (there.delivery_id, 2)
    assert status(system, here.key) == ("FAILED", 1)


def test_where_nothing_failed_nothing_is_done(terminal: Terminal, system: System) -> None:
    told(terminal, system)

    begun = terminal.run("deliveries", "redeliver", "--failed")

    assert (begun.exit_code, begun.stdout, begun.stderr) == (0, "", "0 on their way\n")


def test_one_that_cannot_be_told_any_more_stops_no_other(
    terminal: Terminal, system: System
) -> None:
    gone, kept = (given_up(system, told(terminal, system)[0]) for _ in range(2))
    del system.store._records[system.job(str(gone.job_id)).key]

    ids = (gone.delivery_id, kept.delivery_id)
    begun = terminal.run("deliveries", "redeliver", *ids)

    assert (begun.exit_code, begun.stdout) == (1, f"{kept.delivery_id}\n")
    assert f"{gone.delivery_id}: job {gone.job_id} has passed its retention" in begun.stderr
    assert "1 of 2 could not be redelivered" in begun.stderr
    told_again = terminal.run("deliveries", "redeliver", *ids, "--json")
    assert '"problem":{"type":"https://spillway.dev/problems/job-gone"' in told_again.stdout


def test_what_each_would_meet_ends_it(
    terminal: Terminal, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = given_up(system, told(terminal, system)[0])

    def refuse(_: object) -> None:
        raise Unavailable("dependency-unavailable", "DynamoDB did not answer", retry_after_s=3600)

    monkeypatch.setattr(system.deliveries, "get", refuse)

    begun = terminal.run("deliveries", "redeliver", over.delivery_id)

    assert (begun.exit_code, begun.stdout) == (6, "")
    assert begun.stderr == "spillway: DynamoDB did not answer\n"


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize("words", [[], ["dlv_1", "--failed"], ["dlv_1", "--to", URL]])
def test_which_are_meant_is_said_in_one_way(terminal: Terminal, words: list[str]) -> None:
    refused = terminal.run("deliveries", "redeliver", *words)

    assert refused.exit_code == 2
    assert "say which: ids, or --failed" in refused.stderr
