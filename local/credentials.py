"""The task role's credentials, as ECS serves them to its tasks.

MiniStack's own endpoint gives keys that belong to no role. These are sessions of the role that
the task definition names, registered with its STS as it does for functions; a worker asks again
before they expire, so that a long run goes on.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from local import compatibility
from local.front import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

LIFETIME = timedelta(hours=1)


@dataclass(frozen=True)
class Session:
    """Temporary keys of a role; `expires_at` is aware, in UTC."""

    access_key_id: str
    secret_access_key: str
    token: str
    expires_at: datetime


def open_session(role_arn: str, session_name: str) -> Session:
    """Register new keys for a role. The emulator's IAM judges each call that they sign."""
    session = Session(
        access_key_id="ASIA" + secrets.token_hex(8).upper(),
        secret_access_key=secrets.token_hex(20),
        token=secrets.token_urlsafe(64),
        expires_at=datetime.now(UTC) + LIFETIME,
    )
    account, role_name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    compatibility.name("services.sts.register_session")(
        session.access_key_id,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{session_name}",
            "UserId": f"{role_name}:{session_name}",
            "SecretAccessKey": session.secret_access_key,
            "SessionToken": session.token,
            "Expiration": session.expires_at.timestamp(),
        },
    )
    return session


def credentials_reply(
    role_arn: str, session_name: str, opened: Callable[[str, str], Session] = open_session
) -> Reply:
    """Answer a task's request for credentials in ECS's own shape."""
    session = opened(role_arn, session_name)
    document = {
        "RoleArn": role_arn,
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "Token": session.token,
        "Expiration": session.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return Reply(200, {"content-type": "application/json"}, json.dumps(document).encode())
