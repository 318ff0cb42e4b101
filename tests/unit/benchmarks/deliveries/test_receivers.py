from __future__ import annotations

import time
from collections import Counter
from http.client import HTTPConnection, RemoteDisconnected
from typing import TYPE_CHECKING

import pytest

from benchmarks.deliveries.receivers import SHARES, Kind, Receivers, kind_of, receiving
from delivery.senders.webhook.signature import signed
from spillway.deliveries.delivery import DeliveryKey
from spillway.deliveries.webhook_secret import new_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECRET = new_secret()
BODY = '{"type":"job.succeeded","data":{"jobId":"job-1"}}'


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    with receiving(SECRET) as listening:
        yield listening


def first(kind: Kind) -> int:
    return next(number for number in range(100) if kind_of(number) is kind)


def told(receivers: Receivers, number: int, secret: str = SECRET) -> int | None:
    """Send it the body and return its status, None where it hung up."""
    key, now_ms = DeliveryKey("demo", "dlv_1"), time.time_ns() // 1_000_000
    headers: Mapping[str, str] = signed(key, BODY, [secret], now_ms=now_ms)
    connection = HTTPConnection("127.0.0.1", receivers.port, timeout=10)
    try:
        connection.request("POST", f"/{number}", BODY, dict(headers))
        return connection.getresponse().status
    except (RemoteDisconnected, ConnectionResetError):
        return None
    finally:
        connection.close()


@pytest.mark.parametrize("start", [0, 100, 900])
def test_each_hundred_receivers_have_their_share_of_each_kind(start: int) -> None:
    kinds = Counter(kind_of(number) for number in range(start, start + 100))

    assert kinds == SHARES
    assert sum(SHARES.values()) - SHARES[Kind.GOOD] == 30


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        (Kind.GOOD, [204, 204]),
        (Kind.BROKEN, [500, 500, 500]),
        (Kind.GONE, [410]),
        (Kind.BUSY, [503, 503, 204]),
        (Kind.LOST, [None, 204]),
    ],
)
def test_a_receiver_answers_as_its_kind_has_it(
    receivers: Receivers, kind: Kind, statuses: list[int | None]
) -> None:
    number = first(kind)

    assert [told(receivers, number) for _ in statuses] == statuses

    # And each was heard, whatever it answered
    heard = receivers.heard[number]
    assert (heard.requests, heard.ids, heard.job_ids) == (len(statuses), {"dlv_1"}, {"job-1"})
    assert len(heard.bodies) == 1
    assert heard.not_verified == []


def test_nobody_listens_where_one_is_away(receivers: Receivers) -> None:
    away = receivers.url(first(Kind.AWAY))

    assert f":{receivers.port}/" not in away
    assert f":{receivers.port}/" in receivers.url(first(Kind.GOOD))


def test_both_verifiers_find_a_signature_by_another_secret(receivers: Receivers) -> None:
    number = first(Kind.GOOD)

    told(receivers, number, secret=new_secret())

    library, specification = sorted(receivers.heard[number].not_verified, reverse=True)
    assert library.startswith("the library says")
    assert specification == "not signed as the specification has it"
