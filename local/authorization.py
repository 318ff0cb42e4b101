"""What a policy is asked for where MiniStack's IAM asks for something else than AWS's.

On AWS, SendMessageBatch is allowed by sqs:SendMessage, as the other batch calls are by their
single ones; MiniStack asks for an action that no policy can name. And GetParametersByPath is
asked for on the path's own ARN, where MiniStack asks for every resource.
"""

from __future__ import annotations

import json
from typing import Any

from local import compatibility

ACTION = "core.iam_actions.extract_iam_action"
RESOURCE = "core.iam_actions.extract_resource_arn"
ANY = "*"


def install() -> None:
    """Have both asked for as on AWS."""
    extracted_action = compatibility.name(ACTION)
    extracted_resource = compatibility.name(RESOURCE)

    def extract_action(service: str, *request: Any) -> Any:  # noqa: ANN401 - passed through
        action = extracted_action(service, *request)
        return single_action(action) if isinstance(action, str) else action

    def extract_resource(service: str, *request: Any) -> Any:  # noqa: ANN401
        resource = extracted_resource(service, *request)
        if service != "ssm" or resource != ANY:
            return resource
        _method, _path, _headers, body, _params, region, account = request
        path = parameter_path(body)
        return f"arn:aws:ssm:{region}:{account}:parameter{path}" if path else resource

    compatibility.replace(ACTION, extract_action)
    compatibility.replace(RESOURCE, extract_resource)


def single_action(action: str) -> str:
    """Return the action a policy names: "sqs:SendMessage" for "sqs:SendMessageBatch"."""
    return action.removesuffix("Batch") if action.startswith("sqs:") else action


def parameter_path(body: bytes) -> str:
    """Return the Path of a GetParametersByPath request as ARNs spell it, "" for another request."""
    try:
        path = json.loads(body or b"{}").get("Path", "")
    except (ValueError, AttributeError):
        return ""
    return "/" + path.strip("/") if isinstance(path, str) and path.strip("/") else ""
