from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from local.front import Reply, Request
from local.receiver.received import BODY_LIMIT_BYTES, KEPT, KNOWN_IDS
from local.receiver.receiver import Receiver
from spillway.deliveries.webhook_secret import new_secret
from spillway.errors import MalformedSecrets
from tests.unit.local.receiver.test_signature import signed

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = new_secret()
BODY = json.dumps({"type": "job.succeeded", "data": {"jobId": "order-17"}}).encode()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver("http://127.0.0.1:4566/_receiver/", lambda: {"demo": [SECRET]})


def send(
    receiver: Receiver,
    body: bytes = BODY,
    path: str = "hook",
    headers: Mapping[str, str] | None = None,
) -> Reply:
    path, _, query = path.partition("?")
    given = signed(SECRET, body) if headers is None else headers
    return receiver.answer(Request("POST", f"/_receiver/{path}", given, body, query))


def look(receiver: Receiver, path: str = "") -> Reply:
    path, _, query = path.partition("?")
    return receiver.answer(Request("GET", f"/_receiver{path}", {}, b"", query))


def deliveries(receiver: Receiver, query: str = "") -> list[dict[str, Any]]:
    found = json.loads(look(receiver, f"/deliveries.json?{query}").body)["deliveries"]
    return [dict(each) for each in found]


def test_a_webhook_is_taken_and_told_of(receiver: Receiver) -> None:
    answer = send(receiver)

    [delivery] = deliveries(receiver)
    assert (answer.status, answer.body) == (200, b"")
    assert delivery["signature"] == {"tenant": "demo", "fault": None}
    assert delivery["event"] == "job.succeeded"
    assert delivery["jobId"] == "order-17"
    assert delivery["webhookId"] == "dlv_1"
    assert delivery["status"] == 200
    assert delivery["path"] == "hook"
    assert delivery["body"] == BODY.decode()
    assert set(delivery["headers"]) == {"webhook-id", "webhook-timestamp", "webhook-signature"}


@pytest.mark.parametrize("status", [200, 204, 302, 410, 503, 599])
def test_the_path_says_what_is_answered(receiver: Receiver, status: int) -> None:
    assert send(receiver, path=f"hook/{status}").status == status
    assert deliveries(receiver)[0]["status"] == status


def test_it_asks_to_be_left_alone_for_a_while(receiver: Receiver) -> None:
    answer = send(receiver, path="hook/503?retry-after=30")

    assert (answer.status, answer.headers) == (503, {"retry-after": "30"})
    assert deliveries(receiver)[0]["path"] == "hook/503?retry-after=30"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("hook/199", 404),
        ("hook/600", 404),
        ("hook/²", 404),
        ("hook/200/more", 404),
        ("", 404),
        ("hook/503?retry-after=soon", 400),
        ("hook/503?retry-after=1%0d%0aset-cookie:%20a", 400),
    ],
)
def test_anything_else_is_not_taken(receiver: Receiver, path: str, status: int) -> None:
    assert send(receiver, path=path).status == status
    assert deliveries(receiver) == []


@pytest.mark.parametrize("path", ["hook/99", "hook/600", "hook/abc"])
def test_a_status_that_is_none_is_told_of(receiver: Receiver, path: str) -> None:
    assert send(receiver, path=path).body == b"hook/STATUS: expected a status from 200 to 599\n"


def test_attempts_are_counted_by_id(receiver: Receiver) -> None:
    for path in ("hook/503", "hook/503", "hook"):
        send(receiver, path=path)
    send(receiver, headers={"webhook-id": "dlv_2"})
    send(receiver, headers={})
    send(receiver, headers={})

    told = [(each["webhookId"], each["attempt"]) for each in deliveries(receiver)]
    assert told == [("", 1), ("", 1), ("dlv_2", 1), ("dlv_1", 3), ("dlv_1", 2), ("dlv_1", 1)]


