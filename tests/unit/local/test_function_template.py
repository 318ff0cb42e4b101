from __future__ import annotations

from pathlib import Path

from local.function_template import with_key_check, with_routes, with_variables

TEMPLATE = {
    "Globals": {"Function": {"Environment": {"Variables": {"JOBS_TABLE": {"Ref": "JobsTable"}}}}},
    "Resources": {
        "Api": {"Properties": {"DefinitionBody": {"Fn::Transform": {"Name": "AWS::Include"}}}},
        "EnqueueFunction": {"Properties": {"Handler": "enqueue.handler"}},
        "ApiFunction": {"Properties": {"Handler": "jobs.handler", "Layers": [{"Ref": "More"}]}},
    },
}
FUNCTION = {"Fn::Sub": "…/${EnqueueFunction.Arn}/invocations"}


def integration(uri: object) -> dict[str, object]:
    return {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": uri}}


def test_variables_are_declared_beside_the_templates_own() -> None:
    changed = with_variables(TEMPLATE, ["AWS_ENDPOINT_URL", "JOBS_TABLE"])

    assert changed["Globals"]["Function"]["Environment"]["Variables"] == {
        "JOBS_TABLE": "",
        "AWS_ENDPOINT_URL": "",
    }
    assert TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["JOBS_TABLE"] != ""  # type: ignore[index]


def test_a_route_leads_to_the_function_itself() -> None:
    choice = {"Fn::If": ["HasVersion", {"Fn::Sub": "…/${Alias}/invocations"}, FUNCTION]}
    post = {"security": [{"apiKey": []}], **integration(choice)}
    document = {
        "openapi": "3.0.1",
        "paths": {"/jobs": {"parameters": [], "post": post, "get": integration(FUNCTION)}},
    }

    body = with_routes(TEMPLATE, document)["Resources"]["Api"]["Properties"]["DefinitionBody"]

    assert body["paths"] == {"/jobs": {"post": integration(FUNCTION), "get": integration(FUNCTION)}}


def test_the_key_check_stands_before_a_function() -> None:
    changed = with_key_check(TEMPLATE, ["EnqueueFunction", "ApiFunction"], Path("/code"))

    resources = changed["Resources"]
    enqueue, api = (resources[name]["Properties"] for name in ("EnqueueFunction", "ApiFunction"))
    assert resources["KeyCheck"]["Properties"]["ContentUri"] == "/code"
    assert enqueue["Handler"] == api["Handler"] == "key_check.handler"
    assert enqueue["Environment"]["Variables"]["CHECKED_HANDLER"] == "enqueue.handler"
    assert api["Layers"] == [{"Ref": "More"}, {"Ref": "KeyCheck"}]
