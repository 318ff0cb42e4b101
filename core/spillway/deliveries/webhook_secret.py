"""The secrets that a tenant's webhooks are signed with, as Standard Webhooks has them.

A tenant has one; for a while after it was rotated, the former one is valid too, so that receivers
need not change theirs in the same instant. Both lie in one SSM parameter, the newest first::

    {"secrets": [{"secret": "whsec_…", "until": null}, {"secret": "whsec_…", "until": 1800000000}]}

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field

from spillway.errors import MalformedSecrets
from spillway.strict_json import compact

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64
"""The specification's limits for a secret."""
NEW_BYTES = 32
"""As many as the digest of its HMAC has: more would add nothing."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret; `until_s` is when it ends, in epoch seconds, None where nothing ends it."""

    text: str = field(repr=False)
    until_s: int | None = None

    def is_valid(self, now_s: int) -> bool:
        """Whether it is good for a signature now."""
        return self.until_s is None or now_s < self.until_s


def parameter(stack: str, tenant: str) -> str:
    """The name of the SSM parameter that holds the tenant's secrets."""
    return f"/spillway/{stack}/webhooks/{tenant}"


def new_secret() -> str:
    """A secret that nobody can guess."""
    return PREFIX + base64.b64encode(secrets.token_bytes(NEW_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Whether a text is a secret: the prefix, then 24 to 64 bytes in base64."""
    encoded = text.removeprefix(PREFIX)
    try:
        size = len(base64.b64decode(encoded, validate=True))
    except ValueError:
        return False
    return text.startswith(PREFIX) and FEWEST_BYTES <= size <= MOST_BYTES


def parse(text: str) -> tuple[Secret, ...]:
    """The secrets of a parameter's text, the newest first.

    Raises:
        MalformedSecrets: it does not hold them; the error has none of the text.

    """
    try:
        told = [(entry["secret"], entry["until"]) for entry in json.loads(text)["secrets"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _malformed() from None
    if not all(isinstance(secret, str) and is_secret(secret) for secret, _ in told):
        raise _malformed()
    if not all(until is None or type(until) is int for _, until in told):
        raise _malformed()
    return tuple(Secret(secret, until) for secret, until in told)


def valid(text: str, now_s: int) -> list[str]:
    """The secrets that are good for a signature now, the newest first."""
    return [secret.text for secret in parse(text) if secret.is_valid(now_s)]


def rotated(text: str | None, secret: str, now_s: int, overlap_s: int) -> str:
    """The parameter's text with this secret in front; None where there was none before.

    The former one stays valid for `overlap_s` seconds more; any older one ends now, so two are
    valid at most. A secret that is in front already changes nothing: who repeats a rotation that
    was answered by nobody ends no secret early.
    """
    if not is_secret(secret):
        raise _malformed()
    have = () if text is None else parse(text)
    if have[:1] == (Secret(secret),):
        return _text(have[:2])
    former = [_ending(old, now_s + overlap_s) for old in have[:1] if old.text != secret]
    return _text((Secret(secret), *(old for old in former if old.is_valid(now_s))))


def _ending(secret: Secret, at_s: int) -> Secret:
    until_s = at_s if secret.until_s is None else min(at_s, secret.until_s)
    return Secret(secret.text, until_s)


def _text(held: tuple[Secret, ...]) -> str:
    return compact({"secrets": [{"secret": one.text, "until": one.until_s} for one in held]})


def _malformed() -> MalformedSecrets:
    return MalformedSecrets(
        f"expected each secret as {PREFIX} and {FEWEST_BYTES} to {MOST_BYTES} bytes in base64"
    )
