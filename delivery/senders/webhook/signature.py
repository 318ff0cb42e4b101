"""The headers by which a receiver knows whose message it is, and that it is new.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import EmptyWebhookSecretError

from spillway.errors import Undelivered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spillway.deliveries.delivery import DeliveryKey


def signed(
    key: DeliveryKey, text: str, secrets: Sequence[str], *, now_ms: int
) -> Mapping[str, str]:
    """The headers for this attempt. Each secret signs: while one replaces another both are valid.

    Raises:
        Undelivered: there is no secret, or one can't be read.

    """
    if not secrets:
        raise Undelivered(f"the tenant has no webhook secret: {_remedy(key.tenant)}")
    # Aware and UTC, since the library calls whatever it is given UTC.
    at = datetime.fromtimestamp(now_ms // 1000, UTC)
    try:
        signatures = [Signer(secret).sign(key.delivery_id, at, text) for secret in secrets]
    except (ValueError, EmptyWebhookSecretError) as error:
        # The error's own text may quote the secret, and this one is shown.
        raise Undelivered(
            f"the tenant's webhook secret can't be read: {_remedy(key.tenant)}"
        ) from error
    return {
        "webhook-id": key.delivery_id,
        "webhook-timestamp": str(now_ms // 1000),
        "webhook-signature": " ".join(signatures),
    }


def _remedy(tenant: str) -> str:
    return f"the operator makes one by `spillway webhooks secret {tenant} --create`"
