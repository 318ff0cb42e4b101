from __future__ import annotations

from typing import Any

import pytest

from scaling.engine.resolution import Resolver, Unresolvable

TEMPLATE: dict[str, Any] = {
    "Parameters": {"Model": {}, "MaxTasks": {"Default": 4}, "Names": {"Default": "a,b"}},
    "Conditions": {
        "HasOne": {"Fn::Equals": [{"Ref": "MaxTasks"}, 1]},
        "HasMany": {"Fn::Not": [{"Condition": "HasOne"}]},
    },
}


def resolved(node: Any, **known: str) -> Any:
    return Resolver(TEMPLATE, {"Model": "demo"}, known).value(node)


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "MaxTasks"}, "4"),
        ({"Fn::If": ["HasOne", "yes", "no"]}, "no"),
        ({"Fn::Sub": "${Model}-${MaxTasks}"}, "demo-4"),
        ({"Fn::Sub": ["${Own}/${Model}", {"Own": {"Ref": "MaxTasks"}}]}, "4/demo"),
        ({"Fn::Select": [1, {"Fn::Split": [",", {"Ref": "Names"}]}]}, "b"),
        ({"Fn::Join": ["*", {"Fn::Split": [",", {"Ref": "Names"}]}]}, "a*b"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
        ({"Fn::And": [{"Condition": "HasMany"}, {"Fn::Or": [False, True]}]}, True),
        ({"Fn::Contains": [["a", "4"], {"Ref": "MaxTasks"}]}, True),
    ],
)
def test_what_parameters_and_conditions_say_is_known(node: Any, value: Any) -> None:
    assert resolved(node) == value


@pytest.mark.parametrize(
    "node",
    [
        {"Ref": "Queue"},
        {"Fn::GetAtt": ["Queue", "Arn"]},
        {"Fn::Sub": "x/${Queue.Arn}"},
        {"Fn::Join": [",", ["a", {"Ref": "Queue"}]]},
        {"Fn::Join": [",", {"Fn::Split": [":", {"Ref": "Queue"}]}]},
    ],
)
def test_a_resource_s_value_stays_a_reference(node: Any) -> None:
    assert resolved(node) == node


def test_a_resource_s_value_is_put_in_where_it_is_given() -> None:
    known = {"Queue": "https://queue", "Queue.Arn": "arn:queue"}

    assert resolved({"Ref": "Queue"}, **known) == "https://queue"
    assert resolved({"Fn::GetAtt": ["Queue", "Arn"]}, **known) == "arn:queue"
    assert resolved({"Fn::Sub": "x/${Queue.Arn}"}, **known) == "x/arn:queue"


def test_what_a_condition_leaves_out_is_not_there() -> None:
    resolver = Resolver(TEMPLATE, {"Model": "demo"}, {})

    made = resolver.part({"One": {"Condition": "HasOne"}, "Many": {"Condition": "HasMany", "a": 1}})

    assert made == {"Many": {"a": 1}}


@pytest.mark.parametrize(
    ("given", "problem"),
    [({}, "parameter Model"), ({"Model": "a", "Modle": "b"}, "no parameter Modle")],
)
def test_parameters_that_do_not_fit_the_template_are_named(
    given: dict[str, str], problem: str
) -> None:
    with pytest.raises(Unresolvable, match=problem):
        Resolver(TEMPLATE, given, {})


def test_a_condition_that_is_not_there_is_named() -> None:
    with pytest.raises(Unresolvable, match="no condition HasNone"):
        resolved({"Fn::If": ["HasNone", 1, 2]})
