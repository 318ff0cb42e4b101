"""Deliveries to a real HTTPS server: what arrives there, and what its answers come to."""

from __future__ import annotations

import json
import socket
import struct
from typing import TYPE_CHECKING

import httpcore
import pytest
import standardwebhooks

import spillway
from benchmarks.deliveries.specification import is_signed
from spillway.errors import DeliveryRefused, ReceiverGone, Undelivered
from tests.contract.delivery.senders.webhook.receivers import HOST, answer, raw
from tests.contract.delivery.senders.webhook.world import (
    PUBLIC,
    PUBLIC_6,
    SECRETS,
    TEXT,
    Names,
    Wired,
    delivery,
    webhook,
)

if TYPE_CHECKING:
    from tests.contract.delivery.senders.webhook.conftest import Receive
    from tests.contract.delivery.senders.webhook.receivers import Authority, Receiver

OK = answer(200, b"thanks")


def send(receiver: Receiver, trust: Authority, url: str = f"https://{HOST}/hook") -> None:
    webhook(Wired(receiver.port), trust.sender).send(delivery(url), TEXT)


def refusal(receiver: Receiver, trust: Authority) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        send(receiver, trust)
    return caught.value


# --- what arrives ---------------------------------------------------------------------------------


def test_a_receiver_verifies_what_it_got(receive: Receive, trust: Authority) -> None:
    receiver = receive(OK)

    send(receiver, trust)

    (seen,) = receiver.seen
    for secret in SECRETS:
        assert standardwebhooks.Webhook(secret).verify(seen.body, seen.headers) == json.loads(TEXT)
        assert is_signed(secret, seen.headers, seen.body)


def test_the_request_is_one_post_and_says_no_more_than_it_must(
    receive: Receive, trust: Authority
) -> None:
    receiver = receive(OK)

    send(receiver, trust, f"https://{HOST}/a;b=c/%20?key=1&key=2")

    (seen,) = receiver.seen
    assert seen.line == "POST /a;b=c/%20?key=1&key=2 HTTP/1.1"
    assert seen.body == TEXT.encode()
    told = {name: seen.headers[name] for name in seen.headers if "webhook" not in name}
    assert told == {
        "host": HOST,
        "content-type": "application/json",
        "content-length": str(len(TEXT.encode())),
        "connection": "close",
        "user-agent": f"Spillway/{spillway.__version__}",
    }
    assert (
        seen.headers["webhook-id"] == delivery(f"https://{HOST}/a;b=c/%20?key=1&key=2").delivery_id
    )


def test_the_checked_address_is_dialled_under_the_hosts_own_name(
    receive: Receive, trust: Authority
) -> None:
    receiver = receive(OK)
    names, network = Names([[PUBLIC_6, PUBLIC]]), Wired(receiver.port)

    webhook(network, trust.sender, resolver=names).send(delivery(), TEXT)

    assert names.asked == [HOST]
    assert network.dialled == [(PUBLIC_6, 443)]
    assert receiver.names == [HOST]
    assert receiver.seen[0].headers["host"] == HOST


def test_a_proxy_in_the_environment_is_not_asked(
    receive: Receive, trust: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    receiver = receive(OK)

    send(receiver, trust)

    assert len(receiver.seen) == 1


def test_an_answer_leaves_nothing_for_the_next_request(receive: Receive, trust: Authority) -> None:
    receiver = receive(answer(200, set_cookie="session=1", connection="keep-alive"))
    sender = webhook(Wired(receiver.port), trust.sender)

    for _ in range(2):
        sender.send(delivery(), TEXT)

    assert len(receiver.names) == 2, "each has a connection of its own"
    assert "cookie" not in receiver.seen[1].headers


def test_each_retry_has_the_same_id_and_body_and_a_time_of_its_own(
    receive: Receive, trust: Authority
) -> None:
    receiver = receive(answer(500), answer(503), OK)
    times_ms = iter(range(1_700_000_000_000, 1_700_001_000_000, 5_000))
    sender = webhook(Wired(receiver.port), trust.sender)
    sender._clock = lambda: next(times_ms)

    for _ in range(2):
        with pytest.raises(Undelivered):
            sender.send(delivery(), TEXT)
    sender.send(delivery(), TEXT)

    assert {seen.headers["webhook-id"] for seen in receiver.seen} == {delivery().delivery_id}
    assert {seen.body for seen in receiver.seen} == {TEXT.encode()}
    assert len({seen.headers["webhook-timestamp"] for seen in receiver.seen}) == 3
    assert len({seen.headers["webhook-signature"] for seen in receiver.seen}) == 3


def test_a_lost_answer_is_a_retry_that_the_receiver_can_tell(
    receive: Receive, trust: Authority
) -> None:
    receiver = receive(raw(b""), OK)

    assert str(refusal(receiver, trust)) == "it closed the connection without an answer"
    send(receiver, trust)

    first, second = receiver.seen
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


def test_a_tenant_without_a_secret_gets_nothing_sent(receive: Receive, trust: Authority) -> None:
    receiver = receive(OK)
    sender = webhook(Wired(receiver.port), trust.sender)

    with pytest.raises(Undelivered, match="`spillway webhooks secret newcomer --create`"):
        sender.send(delivery(tenant="newcomer"), TEXT)

    assert not receiver.names


# --- answers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_two_hundreds_are_taken(receive: Receive, trust: Authority, status: int) -> None:
    send(receive(raw(f"HTTP/1.1 {status} \r\n\r\n".encode())), trust)


@pytest.mark.parametrize("status", [400, 404, 500, 502])
def test_other_answers_are_tried_again(receive: Receive, trust: Authority, status: int) -> None:
    error = refusal(receive(answer(status, b"database\r\nis away")), trust)

    assert str(error) == f"answered {status}: database is away"
    assert not isinstance(error, ReceiverGone | DeliveryRefused)


def test_410_is_gone(receive: Receive, trust: Authority) -> None:
    assert isinstance(refusal(receive(answer(410)), trust), ReceiverGone)


@pytest.mark.parametrize("status", [429, 503, 500])
def test_a_receiver_may_ask_for_time(receive: Receive, trust: Authority, status: int) -> None:
    assert refusal(receive(answer(status, retry_after="120")), trust).retry_after_s == 120


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_the_metadata_service_is_not_followed(
    receive: Receive, trust: Authority, status: int
) -> None:
    receiver = receive(answer(status, location="http://169.254.169.254/latest/meta-data/"))
    names, network = Names(), Wired(receiver.port)

    with pytest.raises(Undelivered, match=f"answered {status}: redirects are not followed"):
        webhook(network, trust.sender, resolver=names).send(delivery(), TEXT)

    assert network.dialled == [(PUBLIC, 443)]
    assert len(receiver.seen) == 1


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (b"hello\r\n\r\n", "not HTTP/1.1"),
        (b"\x00\xff" * 500, "not HTTP/1.1"),
        (b"HTTP/2 200 OK\r\n\r\n", "not HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n", "not HTTP/1.1"),
        (b"HTTP/1.1 two OK\r\n\r\n", "not HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nhalf: a hea", "without an answer"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "without an answer"),
    ],
)
def test_an_answer_that_is_none_is_tried_again(
    receive: Receive, trust: Authority, reply: bytes, told: str
) -> None:
    error = refusal(receive(raw(reply)), trust)

    assert told in str(error)
    assert not isinstance(error, DeliveryRefused)


