"""What MiniStack leaves out of the event that a REST API sends to a function.

API Gateway says which API key let a request in (`requestContext.identity.apiKey` and `apiKeyId`)
where the method requires one; the product takes the tenant from it, never from a header that the
gateway has not checked.
"""

from __future__ import annotations

from typing import Any

from local import compatibility

BUILDER = "services.apigateway_v1._build_lambda_event_v1"
FINDER = "services.apigateway_v1._resolve_api_key"


def install() -> None:
    """Have each event carry the key that was checked."""
    built = compatibility.name(BUILDER)

    def build(*request: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - passed through
        event: dict[str, Any] = built(*request, **options)
        resource = request[3]
        methods = resource["resourceMethods"]
        method = methods.get(event["httpMethod"]) or methods.get("ANY") or {}
        if method.get("apiKeyRequired"):
            sent = {name.lower(): value for name, value in event["headers"].items()}
            key = compatibility.name(FINDER)(sent.get("x-api-key", "")) or {}
            checked = {"apiKey": key.get("value"), "apiKeyId": key.get("id")}
            event["requestContext"]["identity"].update(checked)
        return event

    compatibility.replace(BUILDER, build)
