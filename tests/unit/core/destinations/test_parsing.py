from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.destinations.destination import ADDRESSES, Destination, from_text, to_text
from spillway.destinations.parsing import PREFIX_BYTES, address, parse
from spillway.errors import Fault
from spillway.event import ENDS, EventType
from tests.unit.core.json_values import VALUES

HOOK = {"type": "webhook", "url": "https://example.com/hook"}
TOPIC = {"type": "sns", "topicArn": "arn:aws:sns:eu-central-1:123456789012:done"}
QUEUE = {"type": "sqs", "queueArn": "arn:aws:sqs:eu-central-1:123456789012:done"}
BUS = {"type": "eventbridge", "eventBusArn": "arn:aws:events:us-east-1:123456789012:event-bus/b"}
FOLDER = {"type": "s3", "uri": "s3://results-of-acme/in/"}
EACH = (HOOK, TOPIC, QUEUE, BUS, FOLDER)


def read(request: dict[str, Any]) -> tuple[tuple[Destination, ...] | None, list[Fault]]:
    """What is read from the request, and what is wrong with it."""
    faults: list[Fault] = []
    return parse(request, faults, loopback=False), faults


def fault(value: object) -> Fault:
    """The one thing that is wrong with a destination."""
    _, faults = read({"destination": value})
    assert len(faults) == 1, faults
    return faults[0]


def test_what_names_none_has_none_and_what_names_no_place_has_an_empty_list() -> None:
    assert read({"payload": 1}) == (None, [])
    assert read({"destinations": []}) == ((), [])


def test_one_stands_alone_or_in_a_list() -> None:
    hook = Destination("webhook", "https://example.com/hook")

    assert read({"destination": HOOK}) == ((hook,), [])
    assert read({"destinations": [HOOK]}) == ((hook,), [])


def test_each_type_is_read_with_its_address() -> None:
    named, faults = read({"destinations": list(EACH)})

    assert faults == []
    assert named == tuple(
        Destination(given["type"], given[ADDRESSES[given["type"]]])  # type: ignore[arg-type,index]
        for given in EACH
    )


def test_both_ways_at_once_are_one_too_many() -> None:
    named, faults = read({"destination": HOOK, "destinations": [TOPIC]})

    assert named is None
    assert [fault.pointer for fault in faults] == ["/destination"]
    assert "got both" in faults[0].detail


@pytest.mark.parametrize("value", [None, {}, HOOK, "https://example.com", 5])
def test_destinations_are_a_list(value: object) -> None:
    _, faults = read({"destinations": value})

    assert [fault.pointer for fault in faults] == ["/destinations"]
    assert faults[0].detail.startswith("destinations: expected an array, got ")


def test_five_are_taken_and_six_are_not() -> None:
    hooks = [{**HOOK, "url": f"https://example.com/{number}"} for number in range(6)]

    assert read({"destinations": hooks[:5]})[1] == []
    assert read({"destinations": hooks})[1] == [
        Fault("destinations: expected at most 5, got 6", "/destinations")
    ]


def test_the_events_and_the_format_are_as_they_were_asked_for() -> None:
    started = {**QUEUE, "events": ["job.started", "job.failed"]}
    ended = {**TOPIC, "events": ["job.failed"], "format": "sagemaker"}

    named, faults = read({"destinations": [started, ended]})

    assert faults == []
    assert named is not None
    assert [each.events for each in named] == [
        (EventType.STARTED, EventType.FAILED),
        (EventType.FAILED,),
    ]
    assert [each.format for each in named] == ["cloudevents", "sagemaker"]


def test_without_a_word_on_events_it_is_every_end() -> None:
    named, _ = read({"destination": TOPIC})

    assert named is not None
    assert (named[0].events, named[0].format) == (ENDS, "cloudevents")


