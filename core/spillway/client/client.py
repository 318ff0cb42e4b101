"""The API's operations, as a caller in Python has them."""

from __future__ import annotations

import math
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Self, Unpack
from urllib.parse import urlsplit

from spillway.client import calls
from spillway.client.answers import read
from spillway.client.api import Api
from spillway.client.auth import ApiKey
from spillway.client.batch import in_order
from spillway.client.clock import WALL_CLOCK
from spillway.client.deliveries import Delivery, destinations
from spillway.client.deliveries import Page as DeliveriesPage
from spillway.client.documents import Job, Page, models
from spillway.client.paging import listed
from spillway.client.pools import Pools
from spillway.client.requests import (
    Submit,
    Terms,
    check,
    delivery_path,
    destinations_document,
    encoded,
    job_path,
    key_header,
    new_key,
)
from spillway.client.sending import RETRIES, Sender
from spillway.client.transport import Limits, Timeout
from spillway.client.watch import looks, watched
from spillway.errors import SpillwayError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    import urllib3

    from spillway.client.auth import Auth
    from spillway.client.clock import Clock
    from spillway.client.documents import Model, Uploaded
    from spillway.client.requests import Told
    from spillway.client.transport import Transport
    from spillway.deliveries.delivery import DeliveryStatus
    from spillway.destinations.destination import Destination
    from spillway.job import Status
    from spillway.strict_json import Json

WAIT_S = 20
"""How long `run` asks the API to hold its answer; 25 s is the most that it takes."""


