"""Where jobs are told of, and what became of that, as a client has it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

import spillway
from spillway.deliveries import delivery
from tests.unit.core.client.backend import keys

if TYPE_CHECKING:
    from spillway import Client
    from spillway.deliveries.delivery import Delivery
    from tests.unit.api.system import System
    from tests.unit.core.client.backend import Transport
    from tests.unit.core.client.conftest import HandlersClock

URL = "https://example.com/hook"
WEBHOOK = spillway.Destination("webhook", URL)


def told(client: Client, system: System) -> Delivery:
    """The delivery of a job that has succeeded, as the outbox stores it."""
    job_id = client.submit(1, destinations=[WEBHOOK]).job_id
    [due] = delivery.due_now(system.succeed(job_id, "1"))
    return system.deliveries.add(due)


def given_up(system: System, begun: Delivery) -> Delivery:
    """The delivery after an attempt that was its last."""
    over = delivery.failed(
        begun, at_ms=system.clock(), took_ms=7, error="answered 500", next_attempt_at_ms=None
    )
    assert system.deliveries.replace(over)
    return over


@pytest.mark.parametrize("named", [[WEBHOOK], [WEBHOOK.document()], []])
def test_a_job_is_told_of_where_its_submit_says(client: Client, named: list[Any]) -> None:
    [job] = client.submit_many([1], destinations=named)

    assert isinstance(job, spillway.Job)
    assert client.get(job.job_id).destinations == (WEBHOOK,) * len(named)


def test_a_large_payload_is_told_of_all_the_same(client: Client, transport: Transport) -> None:
    job_id = client.submit("x" * 2_000, destinations=[WEBHOOK]).job_id

    assert "PUT" in [sent.method for sent in transport.sent]
    assert client.get(job_id).destinations == (WEBHOOK,)


@pytest.mark.parametrize("named", [WEBHOOK, WEBHOOK.document(), URL])
def test_one_destination_is_no_list_of_them(client: Client, named: Any) -> None:
    for call in (
        lambda: client.submit(1, destinations=named),
        lambda: client.set_destinations(named),
    ):
        with pytest.raises(TypeError, match="destinations: expected a list of them"):
            call()


def test_a_destination_that_is_wrong_is_named(client: Client) -> None:
    with pytest.raises(spillway.Unprocessable) as refused:
        client.submit(1, destinations=[WEBHOOK, {"type": "webhook", "url": "http://a.example"}])

    assert [fault.pointer for fault in refused.value.faults] == ["/destinations/1/url"]


def test_a_destination_that_is_not_allowed_is_forbidden(client: Client) -> None:
    topic = spillway.Destination("sns", "arn:aws:sns:eu-central-1:123456789012:other")

    for call in (
        lambda: client.submit(1, destinations=[topic]),
        lambda: client.set_destinations([topic]),
    ):
        with pytest.raises(spillway.Forbidden, match="AllowedDestinationArns") as refused:
            call()
        assert refused.value.slug == "destination-not-allowed"


def test_a_job_lists_its_deliveries(client: Client, system: System) -> None:
    over = given_up(system, told(client, system))

    [shown] = client.get(str(over.job_id)).deliveries

    assert (shown.delivery_id, shown.destination, shown.event) == (
        over.delivery_id,
        WEBHOOK,
        spillway.EventType.SUCCEEDED,
    )
    assert (shown.status, shown.last_error) == ("FAILED", "answered 500")


def test_a_delivery_is_shown_with_its_attempts(client: Client, system: System) -> None:
    over = given_up(system, told(client, system))

    shown = client.delivery(over.delivery_id)

    assert (shown.status, shown.is_over, shown.destination) == ("FAILED", True, WEBHOOK)
    assert [(each.took_ms, each.error) for each in shown.history] == [(7, "answered 500")]


def test_a_list_goes_on_over_its_pages_as_they_are_needed(
    client: Client, system: System, transport: Transport
) -> None:
    made = {told(client, system).delivery_id for _ in range(120)}
    before = len(transport.sent)

    some = list(islice(client.deliveries(), 100))
    assert len(transport.sent) - before == 1

    assert {each.delivery_id for each in client.deliveries()} == made
    assert len(some) == 100


def test_a_list_can_be_of_one_status(client: Client, system: System) -> None:
    over, _ = given_up(system, told(client, system)), told(client, system)

    [shown] = client.deliveries(status=spillway.DeliveryStatus.FAILED)

    assert shown.delivery_id == over.delivery_id


def test_a_delivery_is_begun_once_more(client: Client, system: System) -> None:
    over = given_up(system, told(client, system))

    again = client.redeliver(over.delivery_id)

    assert (again.status, again.round, again.attempts) == ("PENDING", 2, 1)
    assert len(system.delivery_queue.sent) == 1


def test_a_delivery_of_a_job_that_is_gone_stays(client: Client, system: System) -> None:
    over = given_up(system, told(client, system))
    system.store._records.clear()

    with pytest.raises(spillway.Gone, match=f"job {over.job_id} has passed"):
        client.redeliver(over.delivery_id)


def test_a_webhook_is_tried_until_it_is_known(
    client: Client, system: System, transport: Transport
) -> None:
    def take() -> None:
        [sample] = system.deliveries.held.values()
        system.deliveries.replace(delivery.delivered(sample, at_ms=system.clock(), took_ms=30))

    system.clock.meanwhile = take

    sample = client.test_webhook(URL)

    assert (sample.event, sample.destination) == (spillway.EventType.TEST, WEBHOOK)
    assert sample.status is spillway.DeliveryStatus.DELIVERED
    assert keys(transport.sent)[0] is not None, "sent again, it is the same sample"


def test_a_webhook_that_nobody_answers_for_is_waited_for_no_longer(
    client: Client, clock: HandlersClock
) -> None:
    began_s = clock.monotonic()

    sample = client.test_webhook(URL, within_s=20)

    assert not sample.is_over
    assert clock.monotonic() - began_s == pytest.approx(20)


def test_a_url_that_nothing_is_sent_to_is_refused(client: Client) -> None:
    with pytest.raises(spillway.Unprocessable) as refused:
        client.test_webhook("https://10.0.0.1/")

    assert [fault.pointer for fault in refused.value.faults] == ["/url"]


def test_the_default_is_what_was_set_last(client: Client, system: System) -> None:
    assert client.destinations() == ()

    assert client.set_destinations([WEBHOOK.document()]) == client.destinations() == (WEBHOOK,)
    assert client.get(client.submit(1).job_id).destinations == (WEBHOOK,)

    assert client.set_destinations([]) == client.destinations() == ()