@pytest.mark.parametrize(
    ("value", "pointer", "words"),
    [
        (None, "", "expected an object, got null"),
        ([HOOK], "", "expected an object, got an array"),
        ("https://example.com", "", "expected an object, got text"),
        ({}, "/type", "webhook, sns, sqs, eventbridge, s3, got nothing"),
        ({"url": "https://example.com"}, "/type", "got nothing"),
        ({"type": "Webhook"}, "/type", "got 'Webhook'"),
        ({"type": "http", "url": "https://example.com"}, "/type", "got 'http'"),
        ({"type": "x" * 500}, "/type", "…"),
        ({"type": None}, "/type", "got null"),
        ({"type": ["webhook"]}, "/type", "got an array"),
        ({"type": {}}, "/type", "got an object"),
        ({"type": "webhook"}, "/url", "expected text, got nothing"),
        ({"type": "sns"}, "/topicArn", "expected text, got nothing"),
        ({"type": "sqs"}, "/queueArn", "expected text, got nothing"),
        ({"type": "eventbridge"}, "/eventBusArn", "expected text, got nothing"),
        ({"type": "s3"}, "/uri", "expected text, got nothing"),
        ({**HOOK, "url": None}, "/url", "expected text, got null"),
        ({**HOOK, "url": ["https://example.com"]}, "/url", "expected text, got an array"),
        ({**HOOK, "url": "http://example.com"}, "/url", "expected https://"),
        ({**HOOK, "url": "http://127.0.0.1/"}, "/url", "expected https://"),
        ({**HOOK, "secret": "x"}, "/secret", "unknown field secret"),
        ({**HOOK, "topicArn": "x"}, "/topicArn", "unknown field topicArn"),
        ({**HOOK, "format": "cloudevents"}, "/format", "unknown field format"),
        ({**QUEUE, "format": "sagemaker"}, "/format", "unknown field format"),
        ({**TOPIC, "format": "SageMaker"}, "/format", "cloudevents, sagemaker, got 'SageMaker'"),
        ({**TOPIC, "format": None}, "/format", "got null"),
        ({**TOPIC, "format": ["sagemaker"]}, "/format", "got an array"),
        ({**HOOK, "a/b": 1}, "/a~1b", "unknown field a/b"),
        ({**HOOK, "events": []}, "/events", "1 to 5 events, got one of 0"),
        ({**HOOK, "events": None}, "/events", "got null"),
        ({**HOOK, "events": "job.failed"}, "/events", "got text"),
        ({**HOOK, "events": ["job.failed"] * 6}, "/events", "got one of 6"),
        ({**HOOK, "events": ["job.failed", "job.failed"]}, "/events", "each event once"),
        ({**HOOK, "events": ["job.failed", "job.ended"]}, "/events/1", "got 'job.ended'"),
        ({**HOOK, "events": ["webhook.test"]}, "/events/0", "got 'webhook.test'"),
        ({**HOOK, "events": [["job.failed"]]}, "/events/0", "got an array"),
        ({**HOOK, "events": [{}]}, "/events/0", "got an object"),
        (
            {**TOPIC, "events": ["job.failed", "job.started"], "format": "sagemaker"},
            "/events/1",
            "expected no job.started",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(value: object, pointer: str, words: str) -> None:
    said = fault(value)

    assert said.pointer == f"/destination{pointer}"
    assert words in said.detail


def test_every_fault_of_every_destination_is_named_at_once() -> None:
    _, faults = read(
        {
            "destinations": [
                {"type": "sns", "topicArn": 1, "events": [], "format": "x", "extra": 1},
                HOOK,
                {"type": "nothing"},
            ]
        }
    )

    assert [fault.pointer for fault in faults] == [
        "/destinations/0/extra",
        "/destinations/0/topicArn",
        "/destinations/0/events",
        "/destinations/0/format",
        "/destinations/2/type",
    ]
    assert faults[1].detail == "destinations/0/topicArn: expected text, got a number"


def test_the_same_place_twice_is_a_fault_of_the_second() -> None:
    again = {**HOOK, "events": ["job.started"]}

    _, faults = read({"destinations": [TOPIC, HOOK, again]})

    assert faults == [
        Fault(
            "destinations/2/url: the same as destinations/1: name its events there",
            "/destinations/2/url",
        )
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/", "https://EXAMPLE.com/"),
        ("https://example.com/", "https://example.com"),
        ("https://example.com/", "https://example.com:443/"),
        ("https://example.com?a=B", "https://Example.com:443/?a=B"),
        ("https://[2600:1f00::1]:443/hook", "https://[2600:1f00::1]/hook"),
    ],
)
def test_the_same_url_spelled_otherwise_is_the_same_place(one: str, other: str) -> None:
    _, faults = read({"destinations": [{**HOOK, "url": one}, {**HOOK, "url": other}]})

    assert [fault.pointer for fault in faults] == ["/destinations/1/url"]
    assert faults[0].detail.endswith("the same as destinations/0: name its events there")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a", "https://example.com/A"),
        ("https://example.com/", "https://example.com/?"),
        ("https://example.com/a", "https://example.com/a/"),
        ("https://example.com/:443", "https://example.com/"),
        ("https://example.com/?a=:443", "https://example.com/?a="),
    ],
)
def test_urls_that_differ_in_what_a_receiver_may_tell_apart_are_two(one: str, other: str) -> None:
    assert read({"destinations": [{**HOOK, "url": one}, {**HOOK, "url": other}]})[1] == []