@pytest.mark.parametrize(
    "body",
    [b"content-length: 100\r\n\r\nhalf", b"transfer-encoding: chunked\r\n\r\nzz\r\nno chunk"],
)
def test_the_status_decides_whatever_becomes_of_the_body(
    receive: Receive, trust: Authority, body: bytes
) -> None:
    send(receive(raw(b"HTTP/1.1 200 OK\r\n" + body)), trust)
    with pytest.raises(Undelivered, match="answered 500"):
        send(receive(raw(b"HTTP/1.1 500 OK\r\n" + body)), trust)


def test_a_reset_instead_of_an_answer_is_tried_again(receive: Receive, trust: Authority) -> None:
    def reset(session: socket.socket) -> None:
        session.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        session.close()

    assert "without an answer" in str(refusal(receive(reset), trust))


def test_nobody_listening_is_tried_again(trust: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(Undelivered, match="no connection: refused, or no route") as caught:
        webhook(Wired(port), trust.sender).send(delivery(), TEXT)

    assert not isinstance(caught.value, DeliveryRefused)


# --- certificates ---------------------------------------------------------------------------------


def test_a_certificate_of_another_name_is_refused(receive: Receive, trust: Authority) -> None:
    receiver = receive(OK)

    with pytest.raises(Undelivered, match="certificate is refused: Hostname mismatch"):
        send(receiver, trust, "https://other.example.com/hook")

    assert not receiver.seen


def test_a_certificate_that_nobody_vouches_for_is_refused(receive: Receive) -> None:
    receiver = receive(OK)

    with pytest.raises(Undelivered, match="certificate is refused: "):
        webhook(Wired(receiver.port)).send(delivery(), TEXT)

    assert not receiver.seen


def test_a_receiver_without_tls_gets_nothing_readable(receive: Receive, trust: Authority) -> None:
    receiver = receive(OK, plain=True)

    error = refusal(receiver, trust)

    assert "no TLS session" in str(error)
    assert not receiver.seen


# --- one machine ----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_where_loopback_is_allowed_http_reaches_this_machine(receive: Receive, host: str) -> None:
    receiver = receive(OK, plain=True)
    url = f"http://{host}:{receiver.port}/hook"
    names = Names([["127.0.0.1"]])

    local = webhook(httpcore.AnyIOBackend(), resolver=names, loopback_allowed=True)
    local.send(delivery(url), TEXT)

    assert receiver.seen[0].headers["host"] == f"{host}:{receiver.port}"
    assert receiver.seen[0].body == TEXT.encode()


def test_an_ipv6_address_keeps_its_brackets_in_the_request(receive: Receive) -> None:
    receiver = receive(OK, plain=True)
    network = Wired(receiver.port)

    local = webhook(network, resolver=Names([["::1"]]), loopback_allowed=True)
    local.send(delivery("http://[::1]:8080/hook"), TEXT)

    assert network.dialled == [("::1", 8080)]
    assert receiver.seen[0].headers["host"] == "[::1]:8080"


def test_elsewhere_it_reaches_nothing(receive: Receive) -> None:
    receiver = receive(OK, plain=True)

    with pytest.raises(DeliveryRefused, match="https://"):
        webhook(httpcore.AnyIOBackend()).send(
            delivery(f"http://127.0.0.1:{receiver.port}/hook"), TEXT
        )

    assert not receiver.seen
