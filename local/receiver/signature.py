"""Whose secret a webhook is signed with, as any receiver would check it: Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True, slots=True)
class Signature:
    """The tenant whose secret signed; where it is None, `fault` says what is wrong."""

    tenant: str | None
    fault: str | None = None


def checked(
    body: bytes, headers: Mapping[str, str], secrets: Mapping[str, Sequence[str]]
) -> Signature:
    """Return who signed; `secrets` are those that are valid now, by tenant."""
    if missing := [name for name in HEADERS if not headers.get(name)]:
        return Signature(None, f"not signed: no {', '.join(missing)}")
    fault = "no tenant has a webhook secret"
    for tenant, secret in _each(secrets):
        try:
            Webhook(secret).verify(body, dict(headers), json_parse=False)
        except WebhookVerificationError as error:
            fault = str(error)
        except ValueError:  # of base64, of UTF-8, of a signature without its version
            fault = "the body is no text, or the signature is not of the form v1,<base64>"
        else:
            return Signature(tenant)
    return Signature(None, fault)


def _each(secrets: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    return ((tenant, secret) for tenant, several in secrets.items() for secret in several)