def test_plain_http_to_this_machine_is_taken_where_it_is_switched_on() -> None:
    local = {"type": "webhook", "url": "http://127.0.0.1:4566/_receiver/hook"}
    faults: list[Fault] = []

    named = parse({"destination": local}, faults, loopback=True)

    assert named == (Destination("webhook", local["url"]),)
    assert faults == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("sns", "arn:aws:sns:us-east-1:123456789012:topic"),
        ("sns", "arn:aws:sns:us-east-1:123456789012:Topic_1-a.fifo"),
        ("sns", "arn:aws-cn:sns:cn-north-1:123456789012:topic"),
        ("sns", "arn:aws-us-gov:sns:us-gov-west-1:123456789012:topic"),
        ("sns", "arn:aws-iso-b:sns:us-isob-east-1:123456789012:topic"),
        ("sns", "arn:aws-eusc:sns:eusc-de-east-1:123456789012:topic"),
        ("sns", "arn:aws:sns:ap-southeast-1:123456789012:" + "t" * 256),
        ("sqs", "arn:aws:sqs:us-east-1:123456789012:" + "q" * 80),
        ("sqs", "arn:aws:sqs:us-east-1:123456789012:" + "q" * 75 + ".fifo"),
        ("eventbridge", "arn:aws:events:us-east-1:123456789012:event-bus/default"),
        ("eventbridge", "arn:aws:events:us-east-1:123456789012:event-bus/a.b_c-D"),
        ("s3", "s3://bucket/"),
        ("s3", "s3://a.b-c.1/"),
        ("s3", "s3://" + "b" * 63 + "/"),
        ("s3", "s3://bucket/in/dt=2026-11-22/"),
        ("s3", "s3://bucket/Ergebnisse für alle/"),
        ("s3", "s3://bucket/a..b/.../"),
        ("s3", "s3://bucket/" + "x" * (PREFIX_BYTES - 1) + "/"),
    ],
)
def test_an_address_that_is_well_formed_is_taken(kind: Any, text: str) -> None:
    faults: list[Fault] = []

    taken = address({ADDRESSES[kind]: text}, kind, "/here", faults, loopback=False)

    assert (taken, faults) == (text, [])


