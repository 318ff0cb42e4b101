from __future__ import annotations

from benchmarks.flood import writes


def test_a_job_is_put_claimed_kept_and_finished() -> None:
    steps = writes.of_a_job(payload_bytes=100, result_bytes=100)

    assert [step.name for step in steps] == ["put", "claim", "heartbeat", "finish"]
    assert [step.table for step in steps] == [1, 1, 1, 1]


def test_an_entry_is_put_moved_and_removed() -> None:
    steps = writes.of_a_job(payload_bytes=100, result_bytes=100)

    assert [step.indexes["byDue"] for step in steps] == [1, 2, 2, 1]
    assert [step.indexes["byTenant"] for step in steps] == [1, 0, 0, 0]


def test_each_begun_kibibyte_is_a_unit() -> None:
    put, *_, finish = writes.of_a_job(payload_bytes=8_192, result_bytes=8_192)

    assert (put.table, finish.table) == (9, 17)


def test_an_item_is_its_names_and_values() -> None:
    # 2 + 5 bytes of text, 1 + 3 of a number of four digits, 1 + 3 + 1 + (1 + 2) of a map
    assert writes.item_bytes({"pk": "12345", "n": 1234, "m": {"a": "bc"}}) == 7 + 4 + 8
