"""Signatures, held against the specification's own arithmetic and against receivers' library."""

from __future__ import annotations

import base64
import time

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.deliveries.specification import is_signed, signature
from delivery.senders.webhook.signature import signed
from spillway.deliveries.delivery import DeliveryKey
from spillway.errors import Undelivered

KEY = DeliveryKey("acme", "dlv_0011223344556677")
TEXT = '{"type":"job.succeeded","data":{"name":"é"}}'
SECRETS = st.binary(min_size=24, max_size=64).map(
    lambda raw: "whsec_" + base64.b64encode(raw).decode()
)
NEW, OLD = ("whsec_" + base64.b64encode(bytes([byte]) * 32).decode() for byte in (1, 2))


def test_the_signature_is_the_one_that_its_authors_published() -> None:
    # https://docs.svix.com/receiving/verifying-payloads/how
    headers = signed(
        DeliveryKey("acme", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        '{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        now_ms=1_614_265_330_999,
    )

    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(SECRETS, st.text(), st.integers(0, 4_102_444_800_000))
def test_the_signature_is_as_specified_for_any_text(secret: str, text: str, now_ms: int) -> None:
    headers = signed(KEY, text.encode(errors="replace").decode(), [secret], now_ms=now_ms)

    clean = text.encode(errors="replace").decode()
    assert headers["webhook-signature"] == signature(secret, headers, clean.encode())
    assert headers["webhook-timestamp"] == str(now_ms // 1000)
    assert headers["webhook-id"] == KEY.delivery_id


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_a_receiver_verifies_with_either_secret_while_they_rotate(secret: str) -> None:
    headers = dict(signed(KEY, TEXT, [NEW, OLD], now_ms=time.time_ns() // 1_000_000))

    standardwebhooks.Webhook(secret).verify(TEXT, headers)
    assert is_signed(secret, headers, TEXT.encode())


def test_a_receiver_refuses_another_text_and_another_secret() -> None:
    headers = dict(signed(KEY, TEXT, [NEW], now_ms=time.time_ns() // 1_000_000))

    for secret, text in ((NEW, TEXT + " "), (OLD, TEXT)):
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(secret).verify(text, headers)
        assert not is_signed(secret, headers, text.encode())


def test_the_hour_does_not_depend_on_where_the_machine_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = signed(KEY, TEXT, [NEW], now_ms=1_614_265_330_000)

    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    there = signed(KEY, TEXT, [NEW], now_ms=1_614_265_330_000)
    monkeypatch.undo()
    time.tzset()

    assert there == here


def test_without_a_secret_nothing_is_sent_and_the_operator_is_told_what_to_do() -> None:
    with pytest.raises(Undelivered, match="`spillway webhooks secret acme --create`"):
        signed(KEY, TEXT, [], now_ms=0)


@pytest.mark.parametrize("secret", ["whsec_", "", "whsec_A", "whsec_é"])
def test_a_secret_that_cant_be_read_is_told_but_not_shown(secret: str) -> None:
    with pytest.raises(Undelivered, match="`spillway webhooks secret acme --create`") as caught:
        signed(KEY, TEXT, [NEW, secret], now_ms=0)

    assert not secret or secret not in str(caught.value)
    assert NEW not in str(caught.value)
