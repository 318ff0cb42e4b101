"""Deliveries are told of, begun anew and tried out; a tenant says where its jobs are told of."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from spillway.deliveries import announcement, delivery
from spillway.deliveries import message as delivery_message
from spillway.deliveries.delivery import Delivery, DeliveryKey, DeliveryStatus
from tests.unit.api.system import ALLOWED_ARNS, NOW_MS, OTHER_KEY

if TYPE_CHECKING:
    from spillway.deliveries.message import DeliveryMessage
    from tests.unit.api.system import Reply, System

URL = "https://example.com/hook"
WEBHOOK = {"type": "webhook", "url": URL}
TOPIC = {"type": "sns", "topicArn": ALLOWED_ARNS[0].replace("*", "all")}
STRANGE_TOPIC = {"type": "sns", "topicArn": "arn:aws:sns:eu-central-1:123456789012:other"}
AN_ID = "dlv_" + "0" * 32


def problem(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["type"].rpartition("/")[2]


def told(system: System, *destinations: object, ended: str = "succeed") -> list[Delivery]:
    """The deliveries of a job that has ended, as the outbox stores them."""
    job_id = system.submitted({"payload": 1, "destinations": destinations or [WEBHOOK]})
    job = system.fail(job_id) if ended == "fail" else system.succeed(job_id, '{"a":1}')
    return [system.deliveries.add(each) for each in delivery.due_now(job)]


def given_up(system: System, begun: Delivery) -> Delivery:
    """The delivery after an attempt that was its last."""
    over = delivery.failed(
        begun, at_ms=system.clock(), took_ms=7, error="answered 500", next_attempt_at_ms=None
    )
    assert system.deliveries.replace(over)
    return over


def stored(system: System, delivery_id: str, tenant: str = "acme") -> Delivery:
    found = system.deliveries.get(DeliveryKey(tenant, delivery_id))
    assert found is not None
    return found


def messages(system: System) -> list[DeliveryMessage]:
    return [delivery_message.decode(body) for _, body in system.delivery_queue.sent]


class TestGet:
    def test_shows_where_a_delivery_stands_with_its_attempts(self, system: System) -> None:
        [begun] = told(system)
        over = given_up(system, begun)

        reply = system.call("GET", f"/deliveries/{over.delivery_id}")

        path = f"/v1/deliveries/{over.delivery_id}"
        assert (reply.status, reply.body) == (
            200,
            {
                "id": over.delivery_id,
                "jobId": over.job_id,
                "event": "job.succeeded",
                "destination": WEBHOOK,
                "status": "FAILED",
                "attempts": 1,
                "round": 1,
                "createdAt": "2027-01-15T08:00:00.000Z",
                "lastError": "answered 500",
                "history": [
                    {"at": "2027-01-15T08:00:00.000Z", "tookMs": 7, "error": "answered 500"}
                ],
                "links": {
                    "self": path,
                    "redeliver": f"{path}/redeliver",
                    "job": f"/v1/jobs/{over.job_id}",
                },
            },
        )
        assert "Retry-After" not in reply.headers

    @pytest.mark.parametrize(("due_in_ms", "asked_s"), [(-5, "1"), (0, "1"), (300_001, "301")])
    def test_says_when_to_ask_again(self, system: System, due_in_ms: int, asked_s: str) -> None:
        [begun] = told(system)
        next_ms = system.clock() + due_in_ms
        again = delivery.failed(
            begun, at_ms=NOW_MS, took_ms=1, error="no", next_attempt_at_ms=next_ms
        )
        system.deliveries.replace(again)

        reply = system.call("GET", f"/deliveries/{begun.delivery_id}")

        assert (reply.body["status"], reply.headers["Retry-After"]) == ("RETRYING", asked_s)

    def test_says_when_the_destination_took_it(self, system: System) -> None:
        [begun] = told(system)
        system.deliveries.replace(delivery.delivered(begun, at_ms=NOW_MS, took_ms=20))

        reply = system.call("GET", f"/deliveries/{begun.delivery_id}")

        assert reply.body["deliveredAt"] == "2027-01-15T08:00:00.020Z"
        assert reply.body["history"] == [{"at": "2027-01-15T08:00:00.000Z", "tookMs": 20}]

    @pytest.mark.parametrize("name", [AN_ID, "nothing", "dlv_", AN_ID + "0"])
    def test_of_what_is_not_there_is_a_404(self, system: System, name: str) -> None:
        for method, path in (("GET", ""), ("POST", "/redeliver")):
            reply = system.call(method, f"/deliveries/{name}{path}")

            assert problem(reply) == (404, "no-such-delivery")
            assert name in reply.body["detail"]

    def test_of_another_tenants_is_a_404(self, system: System) -> None:
        [begun] = told(system)

        for method, path in (("GET", ""), ("POST", "/redeliver")):
            reply = system.call(method, f"/deliveries/{begun.delivery_id}{path}", key=OTHER_KEY)
            assert problem(reply) == (404, "no-such-delivery")


class TestList:
    def test_has_the_newest_first_page_by_page(self, system: System) -> None:
        made = []
        for _ in range(3):
            system.clock.now_ms += 1_000
            made += [each.delivery_id for each in told(system)]
        told_elsewhere = system.call("GET", "/deliveries", key=OTHER_KEY)

        first = system.call("GET", "/deliveries", query={"pageSize": "2"})
        token = first.body["nextPageToken"]
        rest = system.call("GET", "/deliveries", query={"pageToken": token})

        listed = [each["id"] for each in first.body["deliveries"] + rest.body["deliveries"]]
        assert listed == made[::-1]
        assert "nextPageToken" not in rest.body
        assert told_elsewhere.body == {"deliveries": []}

    def test_leaves_the_history_out(self, system: System) -> None:
        given_up(system, told(system)[0])

        [listed] = system.call("GET", "/deliveries").body["deliveries"]

        assert "history" not in listed
        assert listed["lastError"] == "answered 500"

    def test_can_be_of_one_status(self, system: System) -> None:
        over, _ = given_up(system, told(system)[0]), told(system)

        for status, ids in (("FAILED", [over.delivery_id]), ("DELIVERED", [])):
            reply = system.call("GET", "/deliveries", query={"status": status})
            assert [each["id"] for each in reply.body["deliveries"]] == ids

    def test_a_token_is_good_for_its_own_list_alone(self, system: System) -> None:
        told(system)
        told(system)
        token = system.call("GET", "/deliveries", query={"pageSize": "1"}).body["nextPageToken"]

        for query in ({"status": "PENDING"}, {}):
            path = "/jobs" if not query else "/deliveries"
            reply = system.call("GET", path, query={"pageToken": token, **query})
            assert problem(reply) == (400, "bad-page-token")

    @pytest.mark.parametrize("query", [{"status": "DONE"}, {"job": "order-17"}])
    def test_a_query_that_cannot_be_read_is_named(
        self, system: System, query: dict[str, str]
    ) -> None:
        reply = system.call("GET", "/deliveries", query=query)

        assert problem(reply) == (400, "bad-query")
        assert [f"#/{name}" for name in query] == [at["pointer"] for at in reply.body["errors"]]


class TestRedeliver:
    def test_begins_a_round_with_the_same_id_and_text(self, system: System) -> None:
        [begun] = told(system, ended="fail")
        over = given_up(system, begun)
        system.clock.now_ms += 60_000

        reply = system.call("POST", f"/deliveries/{over.delivery_id}/redeliver")

        assert reply.status == 202
        assert reply.headers["Location"] == f"/v1/deliveries/{over.delivery_id}"
        assert reply.headers["Retry-After"] == "1"
        said = {name: reply.body[name] for name in ("id", "status", "round", "attempts")}
        assert said == {"id": over.delivery_id, "status": "PENDING", "round": 2, "attempts": 1}
        assert reply.body["nextAttemptAt"] == "2027-01-15T08:01:00.000Z"
        [message] = messages(system)
        assert (message.key, message.round) == (over.key, 2)
        job = system.job(str(over.job_id))
        assert message.text == announcement.text_of(job, over.event)
        [(tenant, _)] = system.delivery_queue.sent
        assert tenant == "acme"

    @pytest.mark.parametrize("status", list(DeliveryStatus))
    def test_takes_a_delivery_in_any_state(self, system: System, status: DeliveryStatus) -> None:
        [begun] = told(system)
        system.deliveries.replace(replace(begun, status=status, version=2))

        reply = system.call("POST", f"/deliveries/{begun.delivery_id}/redeliver")

        assert (reply.status, reply.body["round"]) == (202, 2)

    def test_is_logged_with_its_job_and_without_its_address(
        self, system: System, logged: Any
    ) -> None:
        [begun] = told(system)

        system.call("POST", f"/deliveries/{begun.delivery_id}/redeliver")

        line = logged()[-1]
        assert line["message"] == "redelivering"
        assert (line["jobId"], line["deliveryId"]) == (begun.job_id, begun.delivery_id)
        assert (line["tenant"], line["round"], line["requestId"]) == ("acme", 2, "request-1")
        assert "example.com" not in json.dumps(line)

    def test_of_a_job_that_is_gone_names_it(self, system: System) -> None:
        [begun] = told(system)
        system.store._records.clear()

        reply = system.call("POST", f"/deliveries/{begun.delivery_id}/redeliver")

        assert problem(reply) == (410, "job-gone")
        assert str(begun.job_id) in reply.body["detail"]
        assert (stored(system, begun.delivery_id), messages(system)) == (begun, [])

    def test_loses_nothing_to_an_attempt_at_the_same_moment(
        self, system: System, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [begun] = told(system)
        get = system.deliveries.get

        def changed_after(key: DeliveryKey) -> Delivery | None:
            read = get(key)
            given_up(system, begun)
            return read

        monkeypatch.setattr(system.deliveries, "get", changed_after)

        reply = system.call("POST", f"/deliveries/{begun.delivery_id}/redeliver")

        assert (reply.status, reply.body["round"]) == (202, 2)
        assert [message.round for message in messages(system)] == [2]

    def test_that_finds_no_queue_leaves_it_as_it_was_and_can_be_repeated(
        self, system: System
    ) -> None:
        over = given_up(system, told(system)[0])
        path = f"/deliveries/{over.delivery_id}/redeliver"
        system.delivery_queue.is_away = True

        refused = system.call("POST", path)

        assert refused.status == 503
        assert int(refused.headers["Retry-After"]) > 0
        left = stored(system, over.delivery_id)
        assert replace(left, version=over.version) == over
        system.delivery_queue.is_away = False
        assert system.call("POST", path).body["round"] == 2
        assert [message.round for message in messages(system)] == [2]


class TestTest:
    def test_sends_a_sample_that_can_be_asked_for(self, system: System) -> None:
        reply = system.call("POST", "/webhooks/test", json.dumps({"url": URL}))

        assert reply.status == 202
        name = reply.body["id"]
        assert reply.headers["Location"] == f"/v1/deliveries/{name}"
        assert (reply.body["event"], reply.body["destination"]) == ("webhook.test", WEBHOOK)
        assert (reply.body["status"], reply.body["history"]) == ("PENDING", [])
        assert set(reply.body["links"]) == {"self", "redeliver"}
        assert system.call("GET", f"/deliveries/{name}").body == reply.body
        [message] = messages(system)
        assert message.key == DeliveryKey("acme", name)
        assert json.loads(message.text)["type"] == "webhook.test"
        assert stored(system, name).delete_at_s == NOW_MS // 1000 + 7 * 86_400

    def test_can_be_sent_once_more(self, system: System) -> None:
        name = system.call("POST", "/webhooks/test", json.dumps({"url": URL})).body["id"]

        assert system.call("POST", f"/deliveries/{name}/redeliver").status == 202

        first, second = messages(system)
        assert (first.round, second.round) == (1, 2)
        assert first.text == second.text

    def test_each_is_another_but_under_a_key(self, system: System) -> None:
        def sent(url: str = URL, **headers: str) -> str:
            body = json.dumps({"url": url})
            reply = system.call("POST", "/webhooks/test", body, headers=headers)
            return str(reply.body["id"])

        keyed = {"Idempotency-Key": "k"}
        assert sent() != sent()
        assert sent(**keyed) == sent(**keyed) != sent(url="https://example.com/other", **keyed)

    def test_that_was_answered_by_nobody_is_sent_when_it_is_repeated(self, system: System) -> None:
        system.delivery_queue.is_away = True
        asked: dict[str, Any] = {
            "body": json.dumps({"url": URL}),
            "headers": {"Idempotency-Key": "k"},
        }

        assert system.call("POST", "/webhooks/test", **asked).status == 503
        system.delivery_queue.is_away = False
        assert system.call("POST", "/webhooks/test", **asked).status == 202

        assert len(messages(system)) == len(system.deliveries.held) == 1

    def test_that_is_over_is_not_sent_again_under_its_key(self, system: System) -> None:
        headers = {"Idempotency-Key": "k"}
        body = json.dumps({"url": URL})
        name = system.call("POST", "/webhooks/test", body, headers=headers).body["id"]
        given_up(system, stored(system, name))

        again = system.call("POST", "/webhooks/test", body, headers=headers)

        assert (again.status, again.body["status"]) == (202, "FAILED")
        assert "Retry-After" not in again.headers
        assert len(messages(system)) == 1

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "#/url"),
            ({"url": 5}, "#/url"),
            ({"url": "http://example.com/"}, "#/url"),
            ({"url": "https://169.254.169.254/latest"}, "#/url"),
            ({"url": URL, "secret": "x"}, "#/secret"),
            ([], "#"),
        ],
    )
    def test_a_url_that_nothing_is_sent_to_is_named(
        self, system: System, body: object, pointer: str
    ) -> None:
        reply = system.call("POST", "/webhooks/test", json.dumps(body))

        assert problem(reply) == (422, "invalid-request")
        assert [at["pointer"] for at in reply.body["errors"]] == [pointer]
        assert (system.deliveries.held, messages(system)) == ({}, [])

    def test_what_is_no_request_is_told_as_ever(self, system: System) -> None:
        for path, method in (("/webhooks/test", "POST"), ("/destinations", "PUT")):
            form = {"Content-Type": "text/plain"}
            assert problem(system.call(method, path, "{")) == (400, "not-json")
            assert problem(system.call(method, path, "{}", headers=form))[0] == 415
            assert problem(system.call(method, path, "x" * 5_300_000))[0] == 413
            assert problem(system.call(method, path, "[]")) == (422, "invalid-request")


class TestDestinations:
    def test_there_are_none_at_first(self, system: System) -> None:
        assert system.call("GET", "/destinations").body == {"destinations": []}

    def test_are_those_that_were_put_last(self, system: System) -> None:
        both = {"destinations": [WEBHOOK, {**TOPIC, "events": ["job.failed"]}]}

        put = system.call("PUT", "/destinations", json.dumps(both))

        assert (put.status, put.body) == (200, both)
        assert system.call("GET", "/destinations").body == both
        assert system.call("GET", "/destinations", key=OTHER_KEY).body == {"destinations": []}
        assert system.call("PUT", "/destinations", '{"destinations": []}').status == 200
        assert system.call("GET", "/destinations").body == {"destinations": []}

    def test_hold_for_a_job_that_names_none(self, system: System) -> None:
        system.call("PUT", "/destinations", json.dumps({"destinations": [WEBHOOK]}))

        by_default, nowhere = (
            system.submitted(),
            system.submitted({"payload": 1, "destinations": []}),
        )

        assert system.call("GET", f"/jobs/{by_default}").body["destinations"] == [WEBHOOK]
        assert system.job(nowhere).destinations is None

    def test_that_are_not_allowed_are_named(self, system: System) -> None:
        body = {"destinations": [WEBHOOK, STRANGE_TOPIC]}

        reply = system.call("PUT", "/destinations", json.dumps(body))

        assert problem(reply) == (403, "destination-not-allowed")
        assert [at["pointer"] for at in reply.body["errors"]] == ["#/destinations/1/topicArn"]
        assert system.defaults.held == {}

    @pytest.mark.parametrize(
        ("body", "pointers"),
        [
            ({}, ["#/destinations"]),
            ({"destinations": {}}, ["#/destinations"]),
            ({"destinations": [WEBHOOK] * 6}, ["#/destinations"]),
            ({"destinations": [WEBHOOK, WEBHOOK]}, ["#/destinations/1/url"]),
            ({"destinations": [{"type": "fax"}, 5]}, ["#/destinations/0/type", "#/destinations/1"]),
            ({"destination": WEBHOOK}, ["#/destination", "#/destinations"]),
            ({"destinations": [], "more": 1}, ["#/more"]),
        ],
    )
    def test_every_fault_is_named_at_once(
        self, system: System, body: object, pointers: list[str]
    ) -> None:
        reply = system.call("PUT", "/destinations", json.dumps(body))

        assert problem(reply) == (422, "invalid-request")
        assert [at["pointer"] for at in reply.body["errors"]] == pointers
        assert system.defaults.held == {}
