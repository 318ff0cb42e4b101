"""What api/openapi.yaml says of an operation's answers, to hold the handlers' answers to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from jsonschema import Draft4Validator

from spillway.openapi import published

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPENAPI = Path(__file__).parents[3] / "api" / "openapi.yaml"
METHODS = ("get", "put", "post", "delete", "patch")
UNNAMED_HEADERS = ("content-type", "cache-control")


class Document:
    """The document, published for callers with API keys."""

    def __init__(self) -> None:
        source = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
        self.source: dict[str, Any] = source
        self.shown = published(source, stack="spillway", auth_mode="ApiKey")
        self._components = _closed(self.shown["components"])

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Each method, path and operation."""
        for path, item in self.shown["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method.upper(), path, item[method]

    def check(
        self, method: str, path: str, status: int, headers: Mapping[str, str], body: object
    ) -> None:
        """Raise AssertionError for an answer that the document does not foresee."""
        operation = self._operation(method, path)
        if operation is None:
            assert status == 404, f"{method} {path} is not in the document"
            self._check_schema({"$ref": "#/components/schemas/Problem"}, body)
            return
        answers = operation["responses"]
        assert str(status) in answers, f"{method} {path}: the document has no {status}"
        foreseen = answers[str(status)]
        named = {name.lower() for name in foreseen.get("headers", {})}
        sent = {name.lower() for name in headers} - set(UNNAMED_HEADERS)
        assert sent <= named, f"{method} {path} {status}: headers {sent - named} are not named"
        if status in (429, 503):
            assert "retry-after" in sent
        if "content" not in foreseen:
            assert body is None
            return
        media = headers["Content-Type"]
        assert media == ("application/json" if status < 400 else "application/problem+json")
        self._check_schema(foreseen["content"][media]["schema"], body)

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        steps = path.removeprefix("/v1").strip("/").split("/")
        for verb, template, operation in self.operations():
            wanted = template.strip("/").split("/")
            if verb == method and len(wanted) == len(steps) and all(map(_fits, wanted, steps)):
                return operation
        return None

    def _check_schema(self, schema: Mapping[str, Any], body: object) -> None:
        whole = {"allOf": [schema], "components": self._components}
        Draft4Validator.check_schema(whole)
        Draft4Validator(whole).validate(body)


def _fits(template: str, step: str) -> bool:
    return template.startswith("{") or template == step


def _closed(schema: Any) -> Any:
    """The same schemas, refusing members that they do not name."""
    if isinstance(schema, list):
        return [_closed(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(entry) for name, entry in schema.items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed
