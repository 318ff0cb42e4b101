"""Payloads that lie in the bucket: few at a time, and no more than memory has room for."""

from __future__ import annotations

import asyncio

import pytest

from spillway.errors import InvalidPayload, ObjectMissing, PredictionFailed, Unavailable
from spillway.intake import OBJECT_BYTES
from spillway.message import Message
from spillway.ports import Received
from tests.contract.ports.samples import running
from worker import payloads
from worker.held import Held
from worker.payloads import FETCHES, Payloads

TEXT = b'"' + b"x" * 98 + b'"'


class Inputs:
    """A bucket that takes its time."""

    def __init__(self) -> None:
        self.fails: Exception | None = None
        self.fetching = self.most_fetching = self.fetched = 0

    def uri(self, key: str) -> str:
        return f"s3://in/{key}"

    def key(self, uri: str) -> str | None:
        return uri.removeprefix("s3://in/") if uri.startswith("s3://in/") else None

    async def get(self, key: str, *, most_bytes: int) -> bytes:
        assert most_bytes == OBJECT_BYTES
        self.fetching += 1
        self.most_fetching = max(self.most_fetching, self.fetching)
        await asyncio.sleep(0.001)
        self.fetching -= 1
        self.fetched += 1
        if self.fails is not None:
            raise self.fails
        return b"{not json" if key == "broken" else TEXT

    async def put(self, key: str, body: bytes) -> None:
        raise NotImplementedError


def held(uri: str | None = "s3://in/k", payload: object = None) -> Held:
    message = Message(
        job_id="job-1",
        tenant="acme",
        model="m",
        expires_at_ms=0,
        timeout_s=60,
        payload=payload,
        payload_uri=uri,
    )
    return Held(Received("id", "receipt", "{}", 1), message, running())


def test_a_payload_in_the_message_is_fetched_nowhere() -> None:
    async def scenario() -> object:
        async with Payloads(inputs).of(held(None, [1, 2])) as payload:
            return payload

    inputs = Inputs()

    assert asyncio.run(scenario()) == [1, 2]
    assert inputs.fetched == 0


def test_few_are_fetched_side_by_side() -> None:
    async def scenario() -> None:
        all_of_them = Payloads(inputs)

        async def used() -> None:
            async with all_of_them.of(held()) as payload:
                assert payload == "x" * 98

        await asyncio.gather(*(used() for _ in range(50)))

    inputs = Inputs()
    asyncio.run(scenario())

    assert inputs.fetched == 50
    assert inputs.most_fetching == FETCHES


def test_no_more_is_fetched_while_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payloads, "FETCHED_BYTES", 3 * len(TEXT))

    async def scenario() -> None:
        all_of_them = Payloads(inputs)
        done = asyncio.Event()

        async def used() -> None:
            async with all_of_them.of(held()):
                await done.wait()

        users = [asyncio.create_task(used()) for _ in range(50)]
        await asyncio.sleep(0.1)
        assert inputs.fetched < 3 + FETCHES, "what was under way is all that came on top"
        done.set()
        await asyncio.gather(*users)

    inputs = Inputs()
    asyncio.run(scenario())

    assert inputs.fetched == 50, "what is used up makes room for the rest"


@pytest.mark.parametrize(
    ("fails", "uri", "expected", "why"),
    [
        (None, "s3://elsewhere/k", InvalidPayload, "not in the input bucket"),
        (None, "s3://in/broken", InvalidPayload, "not JSON"),
        (ObjectMissing("k"), "s3://in/k", InvalidPayload, "nothing lies at s3://in/k"),
        (ValueError("9 bytes, at most 8"), "s3://in/k", InvalidPayload, "9 bytes, at most 8"),
        (Unavailable("x", "S3 did not answer"), "s3://in/k", PredictionFailed, "did not answer"),
    ],
)
def test_what_keeps_a_payload_away_is_told_as_whose_fault_it_is(
    fails: Exception | None, uri: str, expected: type[Exception], why: str
) -> None:
    inputs = Inputs()
    inputs.fails = fails

    async def scenario() -> None:
        async with Payloads(inputs).of(held(uri)):
            pytest.fail("there is none")

    with pytest.raises(expected, match=why):
        asyncio.run(scenario())


def test_one_that_fails_keeps_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payloads, "FETCHED_BYTES", 1)

    async def scenario() -> None:
        all_of_them = Payloads(inputs)
        for uri in ("s3://in/broken", "s3://in/k"):
            await _used(all_of_them, uri)

    async def _used(all_of_them: Payloads, uri: str) -> None:
        async with asyncio.timeout(1):
            try:
                async with all_of_them.of(held(uri)):
                    pass
            except InvalidPayload:
                assert uri.endswith("broken")

    inputs = Inputs()
    asyncio.run(scenario())

    assert inputs.fetched == 2