class Client:
    """One tenant's way to one API; may be shared between threads.

    `url` is the API's address with its stage, such as the stack's output ApiUrl. With it goes a
    tenant's `key`, or `auth`, such as `spillway.aws.sigv4.SigV4`, where the API wants signatures.

    Each call is repeated where that may help: throttled, unavailable, no connection. That makes
    no second job: a submit carries an Idempotency-Key of its own over all its attempts.

    Every call raises `spillway.Rejected` (a kind of it for each status) where the API refuses,
    `spillway.Unreachable` where nothing answers, and `spillway.UnexpectedAnswer` where something
    else does. All of them are `spillway.SpillwayError`; a term that there is not is a TypeError.

    >>> Client("https://abc.execute-api.eu-central-1.amazonaws.com/v1", key="acme.s3cret")
    Client('https://abc.execute-api.eu-central-1.amazonaws.com/v1')
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        auth: Auth | None = None,
        timeout: Timeout | None = None,
        limits: Limits | None = None,
        retries: urllib3.Retry = RETRIES,
        transport: Transport | None = None,
        clock: Clock = WALL_CLOCK,
    ) -> None:
        _check_url(url)
        if (key is None) == (auth is None):
            raise ValueError("a client needs either key or auth")
        self._url = url.rstrip("/")
        self._limits = limits or Limits()
        self._transport = transport or Pools(self._limits)
        self._clock = clock
        sender = Sender(self._transport, timeout=timeout or Timeout(), retries=retries, clock=clock)
        self._api = Api(self._url, ApiKey(key) if key is not None else auth, sender)

    def __repr__(self) -> str:
        """Say where, never with what."""
        return f"{type(self).__name__}({self._url!r})"

    def __enter__(self) -> Self:
        """Return the client itself, to be closed when the block ends."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open between calls."""
        self._transport.clear()

    # --- a new job --------------------------------------------------------------------------------

    def run(
        self, payload: Json | Uploaded, *, within_s: float | None = None, **terms: Unpack[Terms]
    ) -> Json:
        """Submit, wait for the end, return the result; nothing is sent again after `within_s`.

        Raises:
            JobFailed: the job ended without a result.
            Unfinished: it goes on after `within_s` seconds; its `job` can be waited for further.

        """
        ends_s = self._ends_s(within_s)
        wait_s = WAIT_S if within_s is None else max(0, min(WAIT_S, int(within_s)))
        job = self._submit(Submit(payload, terms, wait_s=wait_s), until_s=ends_s)
        if not job.is_over:
            job = self.wait(job.job_id, within_s=ends_s - self._clock.monotonic())
        job.raise_for_status()
        return job.result if job.has_result else calls.result(self._api, job.job_id, until_s=ends_s)

    def submit(
        self,
        payload: Json | Uploaded,
        *,
        job_id: str | None = None,
        idempotency_key: str | None = None,
        wait_s: int = 0,
        **terms: Unpack[Terms],
    ) -> Job:
        """Submit a job; a payload too large for a request is uploaded first.

        With a `job_id` or an `idempotency_key` of your own, the same call is answered the same
        again, days later too; but an upload is another payload each time. `wait_s` (up to 25) is
        how long the API may hold its answer for the job's end.
        """
        return self._submit(Submit(payload, terms, job_id, idempotency_key, wait_s))

    def submit_many(
        self,
        payloads: Iterable[Json | Uploaded],
        *,
        idempotency_key: str | None = None,
        concurrency: int | None = None,
        **terms: Unpack[Terms],
    ) -> Generator[Job | SpillwayError]:
        """Submit a job for each payload; for each, in order, the job or the error that it met.

        Payloads are taken as answers are, so an iterator over millions is fine. With an
        `idempotency_key`, the n-th job's key is `<key>/<n>`: a batch that was cut short can be
        sent again from its start. `concurrency` is that of `Limits.connections` if not given.
        To stop early, `close()` it: calls that sleep until they may be sent again end there.
        """
        check(terms)
        if idempotency_key is not None:
            key_header(idempotency_key)
        return in_order(
            partial(self._submitted, batch=idempotency_key, terms=terms),
            enumerate(payloads, start=1),
            concurrency=concurrency or self._limits.connections,
        )

    def upload(self, payload: Json) -> Uploaded:
        """Put a payload, JSON of up to 64 MiB, where a job may name it in the place of its own."""
        return calls.upload(self._api, payload)

    # --- a job that there is ----------------------------------------------------------------------

    def get(self, job_id: str) -> Job:
        """The job as it is now."""
        return read(Job.of, self._api.call("GET", job_path(job_id)))

    def result(self, job_id: str) -> Json:
        """What the model answered.

        Raises:
            Conflict: the job has not ended, or ended without a result.
            Gone: the result has passed its retention.

        """
        return calls.result(self._api, job_id)

    def wait(self, job_id: str, *, within_s: float | None = None) -> Job:
        """The job once it has ended, however it did (`Job.raise_for_status` tells).

        Raises:
            Unfinished: it goes on after `within_s` seconds.

        """
        return deque(self.watch(job_id, within_s=within_s), maxlen=1).pop()

    def watch(self, job_id: str, *, within_s: float | None = None) -> Iterator[Job]:
        """The job at each look, until it has ended; looks as often as the API asks for.

        Raises:
            Unfinished: it goes on after `within_s` seconds.

        """
        ends_s = self._ends_s(within_s)
        look = partial(self._api.call, "GET", job_path(job_id), until_s=ends_s)
        return watched(look, self._clock, ends_s=ends_s)

    def cancel(self, job_id: str) -> Job:
        """The job, cancelled; `Conflict` where it has ended otherwise."""
        return read(Job.of, self._api.call("POST", f"{job_path(job_id)}/cancel"))

    def retry(self, job_id: str, *, idempotency_key: str | None = None) -> Job:
        """A new job like one that did not succeed.

        Called again it is the same new job, but under another key of yours another one.
        """
        headers = {} if idempotency_key is None else key_header(idempotency_key)
        return read(Job.of, self._api.call("POST", f"{job_path(job_id)}/retry", headers))

    # --- where jobs are told of -------------------------------------------------------------------

    def deliveries(self, *, status: DeliveryStatus | None = None) -> Iterator[Delivery]:
        """The tenant's deliveries, the newest first, page by page as they are taken."""
        return listed(self._api, "/deliveries", DeliveriesPage.of, {"status": status})

    def delivery(self, delivery_id: str) -> Delivery:
        """The delivery as it is now, with its last attempts."""
        return read(Delivery.of, self._api.call("GET", delivery_path(delivery_id)))

    def redeliver(self, delivery_id: str) -> Delivery:
        """The delivery, on its way once more, whatever had become of it.

        Raises:
            Gone: its job has passed its retention.
            Conflict: it was changed at the same moment.

        """
        path = f"{delivery_path(delivery_id)}/redeliver"
        return read(Delivery.of, self._api.call("POST", path))

    def test_webhook(self, url: str, *, within_s: float = 60) -> Delivery:
        """What has become of a signed sample, after `within_s` seconds at the latest."""
        ends_s = self._ends_s(within_s)
        headers = {"Content-Type": "application/json", **key_header(new_key())}
        body = encoded({"url": url})
        answer = self._api.call("POST", "/webhooks/test", headers, body, until_s=ends_s)
        path = delivery_path(read(Delivery.of, answer).delivery_id)
        look = partial(self._api.call, "GET", path, until_s=ends_s)
        return deque(looks(Delivery.of, look, self._clock, ends_s=ends_s), maxlen=1).pop()

    def destinations(self) -> tuple[Destination, ...]:
        """Where jobs are told of that name no destinations."""
        return read(destinations, self._api.call("GET", "/destinations"))

    def set_destinations(self, named: Iterable[Told]) -> tuple[Destination, ...]:
        """Say where these are told of from a minute from now on; none removes them."""
        headers = {"Content-Type": "application/json"}
        body = encoded(destinations_document(named))
        return read(destinations, self._api.call("PUT", "/destinations", headers, body))

    # --- what else there is -----------------------------------------------------------------------

    def list(self, *, status: Status | None = None, model: str | None = None) -> Iterator[Job]:
        """The tenant's jobs, the newest first, page by page as they are taken."""
        return listed(self._api, "/jobs", Page.of, {"status": status, "model": model})

    def models(self) -> Sequence[Model]:
        """The models that jobs can name."""
        return read(models, self._api.call("GET", "/models"))

    def openapi(self) -> Mapping[str, Any]:
        """The API's own description."""
        return read(dict, self._api.call("GET", "/openapi.json"))

    def _submit(self, asked: Submit, *, until_s: float = math.inf) -> Job:
        limit = self._limits.body_bytes
        return calls.submit(self._api, asked, body_bytes=limit, until_s=until_s)

    def _ends_s(self, within_s: float | None) -> float:
        return self._clock.monotonic() + (math.inf if within_s is None else within_s)

    def _submitted(
        self, numbered: tuple[int, Json | Uploaded], *, batch: str | None, terms: Terms
    ) -> Job | SpillwayError:
        number, payload = numbered
        try:
            return self.submit(
                payload, idempotency_key=f"{batch}/{number}" if batch else None, **terms
            )
        except SpillwayError as error:
            return error


def _check_url(url: str) -> None:
    at = urlsplit(url)
    if "@" in at.netloc:
        raise ValueError("url: expected no name or password in it")
    if at.scheme not in {"http", "https"} or not at.hostname:
        raise ValueError(f"url: expected http://… or https://…, got {url!r}")
    if "?" in url or "#" in url:
        raise ValueError(f"url: expected nothing after the path, got {url!r}")
    try:
        _ = at.port
    except ValueError:
        raise ValueError(f"url: expected a port from 0 to 65535, got {url!r}") from None
