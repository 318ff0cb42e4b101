"""Calls on their way between workers and services, and what befalls them there."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextvars import Context
from typing import TYPE_CHECKING, cast

from spillway.errors import ObjectMissing, Unavailable, UpdateRefused
from tests.simulation.faults import Call, fate
from tests.simulation.plan import CALM_AT_S
from tests.simulation.processes import Process, current
from tests.simulation.troubles import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.simulation.faults import Fate
    from tests.simulation.history import History
    from tests.simulation.plan import Plan

_UNANSWERED = (Trouble.REFUSED, Trouble.LOST_ACK, Trouble.PARTIAL)
_CRASHES = (Trouble.CRASH_BEFORE, Trouble.CRASH_AFTER)
_REFUSALS = (UpdateRefused, ObjectMissing, Unavailable, ValueError)


class Network:
    """Carries calls. What was sent arrives, whatever has become of its sender meanwhile."""

    def __init__(self, plan: Plan, history: History) -> None:
        self._seed = plan.seed
        self._rates = plan.rates_of_calls
        self._history = history
        self._counts: Counter[tuple[str, str, str]] = Counter()

    async def call[T](
        self,
        name: str,
        subject: str,
        effect: Callable[[], T | asyncio.Future[T]],
        *,
        never: tuple[Trouble, ...] = (Trouble.PARTIAL,),
    ) -> T:
        """Have it take effect over there, and return what it says, be it that this takes a while.

        `never` are the troubles that do not befall such a call.
        """
        process = _alive()
        call, its = self.draw(process.name, name, subject, never=never)
        return await self._send(process, _Request(process, call, its, effect, self._history))

    async def batch(
        self, name: str, entries: Sequence[str], effect: Callable[[Sequence[str]], None]
    ) -> None:
        """Likewise for a call whose entries succeed or fail each by itself."""
        process = _alive()
        call, its = self.draw(process.name, name, " ".join(sorted(entries)))
        some = _taken(entries, its.luck) if its.trouble is Trouble.PARTIAL else entries
        request = _Request(process, call, its, lambda: effect(some), self._history)
        await self._send(process, request)

    def draw(
        self, who: str, name: str, subject: str, *, never: tuple[Trouble, ...] = ()
    ) -> tuple[Call, Fate]:
        """What becomes of this caller's next such call."""
        which = who, name, subject
        self._counts[which] += 1
        call = Call(*which, self._counts[which])
        is_calm = asyncio.get_running_loop().time() > CALM_AT_S
        return call, fate(self._seed, {} if is_calm else self._rates, call, never)

    async def _send[T](self, process: Process, request: _Request[T]) -> T:
        trouble = request.fate.trouble
        if trouble is Trouble.CRASH_BEFORE:
            request.note("")
        else:
            request.send()
        if trouble in _CRASHES:
            process.die(str(trouble))
            process.check()
        return await request.answer


class _Request[T]:
    """One call under way. Its steps are the services', not its sender's."""

    def __init__(
        self,
        sender: Process,
        call: Call,
        its: Fate,
        effect: Callable[[], T | asyncio.Future[T]],
        history: History,
    ) -> None:
        self._sender = sender
        self.call = call
        self.fate = its
        self.answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._effect = effect
        self._history = history
        self._is_again = False

    def send(self) -> None:
        self._later(self.fate.there_s, self._arrive)
        if self.fate.trouble is Trouble.LATE:
            self._later(self.fate.back_s, self._settle, None, unavailable())

    def _arrive(self) -> None:
        if self.fate.trouble is Trouble.REFUSED:
            self.note("")
            self._known(None)
            return
        self._history.actor = self.call.process
        try:
            outcome = self._effect()
        except _REFUSALS as error:
            self.note(error)
            self._known(None, error)
        else:
            if isinstance(outcome, asyncio.Future):
                outcome.add_done_callback(lambda known: self._done(known.result()))
            else:
                self._done(outcome)

    def _done(self, value: T) -> None:
        self.note(value)
        self._known(value)

    def _known(self, value: T | None, error: Exception | None = None) -> None:
        """Over there all is done; what the caller hears of it is another thing."""
        trouble = self.fate.trouble
        if trouble is Trouble.DOUBLED and not self._is_again:
            self._is_again = True
            self._later(self.fate.back_s, self._arrive)
        elif trouble in _UNANSWERED:
            self._later(self.fate.back_s, self._settle, None, unavailable())
        elif trouble is not Trouble.LATE:
            self._later(self.fate.back_s, self._settle, value, error)

    def _settle(self, value: T | None, error: Exception | None) -> None:
        if self.answer.done() or self._sender.is_dead:
            return
        if error is not None:
            self.answer.set_exception(error)
        else:
            self.answer.set_result(cast("T", value))

    def note(self, effect: object) -> None:
        call = self.call
        self._history.note(call.process, call.name, call.subject, self.fate.trouble, effect)

    def _later(self, after_s: float, step: Callable[..., None], *about: object) -> None:
        asyncio.get_running_loop().call_later(after_s, step, *about, context=Context())


def _alive() -> Process:
    process = current()
    process.check()
    return process


def _taken(entries: Sequence[str], luck: float) -> Sequence[str]:
    """Those of a batch that succeed: all but one, or one alone."""
    one = sorted(entries)[int(luck * len(entries))]
    return [entry for entry in entries if (entry == one) is (luck > 0.5)]


def unavailable() -> Unavailable:
    return Unavailable("dependency-unavailable", "simulated")
