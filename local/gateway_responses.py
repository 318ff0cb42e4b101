"""What API Gateway itself answers: refusals, in the words of the stage's gateway responses.

MiniStack answers a signed caller whom no policy allows in the form of another service's error;
here it gets the API's own ACCESS_DENIED. It hands on Lambda's own answer where a function has no
room; here that is INTEGRATION_FAILURE. `front` refuses too large a body by the same means.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from local import compatibility

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    type Answer = tuple[int, Mapping[str, str], bytes]

V1 = "services.apigateway_v1"
JUDGE = "app._enforce_execute_api"
CALL = f"{V1}._call_lambda_raw"
INTEGRATIONS = (f"{V1}._invoke_lambda_proxy_v1", f"{V1}._invoke_lambda_custom_v1")
DENIED = "AccessDeniedException"


class NoRoom(Exception):
    """Lambda throttled a call."""


def install() -> None:
    """Have the API answer for a caller who is not allowed, and for a function that has no room."""
    _install_denials()
    _install_throttles()


def _install_denials() -> None:
    judged = compatibility.name(JUDGE)

    def judge(api_id: str, stage: str, *request: Any, **options: Any) -> Any:  # noqa: ANN401 - passed through
        refusal = judged(api_id, stage, *request, **options)
        why = denial(refusal) if refusal else None
        if why is None or stage not in compatibility.name(f"{V1}.stages_for_api")(api_id):
            return refusal
        _method, _path, headers, *_ = request
        return gateway_response(api_id, stage, "ACCESS_DENIED", why, headers)

    compatibility.replace(JUDGE, judge)


def _install_throttles() -> None:
    called = compatibility.name(CALL)

    async def call(*function: Any, **options: Any) -> Any:  # noqa: ANN401 - passed through
        result, error = await called(*function, **options)
        if result and result.get("throttle"):
            raise NoRoom
        return result, error

    compatibility.replace(CALL, call)
    for name in INTEGRATIONS:
        compatibility.replace(name, _answering_throttles(compatibility.name(name)))


def _answering_throttles(invoked: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def invoke(*request: Any, **options: Any) -> Any:  # noqa: ANN401 - passed through
        try:
            return await invoked(*request, **options)
        except NoRoom:
            failure = compatibility.name(f"{V1}._GatewayError")
            return failure("INTEGRATION_FAILURE", "Internal server error")

    return invoke


def denial(refusal: Answer) -> str | None:
    """Return why IAM's policies deny a call, None for a refusal of another kind."""
    try:
        document = json.loads(refusal[2])
    except ValueError:
        return None
    return str(document.get("message")) if document.get("__type") == DENIED else None


def gateway_response(
    api_id: str, stage: str, kind: str, message: str, headers: Mapping[str, str]
) -> Answer:
    """Return what the stage's gateway response of this kind says."""
    request = {
        "api_id": api_id,
        "stage_name": stage,
        "stage": compatibility.name(f"{V1}.stages_for_api")(api_id)[stage],
        "headers": headers,
        "query_params": {},
        "path_params": {},
        "resource_path": "",
        "request_id": str(uuid.uuid4()),
    }
    error = compatibility.name(f"{V1}._GatewayError")(kind, message)
    owner = compatibility.name(f"{V1}.find_api_scope")(api_id)
    with compatibility.name("core.responses.request_scope")(*owner):
        answer: Answer = compatibility.name(f"{V1}._gateway_error_response")(error, request)
    return answer
