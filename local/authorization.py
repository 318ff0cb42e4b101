"""What a policy is asked for where MiniStack's IAM asks for something else than AWS's.

On AWS, SendMessageBatch is allowed by sqs:SendMessage, as the other batch calls are by their
single ones; MiniStack asks for an action that no policy can name. And GetParametersByPath is
asked for on the path's own ARN, where MiniStack asks for every resource; and DescribeServices and
UpdateService on the service's, where MiniStack asks for the cluster's. And PutMetricData tells
its namespace, so that a policy can limit it, where MiniStack tells none.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local import compatibility

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTION = "core.iam_actions.extract_iam_action"
RESOURCE = "core.iam_actions.extract_resource_arn"
CONTEXT = "core.iam_actions.request_tag_context"
ANY = "*"
PUT_METRIC_DATA = "cloudwatch:PutMetricData"


def install() -> None:
    """Have all asked for as on AWS."""
    extracted_action = compatibility.name(ACTION)
    extracted_resource = compatibility.name(RESOURCE)
    told = compatibility.name(CONTEXT)

    def extract_action(service: str, *request: Any) -> Any:  # noqa: ANN401 - passed through
        action = extracted_action(service, *request)
        return single_action(action) if isinstance(action, str) else action

    def extract_resource(service: str, *request: Any) -> Any:  # noqa: ANN401
        resource = extracted_resource(service, *request)
        _method, _path, _headers, body, _params, region, account = request
        if service == "ecs" and (name := service_path(body)):
            return f"arn:aws:ecs:{region}:{account}:service/{name}"
        if service == "ssm" and resource == ANY and (path := parameter_path(body)):
            return f"arn:aws:ssm:{region}:{account}:parameter{path}"
        return resource

    def tell(service: str, action: str, body: bytes, params: dict[str, Any]) -> Any:  # noqa: ANN401
        context = told(service, action, body, params)
        namespace = metric_namespace(body, params) if action == PUT_METRIC_DATA else ""
        return {**context, "cloudwatch:namespace": namespace} if namespace else context

    compatibility.replace(CONTEXT, tell)
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


def service_path(body: bytes) -> str:
    """Return `<cluster>/<service>` of a request on services, "" for another; the first of several.

    MiniStack takes one resource a request, AWS asks for each.
    """
    try:
        request = json.loads(body or b"{}")
        services = request.get("services") or [request.get("service")]
    except (ValueError, AttributeError):
        return ""
    names = [str(name).rsplit("/", 1)[-1] for name in (request.get("cluster"), services[0]) if name]
    return "/".join(names) if len(names) == 2 else ""


def metric_namespace(body: bytes, params: Mapping[str, Any]) -> str:
    """Return the Namespace of a PutMetricData request, as JSON or as a query, "" where unread."""
    if not body.startswith(b"{"):
        named = params.get("Namespace", "")
        return str(named[0] if isinstance(named, list) else named)
    try:
        return str(json.loads(body).get("Namespace", ""))
    except ValueError:
        return ""
