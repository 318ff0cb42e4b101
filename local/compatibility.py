"""Which MiniStack this was made for, and each private name of it that an adapter touches.

MiniStack is young and its owner changes what is not public as they like. A name that is gone is
told at start, all of them at once; what the names *do* is held by tests/contract/local.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from local.failure import StartFailed

if TYPE_CHECKING:
    from types import ModuleType

VERSION = "1.5.33"


@dataclass(frozen=True)
class PrivateName:
    """An attribute of a MiniStack module, and the adapter that needs it."""

    module: str
    attribute: str
    used_by: str


PRIVATE_NAMES = (
    PrivateName("app", "app", "emulator: the ASGI application"),
    PrivateName("app", "AUTH", "emulator: whether IAM is enforced"),
    PrivateName("services.ecs", "_docker", "tasks: the docker client"),
    PrivateName("services.ecs", "_get_docker", "tasks: who reads the docker client"),
    PrivateName("services.ecs", "_ACTION_MAP", "protection: UpdateTaskProtection"),
    PrivateName("services.apigateway_v1", "_import_rest_api", "rest_import: what it extends"),
    PrivateName("services.apigateway_v1", "_put_gateway_response", "rest_import"),
    PrivateName("services.apigateway_v1", "_create_request_validator", "rest_import"),
    PrivateName("services.apigateway_v1", "_create_model", "rest_import"),
    PrivateName("services.apigateway_v1", "_put_integration_response", "rest_import"),
    PrivateName("services.apigateway_v1", "_resources", "rest_import: an API's methods"),
    PrivateName("services.apigateway_v1", "_rest_apis", "front: the API of the stage"),
    PrivateName("services.apigateway_v1", "_gateway_error_response", "front: too large a body"),
    PrivateName("services.apigateway_v1", "_GatewayError", "front: too large a body"),
    PrivateName("services.apigateway_v1", "find_api_scope", "front"),
    PrivateName("services.apigateway_v1", "stages_for_api", "front: the API of the stage"),
    PrivateName("core.responses", "request_scope", "front"),
    PrivateName("core.iam_actions", "extract_iam_action", "batch_actions: what it corrects"),
    PrivateName(
        "services.cloudformation.provisioners", "_RESOURCE_HANDLERS", "resource_types: stand-ins"
    ),
    PrivateName("services.sts", "register_session", "credentials: sessions of the task role"),
    PrivateName("core.lambda_runtime", "reset", "emulator: stops the functions' processes"),
)


def module(name: str) -> ModuleType:
    """Return a module of MiniStack, untyped as it is. It reads the environment when imported."""
    return importlib.import_module(f"ministack.{name}")


def check() -> None:
    """Raise `StartFailed` naming all that this MiniStack lacks."""
    faults = [*_version_faults(), *missing_names()]
    if faults:
        raise StartFailed(
            f"local/ was made for MiniStack {VERSION}; this one does not fit: {'; '.join(faults)}"
        )


def missing_names() -> list[str]:
    """Return each private name that is gone, with who needs it."""
    return [
        f"no {name.module}.{name.attribute} ({name.used_by})"
        for name in PRIVATE_NAMES
        if not hasattr(_module_or_none(name.module), name.attribute)
    ]


def _module_or_none(name: str) -> ModuleType | None:
    try:
        return module(name)
    except ImportError:
        return None


def _version_faults() -> list[str]:
    try:
        installed = version("ministack")
    except PackageNotFoundError:
        return ["it is not installed"]
    return [] if installed == VERSION else [f"it is {installed}"]
