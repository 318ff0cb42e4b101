from __future__ import annotations

from typing import Any

import pytest

from spillway_cli.logs.source import Line
from tests.template.documents import CORE, load, of_type
from tools.dashboard.sampling import FAULTS, Ledger, deliveries, faults, most_at_once
from tools.dashboard.units import item_bytes, write_units


def line(at_ms: int, **fields: Any) -> Line:
    return Line(at_ms, "group", "stream", str(at_ms), {"model": "default", **fields})


def test_jobs_are_in_their_queue_from_accepted_to_their_end() -> None:
    ledger = Ledger()

    came, went = ledger.book(
        [line(1, jobId="a", message="accepted"), line(2, jobId="b", message="accepted")]
    )
    assert (came["default"], went["default"]) == (2, 0)
    assert ledger.oldest_ms("default") == 1

    ends = [line(3, jobId="a", status="SUCCEEDED"), line(4, jobId="b", status="QUEUED")]
    came, went = ledger.book(ends)
    assert (came["default"], went["default"]) == (0, 1)
    assert ledger.oldest_ms("default") == 2

    ledger.book([line(5, jobId="b", status="FAILED")])
    assert ledger.oldest_ms("default") is None


def test_a_job_whose_end_is_told_before_its_beginning_is_not_there() -> None:
    ledger = Ledger()

    ledger.book([line(1, jobId="a", status="SUCCEEDED")])
    came, went = ledger.book([line(2, jobId="a", message="accepted")])

    assert (came["default"], went["default"]) == (1, 0)
    assert ledger.oldest_ms("default") is None


def test_an_end_is_counted_once() -> None:
    ledger = Ledger()
    end = line(1, jobId="a", status="SUCCEEDED")

    assert ledger.book([end, end])[1]["default"] == 1
    assert ledger.book([end])[1]["default"] == 0


def said(group: str, message: str, **fields: Any) -> Line:
    return Line(1, group, "stream", "id", {"message": message, **fields})


def test_deliveries_come_from_the_outbox_and_by_request_and_go_at_their_end() -> None:
    lines = [
        said("outbox", "sent", records=4, deliveries=3),
        said("outbox", "sent", records=1, deliveries=0),
        said("deliveries", "redelivering"),
        said("deliveries", "rejected"),
        said("deliver", "delivered"),
        said("deliver", "undelivered"),
        said("deliver", "gave up"),
    ]

    assert deliveries(lines) == (4, 2)


def test_a_fault_is_a_line_of_an_error_in_its_group() -> None:
    lines = [
        said("outbox", "change of a job not read", level="ERROR"),
        said("deliver", "malformed message", level="ERROR"),
        said("deliver", "gave up", level="WARNING"),
        said("deliver", "platform.report"),
    ]

    assert faults(lines, "deliver") == [1]
    assert faults(lines, "scaler") == []


def test_the_faults_are_those_that_the_template_counts() -> None:
    filters = of_type(load(CORE), "AWS::Logs::MetricFilter").values()
    counted = {given["Properties"]["MetricTransformations"][0]["MetricName"] for given in filters}

    assert counted == set(FAULTS.values())


@pytest.mark.parametrize(
    ("reports", "most"),
    [
        ([], 0),
        ([(100, 50.0)], 1),
        ([(100, 50.0), (120, 30.0)], 2),
        ([(100, 50.0), (150, 50.0)], 1),
        ([(100, 100.0), (90, 10.0), (95, 10.0), (70, 10.0)], 3),
    ],
)
def test_executions_at_once_are_those_that_overlap(
    reports: list[tuple[int, float]], most: int
) -> None:
    assert most_at_once(reports) == most


def test_a_write_costs_a_unit_for_each_kib_begun_of_the_larger_image() -> None:
    small, large = {"pk": {"S": "x" * 10}}, {"pk": {"S": "x" * 1023}}

    assert write_units({"NewImage": small}) == 1
    assert write_units({"OldImage": large, "NewImage": small}) == 2
    assert write_units({"OldImage": {}, "NewImage": {"a": {"S": "x" * 1023}}}) == 1


def test_an_item_s_size_is_that_of_its_names_and_values() -> None:
    assert item_bytes({"ab": {"S": "é"}}) == 4
    assert item_bytes({"n": {"N": "1234"}}) == 4
    assert item_bytes({"m": {"M": {"a": {"BOOL": True}}}}) == 1 + 3 + 2 + 1