def test_an_attempt_is_known_long_after_the_first(receiver: Receiver) -> None:
    send(receiver)
    for number in range(KNOWN_IDS - 1):
        send(receiver, b"", headers={"webhook-id": str(number)})
    send(receiver)
    known = deliveries(receiver)[0]["attempt"]
    for number in range(KNOWN_IDS):
        send(receiver, b"", headers={"webhook-id": str(number)})
    send(receiver)

    assert (known, deliveries(receiver)[0]["attempt"]) == (2, 1)


def test_the_last_ones_are_kept_newest_first(receiver: Receiver) -> None:
    for number in range(KEPT + 5):
        send(receiver, json.dumps({"type": str(number)}).encode(), headers={})

    events = [each["event"] for each in deliveries(receiver)]
    assert events == [str(number) for number in range(KEPT + 4, 4, -1)]
    assert look(receiver, "/").body.count(b"<tbody") == KEPT


def test_a_body_that_is_too_large_is_not_kept(receiver: Receiver) -> None:
    body = b'{"type": "' + b"a" * BODY_LIMIT_BYTES + b'"}'

    assert send(receiver, body).status == 200
    [delivery] = deliveries(receiver)
    assert delivery["body"] == delivery["event"] == ""
    assert delivery["signature"]["fault"] == "not checked: the body has 65,548 bytes"


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b"[" * 60_000, b'{"type": 1, "data": []}', b'{"type": "\\ud800"}']
)
def test_any_body_is_shown(receiver: Receiver, body: bytes) -> None:
    assert send(receiver, body, headers={}).status == 200

    assert len(deliveries(receiver)) == 1
    assert look(receiver, "/").status == 200


def test_long_headers_are_cut(receiver: Receiver) -> None:
    send(receiver, headers={"webhook-id": "a" * 10_000, "user-agent": "b" * 10_000, "cookie": "c"})

    [delivery] = deliveries(receiver)
    assert delivery["webhookId"] == "a" * 300
    assert delivery["headers"] == {"webhook-id": "a" * 300, "user-agent": "b" * 300}


def test_a_page_asks_for_what_it_has_not(receiver: Receiver) -> None:
    send(receiver)
    [first] = deliveries(receiver)
    nothing_new = look(receiver, f"/?after={first['number']}")
    send(receiver)

    [second] = deliveries(receiver, f"after={first['number']}")
    assert (nothing_new.status, nothing_new.body) == (204, b"")
    assert second["number"] > first["number"]
    assert look(receiver, f"/?after={first['number']}").body.count(b"<tbody") == 1


def test_one_job_s_deliveries_can_be_looked_at_alone(receiver: Receiver) -> None:
    send(receiver)
    send(receiver, b'{"data": {"jobId": "order-18"}}', headers={})

    assert [each["jobId"] for each in deliveries(receiver, "job=order-18")] == ["order-18"]
    assert look(receiver, "/?job=order-17").body.count(b"<tbody") == 1


def test_a_number_that_is_none_counts_as_none(receiver: Receiver) -> None:
    send(receiver)

    assert len(deliveries(receiver, "after=x")) == 1


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="x"), MalformedSecrets("no secrets")]
)
def test_a_webhook_is_kept_where_the_secrets_can_t_be_read(error: Exception) -> None:
    def unreadable() -> Mapping[str, list[str]]:
        raise error

    receiver = Receiver("http://127.0.0.1:4566/_receiver/", unreadable)

    assert send(receiver).status == 200
    [delivery] = deliveries(receiver)
    assert delivery["signature"]["fault"] == f"not checked: the secrets can't be read: {error}"


def test_the_address_without_its_last_stroke_leads_to_the_page(receiver: Receiver) -> None:
    assert look(receiver).headers == {"location": "/_receiver/"}
    assert look(receiver, "/").headers["content-type"] == "text/html; charset=utf-8"
    assert look(receiver, "/hook").status == 404
