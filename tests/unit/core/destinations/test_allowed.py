from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.destinations.allowed import NOTHING, Allowed
from spillway.destinations.destination import Destination
from spillway.errors import Fault, Forbidden
from tests.unit.core.refusals import refusal

TOPIC = Destination("sns", "arn:aws:sns:eu-central-1:123456789012:done")
QUEUE = Destination("sqs", "arn:aws:sqs:eu-central-1:123456789012:acme-done")
BUS = Destination("eventbridge", "arn:aws:events:eu-central-1:123456789012:event-bus/acme")
FOLDER = Destination("s3", "s3://results-of-acme/in/")
HOOK = Destination("webhook", "https://example.com/hook")
BOTH = "s3://results-of-acme/in/ (arn:aws:s3:::results-of-acme/in/)"
"""How the two who write of one folder know it: its caller, and the operator."""
EVERYBODYS = "s3://shared"
EVERYTHING = ("*",)


def is_allowed(
    destination: Destination, *patterns: str, own: tuple[str, ...] = (), tenant: str = "acme"
) -> bool:
    """Whether the operator's patterns let the tenant be told there."""
    allowed = Allowed(patterns, own)
    return refusal(Forbidden, lambda: allowed.check([destination], tenant=tenant)) is None


def test_without_a_pattern_only_webhooks_are_allowed() -> None:
    assert is_allowed(HOOK)
    assert not any(map(is_allowed, (TOPIC, QUEUE, BUS, FOLDER)))
    NOTHING.check([HOOK], tenant="acme")
    with pytest.raises(Forbidden):
        NOTHING.check([TOPIC], tenant="acme")


@pytest.mark.parametrize(
    ("destination", "pattern"),
    [
        (TOPIC, "arn:aws:sns:eu-central-1:123456789012:done"),
        (TOPIC, "arn:aws:sns:eu-central-1:123456789012:d*"),
        (TOPIC, "arn:aws:sns:eu-central-1:123456789012:don?"),
        (TOPIC, "arn:aws:sns:*:123456789012:*"),
        (TOPIC, "arn:*"),
        (TOPIC, "*"),
        (QUEUE, "arn:aws:sqs:eu-central-1:123456789012:acme-*"),
        (BUS, "arn:aws:events:eu-central-1:123456789012:event-bus/*"),
        (FOLDER, "arn:aws:s3:::results-of-acme/*"),
        (FOLDER, "arn:aws:s3:::results-of-acme/in/*"),
        (FOLDER, "arn:aws:s3:::results-of-*/in/*"),
    ],
)
def test_what_a_pattern_fits_is_allowed(destination: Destination, pattern: str) -> None:
    assert is_allowed(destination, "arn:aws:sns:us-east-1:000000000000:other", pattern)


@pytest.mark.parametrize(
    ("destination", "pattern"),
    [
        (TOPIC, ""),
        (TOPIC, "arn:aws:sns:eu-central-1:123456789012:don"),
        (TOPIC, "arn:aws:sns:eu-central-1:123456789012:done?"),
        (TOPIC, "rn:aws:sns:eu-central-1:123456789012:done"),
        (TOPIC, "arn:aws:sns:eu-central-1:123456789012:DONE"),
        (TOPIC, "arn:aws:sns:eu.central.1:123456789012:done"),
        (TOPIC, "arn:aws:sns:eu-central-1:123456789012:[a-z]*"),
        (TOPIC, "arn:aws:sns:eu-central-1:123456789012:(done)"),
        (TOPIC, "arn:aws:sns:eu-central-1:123456789012:done|x"),
        (TOPIC, "arn:aws:sns:eu-central-1:[0-9]*:done"),
        (QUEUE, "arn:aws:sns:*"),
        (QUEUE, "arn:aws:sqs:eu-central-1:123456789012:other-*"),
        (FOLDER, "arn:aws:s3:::results-of-acme"),
        (FOLDER, "arn:aws:s3:::results-of-acme/out/*"),
        (FOLDER, "arn:aws:s3:::results-of-acme-too/*"),
    ],
)
def test_what_no_pattern_fits_is_not(destination: Destination, pattern: str) -> None:
    assert not is_allowed(destination, pattern)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "*"])
def test_a_bucket_is_allowed_in_whatever_partition_the_system_is(partition: str) -> None:
    assert is_allowed(FOLDER, f"arn:{partition}:s3:::results-of-acme/*")
    assert not is_allowed(FOLDER, *EVERYTHING, own=(f"arn:{partition}:s3:::results-of-acme",))


