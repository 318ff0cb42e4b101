"""The secrets that tenants' webhooks are signed with, as an operator makes them: SSM keeps them.

SSM has no conditional write but the first one. Whoever writes later learns from the version that
it is given whether somebody else has written meanwhile, and then builds on that.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spillway.deliveries.webhook_secret import Secret, new_secret, parameter, parse, rotated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_ssm import SSMClient


@dataclass(frozen=True, slots=True)
class Held:
    """A tenant's parameter as it was read; without one, no text and version 0.

    What it holds is read when it is asked for, which raises `MalformedSecrets` for anything else.
    """

    text: str | None
    version: int

    @property
    def secrets(self) -> Sequence[Secret]:
        """Those that are valid now, the newest first."""
        now_s = int(time.time())
        return [each for each in parse(self.text) if each.is_valid(now_s)] if self.text else []


def read(ssm: SSMClient, stack: str, tenant: str) -> Held:
    """What there is of the tenant's."""
    return _read(ssm, parameter(stack, tenant))


def ensure(ssm: SSMClient, stack: str, tenant: str) -> str:
    """The tenant's newest secret; made now where there is none."""
    name = parameter(stack, tenant)
    held = _read(ssm, name)
    if held.text is None:
        try:
            return _make(ssm, name)
        except ssm.exceptions.ParameterAlreadyExists:
            # Somebody else was first: theirs it is.
            held = _read(ssm, name)
    return held.secrets[0].text


def rotate(ssm: SSMClient, stack: str, tenant: str, overlap_s: int) -> Sequence[Secret]:
    """Make a secret, also the first one; the former one stays valid for `overlap_s` seconds more.

    Returns those that are valid then, the new one first. Of two who rotate at once, each has made
    a valid one.
    """
    name, secret = parameter(stack, tenant), new_secret()
    held = _read(ssm, name)
    last = held.version
    while True:
        text = rotated(held.text, secret, int(time.time()), overlap_s)
        version = _put(ssm, name, text)
        if version == last + 1:
            return Held(text, version).secrets
        held, last = _read(ssm, f"{name}:{version - 1}"), version


def _read(ssm: SSMClient, name: str) -> Held:
    try:
        found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    except ssm.exceptions.ParameterNotFound:
        return Held(None, 0)
    return Held(found["Value"], found["Version"])


def _make(ssm: SSMClient, name: str) -> str:
    secret = new_secret()
    text = rotated(None, secret, int(time.time()), 0)
    ssm.put_parameter(Name=name, Value=text, Type="SecureString")
    return secret


def _put(ssm: SSMClient, name: str, text: str) -> int:
    """Write the parameter, whether there is one or not, and return its version."""
    return ssm.put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)["Version"]
