"""What MiniStack's import of an OpenAPI document leaves out of a REST API.

Its own importer keeps routes, security and an integration's type and address. `install` has it
followed by the rest of what API Gateway reads: gateway responses, request validators, required
parameters, body models, and an integration's templates and responses.
"""

from __future__ import annotations

import json
from typing import Any

from local import compatibility

type Document = dict[str, Any]

V1 = "services.apigateway_v1"
METHODS = ("get", "post", "put", "delete", "patch", "head", "options")
LOCATIONS = {"path": "path", "query": "querystring", "header": "header"}
# An integration's settings that the importer drops, by the name both sides use.
INTEGRATION_SETTINGS = (
    "credentials",
    "requestParameters",
    "requestTemplates",
    "passthroughBehavior",
    "timeoutInMillis",
    "contentHandling",
    "cacheKeyParameters",
)


def install() -> None:
    """Have every API that a template declares by its Body imported whole."""
    routes_only = compatibility.name(f"{V1}._import_rest_api")

    def import_rest_api(spec: Document, base_data: Document | None = None) -> str:
        api_id: str = routes_only(spec, base_data)
        Completion(api_id, spec).apply()
        return api_id

    compatibility.replace(f"{V1}._import_rest_api", import_rest_api)


class Completion:
    """The second pass over one document, for the API `api_id` that the first pass made."""

    def __init__(self, api_id: str, spec: Document) -> None:
        self._api_id = api_id
        self._spec = spec

    def apply(self) -> None:
        """Add what was left out, models and validators before the methods that name them."""
        self._put_gateway_responses()
        models = self._create_models()
        validators = self._create_validators()
        for resource in compatibility.name(f"{V1}._resources")[self._api_id].values():
            operations = self._spec.get("paths", {}).get(resource["path"], {})
            for method in METHODS:
                target = resource["resourceMethods"].get(method.upper())
                if target is not None and method in operations:
                    shared = operations.get("parameters", [])
                    operation = operations[method]
                    target.update(self._method(operation, shared, models, validators))
                    self._complete_integration(resource["id"], method.upper(), target, operation)

    def _put_gateway_responses(self) -> None:
        for kind, response in self._spec.get("x-amazon-apigateway-gateway-responses", {}).items():
            status, _, body = compatibility.name(f"{V1}._put_gateway_response")(
                self._api_id, kind, response
            )
            if status >= 400:
                raise ValueError(f"gateway response {kind} was refused: {body!r}")

    def _create_models(self) -> dict[str, str]:
        """Return each schema's reference mapped to the model's name."""
        schemas = self._spec.get("components", {}).get("schemas", {})
        definitions = {name: _relocated(schema) for name, schema in schemas.items()}
        for name, schema in definitions.items():
            text = json.dumps({**schema, "definitions": definitions})
            compatibility.name(f"{V1}._create_model")(self._api_id, {"name": name, "schema": text})
        return {f"#/components/schemas/{name}": name for name in schemas}

    def _create_validators(self) -> dict[str, str]:
        """Return each validator's name mapped to its id."""
        declared = self._spec.get("x-amazon-apigateway-request-validators", {})
        ids = {}
        for name, flags in declared.items():
            created = compatibility.name(f"{V1}._create_request_validator")(
                self._api_id, {"name": name, **flags}
            )
            ids[name] = json.loads(created[2])["id"]
        return ids

    def _method(
        self,
        operation: Document,
        shared: list[Document],
        models: dict[str, str],
        validators: dict[str, str],
    ) -> Document:
        key = "x-amazon-apigateway-request-validator"
        validator = operation.get(key, self._spec.get(key))
        return {
            "requestValidatorId": validators.get(validator) if validator else None,
            "requestParameters": dict(
                self._parameter(entry) for entry in [*shared, *operation.get("parameters", [])]
            ),
            "requestModels": {
                kind: models[media["schema"]["$ref"]]
                for kind, media in self._resolved(operation.get("requestBody"))
                .get("content", {})
                .items()
                if media.get("schema", {}).get("$ref") in models
            },
        }

    def _parameter(self, entry: Document) -> tuple[str, bool]:
        """Return e.g. ("method.request.path.jobId", True)."""
        entry = self._resolved(entry)
        required = entry["in"] == "path" or bool(entry.get("required"))
        return f"method.request.{LOCATIONS.get(entry['in'], entry['in'])}.{entry['name']}", required

    def _complete_integration(
        self, resource_id: str, method: str, target: Document, operation: Document
    ) -> None:
        declared = operation.get("x-amazon-apigateway-integration", {})
        if not target.get("methodIntegration"):
            return
        for name in INTEGRATION_SETTINGS:
            if name in declared:
                target["methodIntegration"][name] = declared[name]
        for pattern, response in declared.get("responses", {}).items():
            data = {**response, "selectionPattern": "" if pattern == "default" else pattern}
            compatibility.name(f"{V1}._put_integration_response")(
                self._api_id, resource_id, method, str(response["statusCode"]), data
            )

    def _resolved(self, node: Document | None) -> Document:
        """Follow a local reference, such as #/components/parameters/JobId."""
        node = node or {}
        if "$ref" not in node:
            return node
        found: Any = self._spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return self._resolved(found)


def _relocated(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a schema with its references pointed into the model's own definitions."""
    if isinstance(node, dict):
        return {
            key: value.replace("#/components/schemas/", "#/definitions/")
            if key == "$ref" and isinstance(value, str)
            else _relocated(value)
            for key, value in node.items()
        }
    return [_relocated(item) for item in node] if isinstance(node, list) else node