NO_ARNS = [
    ("sns", "topic"),
    ("sns", "*"),
    ("sns", "arn:aws:sns:us-east-1:123456789012:*"),
    ("sns", "arn:aws:sns:*:123456789012:topic"),
    ("sns", "arn:aws:sqs:us-east-1:123456789012:topic"),
    ("sns", "arn:aws:sns:us-east-1:12345678901:topic"),
    ("sns", "arn:aws:sns:us-east-1:1234567890123:topic"),
    ("sns", "arn:aws:sns:us-east-1:١٢٣٤٥٦٧٨٩٠١٢:topic"),
    ("sns", "arn:aws:sns::123456789012:topic"),
    ("sns", "arn:aws:sns:us-east-1::topic"),
    ("sns", "arn:aws:sns:us-east-1:123456789012:"),
    ("sns", "arn:aws:sns:us-east-1:123456789012:.fifo"),
    ("sns", "arn:aws:sns:us-east-1:123456789012:a.b"),
    ("sns", "arn:aws:sns:us-east-1:123456789012:topic\n"),
    ("sns", "arn:aws:sns:us-east-1:123456789012:topic:subscription"),
    ("sns", "arn:aws:sns:us-east-1:123456789012:tøpic"),
    ("sns", "arn:aws:sns:us-east-1:123456789012:" + "t" * 257),
    ("sns", "arn:aws:sns:us-east-1:123456789012:" + "t" * 252 + ".fifo"),
    ("sns", "arn:aws :sns:us-east-1:123456789012:topic"),
    ("sns", "arn:evil:sns:us-east-1:123456789012:topic"),
    ("sns", "ARN:aws:sns:us-east-1:123456789012:topic"),
    ("sns", " arn:aws:sns:us-east-1:123456789012:topic"),
    ("sns", "arn:aws:sns:evil.example.com/:123456789012:topic"),
    ("sqs", "https://sqs.us-east-1.amazonaws.com/123456789012/queue"),
    ("sqs", "arn:aws:sqs:us-east-1:123456789012:a/b"),
    ("sqs", "arn:aws:sqs:us-east-1:123456789012:" + "q" * 81),
    ("sqs", "arn:aws:sqs:us-east-1:123456789012:" + "q" * 76 + ".fifo"),
    ("eventbridge", "default"),
    ("eventbridge", "arn:aws:events:us-east-1:123456789012:event-bus/"),
    ("eventbridge", "arn:aws:events:us-east-1:123456789012:rule/x"),
    ("eventbridge", "arn:aws:events:us-east-1:123456789012:event-bus/aws.partner/x/y"),
]
NO_FOLDERS = [
    "bucket/",
    "s3://bucket",
    "s3:///in/",
    "s3://ab/",
    "s3://" + "b" * 64 + "/",
    "s3://Bucket/",
    "s3://buck_et/",
    "s3://-bucket/",
    "s3://bucket-/",
    "s3://a..b/",
    "s3://192.168.0.1/",
    "s3://bucket/in",
    "s3://bucket/in/file.json",
    "s3://bucket//",
    "s3://bucket//in/",
    "s3://bucket/in//",
    "s3://bucket/../",
    "s3://bucket/in/../../",
    "s3://bucket/./",
    "s3://bucket/in\n/",
    "s3://bucket/\x00/",
    "s3://bucket/in/\x7f/",
    "s3://bucket/\u2028/",
    "s3://bucket/\u202e/",
    "s3://bucket/in/\n",
    "s3://user@bucket/",
    "s3://bucket:443/",
    "S3://bucket/",
    "https://bucket.s3.amazonaws.com/",
    "s3://arn:aws:s3:us-east-1:123456789012:accesspoint/x/",
    "s3://bucket/" + "x" * PREFIX_BYTES + "/",
    "s3://bucket/" + "ü" * (PREFIX_BYTES // 2) + "/",
]


@pytest.mark.parametrize(("kind", "text"), [*NO_ARNS, *(("s3", text) for text in NO_FOLDERS)])
def test_an_address_of_another_form_is_refused(kind: Any, text: str) -> None:
    faults: list[Fault] = []

    taken = address({ADDRESSES[kind]: text}, kind, "/here", faults, loopback=False)

    assert taken is None
    assert [fault.pointer for fault in faults] == [f"/here/{ADDRESSES[kind]}"]
    assert faults[0].detail.startswith(f"here/{ADDRESSES[kind]}: expected ")
    assert len(faults[0].detail) < 250


def test_an_address_is_read_from_a_whole_body_too() -> None:
    faults: list[Fault] = []

    assert address({"url": 1}, "webhook", "", faults, loopback=False) is None

    assert faults == [Fault("url: expected text, got a number", "/url")]


FIELDS = ("type", "events", "format", *ADDRESSES.values())
NAMES = st.one_of(st.sampled_from(FIELDS), st.text(max_size=5))
ENTRIES = st.one_of(
    VALUES,
    st.sampled_from([*ADDRESSES, "sagemaker", *(text for each in EACH for text in each.values())]),
    st.lists(st.one_of(st.sampled_from(list(EventType)), VALUES), max_size=7),
)
DOCUMENTS = st.one_of(
    st.sampled_from(EACH),
    st.dictionaries(NAMES, ENTRIES, max_size=6),
    st.tuples(st.sampled_from(EACH), st.dictionaries(NAMES, ENTRIES, max_size=2)).map(
        lambda pair: {**pair[0], **pair[1]}
    ),
    VALUES,
)


@given(
    st.one_of(
        st.fixed_dictionaries({"destination": DOCUMENTS}),
        st.fixed_dictionaries({"destinations": st.one_of(st.lists(DOCUMENTS, max_size=7), VALUES)}),
    )
)
def test_any_destinations_are_read_or_refused_and_what_is_read_is_what_was_written(
    request: dict[str, Any],
) -> None:
    request = json.loads(json.dumps(request))

    named, faults = read(request)

    if not faults:
        assert named is not None
        given = request.get("destinations", [request.get("destination")])
        assert from_text(to_text(named)) == named
        assert [each.document()["type"] for each in named] == [each["type"] for each in given]
        assert all(len(set(each.events)) == len(each.events) > 0 for each in named)
        assert len({(each.type, each.address) for each in named}) == len(named) <= 5
    assert all(each.detail and each.pointer.startswith("/destination") for each in faults)
