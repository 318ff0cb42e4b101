from __future__ import annotations

import pytest

from tools.dashboard.definition import Line, Metric, NotUnderstood, Outcomes, Search, widgets

WAITING = "SEARCH('{AWS/SQS,QueueName} MetricName=\"Visible\" spillway NOT dlq', 'Maximum', 60)"
DEAD = "SEARCH('{AWS/SQS,QueueName} MetricName=\"Visible\" spillway dlq', 'Maximum', 60)"
IN_CLUSTER = '{AWS/ECS,ClusterName,ServiceName} MetricName="CPU" ClusterName="c1"'
CPU = f"SEARCH('{IN_CLUSTER}', 'Average', 60)"


def queue(name: str, metric: str = "Visible") -> Metric:
    return Metric("AWS/SQS", metric, {"QueueName": name})


@pytest.mark.parametrize(
    ("metric", "is_waiting", "is_dead"),
    [
        (queue("spillway_default"), True, False),
        (queue("spillway_mini-lm"), True, False),
        (queue("spillway_default_dlq"), False, True),
        (queue("other_default"), False, False),
        (queue("spillways_default"), False, False),
        (queue("spillway_default", "Hidden"), False, False),
        (Metric("AWS/SQS", "Visible", {}), False, False),
    ],
)
def test_a_search_finds_queues_by_whole_words(
    metric: Metric, is_waiting: bool, is_dead: bool
) -> None:
    assert Search.of(WAITING, "").finds(metric) == is_waiting
    assert Search.of(DEAD, "").finds(metric) == is_dead


def test_a_stack_of_two_words_is_found_as_both_in_a_row() -> None:
    search = Search.of(WAITING.replace("spillway", "my-stack"), "")

    assert search.finds(queue("my-stack_default"))
    assert not search.finds(queue("stack-my_default"))


def test_a_search_leaves_out_what_is_named_whole() -> None:
    search = Search.of(WAITING.replace("dlq", 'dlq NOT "spillway-delivery"'), "")

    assert search.finds(queue("spillway_delivery")), "a model may bear the name"
    assert not search.finds(queue("spillway-delivery"))
    assert not search.finds(queue("spillway_default_dlq"))


def test_a_search_holds_a_dimension_to_its_value_and_names_lines_by_the_other() -> None:
    search = Search.of(CPU, "")
    ours, theirs = (
        Metric("AWS/ECS", "CPU", {"ClusterName": cluster, "ServiceName": "spillway-default"})
        for cluster in ("c1", "c2")
    )

    assert search.finds(ours)
    assert not search.finds(theirs)
    assert search.line(ours) == Line(ours, "Average", 60, "spillway-default")


def test_a_search_that_can_not_be_drawn_is_named() -> None:
    with pytest.raises(NotUnderstood, match="SUM"):
        Search.of("SUM(SEARCH('x'))", "")


def test_a_query_is_read_as_what_it_counts() -> None:
    query = (
        "SOURCE '/a' | SOURCE '/b' | filter model = 'default'"
        " | fields strcontains(status, 'FAILED') as bad | stats sum(bad) as failed by bin(1m)"
    )

    assert Outcomes.of(query) == Outcomes(["/a", "/b"], "default", "status", {"FAILED": "failed"})
    with pytest.raises(NotUnderstood):
        Outcomes.of("SOURCE '/a' | stats count(*)")


def test_a_value_that_is_part_of_another_is_counted_without_that() -> None:
    query = (
        "SOURCE '/a' | fields strcontains(message, 'delivered')"
        " - strcontains(message, 'undelivered') as ok, strcontains(message, 'gave up') as off"
        " | stats sum(ok) as delivered, sum(off) as failed by bin(1m)"
    )

    outcomes = Outcomes.of(query)

    assert outcomes == Outcomes(
        ["/a"], None, "message", {"delivered": "delivered", "gave up": "failed"}
    )


def test_widgets_have_lines_alarms_or_outcomes() -> None:
    at = {"x": 0, "y": 0, "width": 6, "height": 6}
    lines = [["A/B", "M", "D", "v", {"stat": "p99", "label": "slow"}], ["A/B", "N", "D", "v"]]
    shown = {"title": "t", "period": 60, "stat": "Sum", "metrics": lines}
    arn = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:a-b"
    body = {
        "widgets": [
            {"type": "metric", **at, "properties": shown},
            {"type": "alarm", **at, "properties": {"title": "a", "alarms": [arn]}},
        ]
    }

    metric, alarm = widgets(body)

    assert metric.lines == [
        Line(Metric("A/B", "M", {"D": "v"}), "p99", 60, "slow"),
        Line(Metric("A/B", "N", {"D": "v"}), "Sum", 60, ""),
    ]
    assert alarm.alarms == ["a-b"]
    with pytest.raises(NotUnderstood, match="text"):
        widgets({"widgets": [{"type": "text", **at, "properties": {"title": "t"}}]})
