"""One call over HTTP: sent, and sent again while that may help.

Every operation of the API can be repeated without harm (a submit carries a key for that), so all
of them are. Each attempt is signed anew: a signature is good for five minutes only.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, InvalidHeader, ProtocolError

from spillway.client.errors import Unreachable

if TYPE_CHECKING:
    from spillway.client.clock import Clock
    from spillway.client.transport import Request, Timeout, Transport

RETRIES = urllib3.Retry(
    total=8,
    connect=3,
    read=3,
    other=0,
    allowed_methods=None,
    status_forcelist=(429, 500, 502, 503, 504),
    backoff_factor=0.5,
    backoff_jitter=0.5,
    backoff_max=20,
    retry_after_max=60,
)
"""How often, and after how many seconds. Being throttled is worth more patience than silence.

A Retry-After of `retry_after_max` seconds or more (a day's quota says 3,600) is not waited for.
"""

type Outcome = urllib3.BaseHTTPResponse | HTTPError
"""What one attempt came to."""

_DAY_S = 86_400


class Sender:
    """Sends requests through a transport, safe between threads."""

    def __init__(
        self,
        transport: Transport,
        *,
        timeout: Timeout,
        retries: urllib3.Retry,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._transport = transport
        self._timeout = timeout
        self._retries = retries

    def send(self, request: Request, *, until_s: float = math.inf) -> urllib3.BaseHTTPResponse:
        """The answer that no further attempt would better; none begins after `until_s` (clock).

        Raises:
            Unreachable: there is no answer.

        """
        call_s = self._timeout.call_s + request.wait_s
        ends_s = min(until_s, self._clock.monotonic() + call_s)
        retries = self._retries
        while True:
            outcome = self._attempt(request)
            left = _left(retries, request, outcome)
            if left is None:
                return _settled(request, outcome)
            pause_s = _pause_s(left, outcome)
            if self._clock.monotonic() + pause_s > ends_s:
                return _settled(request, outcome)
            self._clock.sleep(pause_s)
            retries = left

    def _attempt(self, request: Request) -> Outcome:
        read_s = self._timeout.read_s + request.wait_s
        try:
            return self._transport.request(
                request.method,
                request.url,
                request.body,
                headers=request.all_headers(),
                timeout=urllib3.Timeout(connect=self._timeout.connect_s, read=read_s),
                retries=False,
                redirect=False,
            )
        except HTTPError as error:
            return error


def retry_after_s(answer: urllib3.BaseHTTPResponse) -> float:
    """What the answer asks to wait, 0 where it asks nothing that can be read."""
    try:
        return RETRIES.new(retry_after_max=_DAY_S).get_retry_after(answer) or 0
    except InvalidHeader:
        return 0


def _left(retries: urllib3.Retry, request: Request, outcome: Outcome) -> urllib3.Retry | None:
    """The retries left when this one is counted, None where it is not to be repeated."""
    try:
        if isinstance(outcome, HTTPError):
            return retries.increment(request.method, request.url, error=outcome)
        asked_s = retry_after_s(outcome)
        is_worth_it = retries.is_retry(request.method, outcome.status, has_retry_after=asked_s > 0)
        if not is_worth_it or asked_s >= retries.retry_after_max:
            return None
        return retries.increment(request.method, request.url, response=outcome)
    except HTTPError:
        # All are used up: urllib3 says so by raising.
        return None


def _pause_s(retries: urllib3.Retry, outcome: Outcome) -> float:
    """As long as was asked for, or longer each time; never all callers at once."""
    asked_s = 0.0 if isinstance(outcome, HTTPError) else retry_after_s(outcome)
    # urllib3's own jitter leaves out the first pause and what was asked for: ours replaces it.
    backoff_s = retries.new(backoff_jitter=0).get_backoff_time()
    jitter_s = random.uniform(0, retries.backoff_jitter)  # noqa: S311 - no secret
    return max(asked_s, backoff_s) + jitter_s


def _settled(request: Request, outcome: Outcome) -> urllib3.BaseHTTPResponse:
    if isinstance(outcome, HTTPError):
        host = urlsplit(request.url).netloc
        raise Unreachable(f"{host} does not answer: {_reason(outcome)}") from outcome
    return outcome


def _reason(error: HTTPError) -> str:
    """The error in few words: urllib3 puts its pool's before them, or the cause behind them."""
    text = str(error.args[0]) if isinstance(error, ProtocolError) else str(error)
    return text.partition("): ")[2] or text.rstrip(".")
