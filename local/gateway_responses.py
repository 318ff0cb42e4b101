"""What API Gateway itself answers: refusals, in the words of the stage's gateway responses.

MiniStack answers a signed caller whom no policy allows in the form of another service's error;
here it gets the API's own ACCESS_DENIED. `front` refuses too large a body by the same means.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from local import compatibility

if TYPE_CHECKING:
    from collections.abc import Mapping

    type Answer = tuple[int, Mapping[str, str], bytes]

V1 = "services.apigateway_v1"
JUDGE = "app._enforce_execute_api"
DENIED = "AccessDeniedException"


def install() -> None:
    """Have a caller who is not allowed answered by the API."""
    judged = compatibility.name(JUDGE)

    def judge(api_id: str, stage: str, *request: Any, **options: Any) -> Any:  # noqa: ANN401 - passed through
        refusal = judged(api_id, stage, *request, **options)
        why = denial(refusal) if refusal else None
        if why is None or stage not in compatibility.name(f"{V1}.stages_for_api")(api_id):
            return refusal
        _method, _path, headers, *_ = request
        return gateway_response(api_id, stage, "ACCESS_DENIED", why, headers)

    compatibility.replace(JUDGE, judge)


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
