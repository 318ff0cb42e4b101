from __future__ import annotations

from spillway.openapi import published

DOCUMENT = {
    "info": {"title": {"Fn::Sub": "${AWS::StackName}"}},
    "x-amazon-apigateway-gateway-responses": {"THROTTLED": {}},
    "paths": {
        "/a": {
            "get": {
                "security": {"Fn::If": ["HasApiKeys", [{"apiKey": []}], [{"sigv4": []}]]},
                "x-amazon-apigateway-integration": {"uri": {"Fn::Sub": "x"}},
            }
        }
    },
    "components": {"securitySchemes": {"apiKey": {"in": "header"}, "sigv4": {"x-amazon-a": 1}}},
}


def test_callers_see_what_holds_in_their_mode_and_nothing_of_aws() -> None:
    assert published(DOCUMENT, stack="spillway", auth_mode="Iam") == {
        "info": {"title": "spillway"},
        "paths": {"/a": {"get": {"security": [{"sigv4": []}]}}},
        "components": {"securitySchemes": {"sigv4": {}}},
    }
    by_key = published(DOCUMENT, stack="spillway", auth_mode="ApiKey")
    assert by_key["paths"]["/a"]["get"]["security"] == [{"apiKey": []}]
