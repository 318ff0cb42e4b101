from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from local.receiver.signature import Signature, checked
from spillway.deliveries.webhook_secret import new_secret

BODY = b'{"type":"job.succeeded"}'
OLD, NEW, OTHER = new_secret(), new_secret(), new_secret()
SECRETS = {"acme": [OTHER], "demo": [NEW, OLD]}


def signed(secret: str, body: bytes = BODY, age: timedelta = timedelta()) -> dict[str, str]:
    """The headers of a webhook that a sender signed some time ago."""
    at = datetime.now(UTC) - age
    return {
        "webhook-id": "dlv_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("dlv_1", at, body.decode()),
    }


@pytest.mark.parametrize(("secret", "tenant"), [(NEW, "demo"), (OLD, "demo"), (OTHER, "acme")])
def test_it_is_told_whose_secret_signed(secret: str, tenant: str) -> None:
    assert checked(BODY, signed(secret), SECRETS) == Signature(tenant)


def test_one_of_two_signatures_is_enough() -> None:
    ours, theirs = signed(OLD), signed(new_secret())
    both = f"{theirs['webhook-signature']} {ours['webhook-signature']}"

    assert checked(BODY, {**ours, "webhook-signature": both}, SECRETS).tenant == "demo"


@pytest.mark.parametrize(
    ("secret", "age", "changed", "fault"),
    [
        (new_secret(), 0, {}, "No matching signature found"),
        (NEW, 0, {"webhook-id": "dlv_2"}, "No matching signature found"),
        (NEW, 6, {}, "Message timestamp too old"),
        (NEW, -6, {}, "Message timestamp too new"),
        (NEW, 0, {"webhook-id": ""}, "not signed: no webhook-id"),
        (NEW, 0, {"webhook-signature": "abc"}, "not of the form v1,<base64>"),
        (NEW, 0, {"webhook-signature": "v1,a"}, "not of the form v1,<base64>"),
    ],
)
def test_what_is_wrong_is_told(secret: str, age: int, changed: dict[str, str], fault: str) -> None:
    headers = signed(secret, age=timedelta(minutes=age)) | changed

    signature = checked(BODY, headers, SECRETS)

    assert signature.tenant is None
    assert fault in str(signature.fault)


@pytest.mark.parametrize(
    ("body", "fault"),
    [(BODY + b" ", "No matching signature found"), (b"\xff", "the body is no text")],
)
def test_another_body_than_was_signed_is_told(body: bytes, fault: str) -> None:
    signature = checked(body, signed(NEW), SECRETS)

    assert signature.tenant is None
    assert fault in str(signature.fault)


def test_without_any_secret_nothing_is_verified() -> None:
    assert checked(BODY, signed(NEW), {}) == Signature(None, "no tenant has a webhook secret")
