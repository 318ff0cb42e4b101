"""Which MiniStack this was made for, and each name in it that an adapter touches.

MiniStack is young and its owner changes what is not public as they like. A name that is gone is
told at start, all of them at once; what the names *do* is held by tests/contract/local.
"""

from __future__ import annotations

import importlib
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from local.failure import StartFailed

VERSION = "1.5.33"


# Dotted name below `ministack`, and the adapter that needs it.
NAMES = {
    "app._enforce_execute_api": "gateway_responses: what it completes",
    "app.app": "emulator: the ASGI application",
    "core.iam_actions.extract_iam_action": "authorization: what it corrects",
    "core.iam_actions.extract_resource_arn": "authorization: what it corrects",
    "core.iam_actions.request_tag_context": "authorization: what it completes",
    "core.lambda_runtime.reset": "emulator: ends the functions' processes",
    "core.responses.json_response": "protection: a reply in ECS's form",
    "core.responses.request_scope": "gateway_responses, scale_in: whose a request is",
    "services.apigateway_v1._GatewayError": "gateway_responses",
    "services.apigateway_v1._build_lambda_event_v1": "proxy_event: what it completes",
    "services.apigateway_v1._call_lambda_raw": "gateway_responses: a function without room",
    "services.apigateway_v1._create_model": "rest_import",
    "services.apigateway_v1._create_request_validator": "rest_import",
    "services.apigateway_v1._gateway_error_response": "gateway_responses",
    "services.apigateway_v1._import_rest_api": "rest_import: what it completes",
    "services.apigateway_v1._invoke_lambda_custom_v1": "gateway_responses: a function without room",
    "services.apigateway_v1._invoke_lambda_proxy_v1": "gateway_responses: a function without room",
    "services.apigateway_v1._put_gateway_response": "rest_import",
    "services.apigateway_v1._put_integration_response": "rest_import",
    "services.apigateway_v1._resolve_api_key": "proxy_event: the key that was checked",
    "services.apigateway_v1._resources": "rest_import: an API's methods",
    "services.apigateway_v1._rest_apis": "front: the API of the stage",
    "services.apigateway_v1.find_api_scope": "gateway_responses: whose API a request is for",
    "services.apigateway_v1.stages_for_api": "front, gateway_responses: the API of the stage",
    "services.cloudformation._stacks": "nested_stacks: what a stack's resources are",
    "services.cloudformation.handlers._imported_export_names": "stack_imports: what it completes",
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "resource_types: stand-ins",
    "services.cloudformation.provisioners._normalize_container_defs": "container_definitions",
    "services.cloudformation.provisioners._update_resource": "nested_stacks: what it completes",
    "services.cloudwatch._store_datum": "metric_data: what it tells on",
    "services.cloudwatch_logs._filter_log_events": "log_events: what it completes",
    "services.ecs._ACTION_MAP": "protection: UpdateTaskProtection, GetTaskProtection",
    "services.ecs._docker": "tasks: the docker client",
    "services.ecs._reconcile_service_tasks": "scale_in: what it completes",
    "services.ecs._services": "scale_in: a service's desired count",
    "services.ecs._stop_task": "scale_in: what it corrects",
    "services.ecs._tasks": "scale_in: a service's tasks",
    "services.sts.register_session": "credentials: sessions of the task role",
}


def name(dotted: str) -> Any:  # noqa: ANN401 - MiniStack is untyped
    """Return what MiniStack has under a name of `NAMES`; KeyError for a name that is not listed.

    MiniStack reads the environment when it is imported, which is when this is first called.
    """
    module, attribute = _split(dotted)
    return getattr(importlib.import_module(module), attribute)


def replace(dotted: str, value: Any) -> None:  # noqa: ANN401
    """Put something of ours under a name of `NAMES`."""
    module, attribute = _split(dotted)
    setattr(importlib.import_module(module), attribute, value)


def check() -> None:
    """Raise `StartFailed` naming all that this MiniStack lacks."""
    faults = [*_version_faults(), *missing_names()]
    if faults:
        raise StartFailed(
            f"local/ was made for MiniStack {VERSION}; this one does not fit: {'; '.join(faults)}"
        )


def missing_names() -> list[str]:
    """Return each name that is gone, with who needs it."""
    return [f"no {dotted} ({used_by})" for dotted, used_by in NAMES.items() if not _has(dotted)]


def _has(dotted: str) -> bool:
    try:
        name(dotted)
    except (ImportError, AttributeError):
        return False
    return True


def _split(dotted: str) -> tuple[str, str]:
    if dotted not in NAMES:
        raise KeyError(f"{dotted} is not among compatibility.NAMES")
    module, _, attribute = dotted.rpartition(".")
    return f"ministack.{module}", attribute


def _version_faults() -> list[str]:
    try:
        installed = version("ministack")
    except PackageNotFoundError:
        return ["it is not installed"]
    return [] if installed == VERSION else [f"it is {installed}"]