@pytest.mark.parametrize(
    ("destination", "own"),
    [
        (QUEUE, "arn:aws:sqs:eu-central-1:123456789012:acme-done"),
        (QUEUE, "arn:aws:sqs:*:*:acme*"),
        (TOPIC, "arn:aws:sns:eu-central-1:123456789012:*"),
        (FOLDER, "arn:aws:s3:::results-of-acme"),
        (FOLDER, "arn:aws:s3:::results-of-acme/*"),
        (FOLDER, "arn:aws:s3:::results-of-acme/in/*"),
    ],
)
def test_what_is_our_own_is_never_allowed(destination: Destination, own: str) -> None:
    with pytest.raises(Forbidden, match="Spillway's own"):
        Allowed(EVERYTHING, ("arn:aws:sqs:*:*:other", own)).check([destination], tenant="acme")


def test_a_bucket_whose_name_begins_as_ours_does_is_not_ours() -> None:
    assert is_allowed(FOLDER, *EVERYTHING, own=("arn:aws:s3:::results-of-acm",))


def test_each_that_is_refused_is_named_by_its_field() -> None:
    with pytest.raises(Forbidden) as refused:
        Allowed((TOPIC.address,), ("*:acme-*",)).check([HOOK, QUEUE, TOPIC, FOLDER], tenant="acme")

    details = (
        f"destinations/1/queueArn: {QUEUE.address} is Spillway's own, which is no destination",
        f"destinations/3/uri: {BOTH} is not among the operator's AllowedDestinationArns",
    )
    assert (refused.value.status, refused.value.slug) == (403, "destination-not-allowed")
    assert refused.value.detail == "; ".join(details)
    assert refused.value.faults == (
        Fault(details[0], "/destinations/1/queueArn"),
        Fault(details[1], "/destinations/3/uri"),
    )


def test_one_that_stands_alone_is_named_so() -> None:
    with pytest.raises(Forbidden) as refused:
        NOTHING.check([BUS], tenant="acme", alone=True)

    assert [fault.pointer for fault in refused.value.faults] == ["/destination/eventBusArn"]
    assert refused.value.detail.startswith("destination/eventBusArn: arn:aws:events:")


@pytest.mark.parametrize("tenant", ["acme", "acme-2", "ACME_2"])
def test_a_pattern_with_the_tenants_place_holds_for_that_tenant_alone(tenant: str) -> None:
    shared, theirs = f"{EVERYBODYS}/{tenant}/in/", f"{EVERYBODYS}/globex/in/"
    patterns = ("arn:aws:s3:::shared/{tenant}/*", "arn:aws:sqs:*:*:{tenant}-done")

    assert is_allowed(Destination("s3", shared), *patterns, tenant=tenant)
    assert not is_allowed(Destination("s3", theirs), *patterns, tenant=tenant)
    assert is_allowed(QUEUE, *patterns, tenant=tenant) == (tenant == "acme")


def test_a_pattern_without_a_tenants_place_holds_for_every_tenant() -> None:
    assert all(is_allowed(FOLDER, "arn:aws:s3:::*", tenant=tenant) for tenant in ("acme", "globex"))


@pytest.mark.parametrize("tenant", ["*", "????", "[a-z]*", "acm[e]", ".*", "{tenant}", "acme/*"])
def test_a_tenants_name_stands_for_nothing_but_itself(tenant: str) -> None:
    assert not is_allowed(
        Destination("s3", f"{EVERYBODYS}/acme/in/"),
        "arn:aws:s3:::shared/{tenant}/*",
        tenant=tenant,
    )


def test_any_number_of_stars_is_answered() -> None:
    topic = Destination("sns", "arn:aws:sns:eu-central-1:123456789012:" + "a" * 250)

    assert not is_allowed(topic, "arn:" + "*a" * 40 + "b")
    assert not is_allowed(topic, "arn:aws:sns:*", own=("arn:" + "*a" * 40 + "*",))


NAMES = st.text("ab*?[]().|\\^$+{}!-:/\n", max_size=12)


@given(NAMES, NAMES)
def test_a_star_is_anything_a_question_mark_is_one_and_all_else_is_itself(
    pattern: str, name: str
) -> None:
    topic = Destination("sns", f"arn:aws:sns:{name}")

    assert is_allowed(topic, f"arn:aws:sns:{pattern}") == _fits(pattern, name)


def _fits(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return _fits(pattern[1:], text) or (bool(text) and _fits(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and _fits(pattern[1:], text[1:])
