"""The environment of this process and of what it starts, freed of what the user's shell says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from local.settings import REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.settings import Settings
    from local.workspace import Workspace

# The emulator takes this pair for the account's root.
ROOT_KEY, ROOT_SECRET = "test", "test"
# Each decides where Python or an AWS client looks, and would be passed on to functions.
STRAY_NAMES = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV")
STRAY_PREFIXES = ("AWS_", "SAM_CLI_", "SAM_CONFIG", "MINISTACK_", "LAMBDA_", "LOCALSTACK_", "ECS_")
# What a worker may inherit: all else of its environment is its task definition's.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER")


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without what points an AWS client or Python elsewhere."""
    kept = {
        name: value
        for name, value in environ.items()
        if name not in STRAY_NAMES and not name.startswith(STRAY_PREFIXES)
    }
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in kept.get(name, "").split(",") if host]
        kept[name] = ",".join([*hosts, "127.0.0.1", "localhost"])
    return kept


def aws_client_environment(settings: Settings) -> dict[str, str]:
    """Return what points any AWS client at the emulator, whatever ~/.aws holds."""
    return {
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
        "AWS_ENDPOINT_URL": settings.endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def function_environment(endpoint_url: str) -> dict[str, str]:
    """Return what points a function in a container at the emulator, as the account's root.

    It stands before what the user's own AWS profile says, which `sam local` passes on.
    """
    return {
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
        "AWS_SESSION_TOKEN": "",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


def emulator_environment(settings: Settings, workspace: Workspace) -> dict[str, str]:
    """Return what MiniStack reads when it is imported.

    Its functions inherit it. AWS_ENDPOINT_URL is for them: without, they find MiniStack. So is
    SPILLWAY_LOOPBACK_WEBHOOKS: elsewhere no webhook may go to this machine, nor without TLS.
    """
    return {
        **({"AWS_ENDPOINT_URL": settings.through} if settings.through else {}),
        "SPILLWAY_LOOPBACK_WEBHOOKS": "allow",
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(settings.port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "1" if settings.keep else "0",
        "STATE_DIR": str(workspace.state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(workspace.objects),
        "TMPDIR": str(workspace.tmp),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # No container engine is asked for anything; `tasks` stands in its place.
        "DOCKER_HOST": f"unix://{workspace.tmp}/no-docker.sock",
    }


def inherited() -> dict[str, str]:
    """Return the little of this process's environment that a worker may see."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}
