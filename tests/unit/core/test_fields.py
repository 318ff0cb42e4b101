from __future__ import annotations

import pytest

from spillway.errors import BadRequest, Fault, Unprocessable
from spillway.fields import MOST_FAULTS, invalid, pointer, read_object, told, unknown


def test_an_object_is_read_with_a_fault_for_each_field_that_is_not_known() -> None:
    value, faults = read_object(b'{"a": 1, "b/c": 2}', ("a",))

    assert value == {"a": 1, "b/c": 2}
    assert faults == [Fault("unknown field b/c", "/b~1c")]


@pytest.mark.parametrize(("body", "kind"), [(b"[]", "an array"), (b"null", "null")])
def test_what_is_no_object_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(Unprocessable, match=f"expected an object, got {kind}") as refused:
        read_object(body, ())

    assert refused.value.faults == (Fault(f"expected an object, got {kind}", ""),)


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(BadRequest):
        read_object(b"{", ())


def test_a_field_within_is_named_with_where_it_is() -> None:
    assert list(unknown({"x": 1}, (), "/items/0")) == [Fault("unknown field x", "/items/0/x")]


def test_a_pointer_escapes_what_rfc_6901_says() -> None:
    assert pointer("metadata", "a/b~c") == "/metadata/a~1b~0c"
    assert len(pointer("x" * 10_000)) < 100


def test_what_was_given_is_told_in_short() -> None:
    assert told("text\n") == r"'text\n'"
    assert told(1) == "a number"
    assert len(told("x" * 10_000)) < 100


def test_only_so_many_faults_are_named_and_the_rest_is_counted() -> None:
    faults = [Fault(f"fault {number}", f"/{number}") for number in range(MOST_FAULTS + 2)]

    refused = invalid(faults)

    assert refused.faults == tuple(faults[:MOST_FAULTS])
    assert refused.detail.startswith("fault 0; fault 1; ")
    assert refused.detail.endswith("; and 2 more")
    assert "more" not in invalid(faults[:MOST_FAULTS]).detail
