"""Rules broken on purpose: with each of them runs must go wrong, or the runs prove nothing."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from spillway import retrying, transitions
from spillway.errors import Unavailable
from spillway.job import Status
from spillway.update import Update, every
from tests.simulation.model import Model
from tests.simulation.ports import Agent, Inbox, Objects
from tests.simulation.reconciler import Reconciler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spillway.errors import InferenceError
    from spillway.ports import Received
    from spillway.update import Condition


@dataclass(frozen=True, slots=True)
class Mutant:
    """One rule, where it is looked up, and what stands in its place. `breaks` is the invariant."""

    breaks: str
    place: Any
    name: str
    broken: Callable[..., Any]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The rule is broken inside the block."""
        with patch.object(self.place, self.name, self.broken):
            yield


_claim = transitions.claim
_cancel = transitions.cancel
_after_refusal = retrying.after_refusal
_receive = Inbox.receive
_put = Objects.put
_protect = Agent.protect
_compute = Model.__call__


def _any_attempt(attempt: int) -> Condition:
    """The fence without its number: whoever runs the job, or ran it once, may end it."""
    return transitions._is(Status.RUNNING)


def _claim_always(*about: Any, **lease: Any) -> Update:
    """The claim, of whatever there is."""
    return replace(_claim(*about, **lease), when=every())


async def _receive_and_delete(self: Inbox, **how: Any) -> Sequence[Received]:
    """The ack before the work."""
    messages = await _receive(self, **how)
    if messages:
        with suppress(Unavailable):
            await self.delete([received.receipt for received in messages])
    return messages


def _cancel_always(*about: Any, **when: Any) -> Update:
    """The cancellation of what is over."""
    return replace(_cancel(*about, **when), when=every())


def _never_reclaim(*about: Any, **when: Any) -> retrying.Verdict:
    """A lease that was lost, taken for a job that is over."""
    verdict = _after_refusal(*about, **when)
    return retrying.Drop() if isinstance(verdict, retrying.Reclaim) else verdict


async def _put_some_time(self: Objects, key: str, body: bytes) -> None:
    """The result stored while others are already told of it."""
    asyncio.get_running_loop().call_later(5, self._put, key, body)


async def _protect_for_good(self: Agent, minutes: int | None) -> None:
    """Protection that is never given up."""
    if minutes is not None:
        await _protect(self, minutes)


async def _mixed_up(self: Model, payloads: Sequence[Any]) -> Sequence[str | InferenceError]:
    """A batch's results in the wrong order."""
    return [*await _compute(self, payloads)][::-1]


def _do_nothing(*about: Any) -> None:
    """What nobody does."""


MUTANTS = {
    "fence": Mutant("fence", transitions, "_holds_lease", _any_attempt),
    "claim": Mutant("one end", transitions, "claim", _claim_always),
    "ack": Mutant("nothing lost", Inbox, "receive", _receive_and_delete),
    "cancel": Mutant("one end", transitions, "cancel", _cancel_always),
    "reclaim": Mutant("nothing lost", retrying, "after_refusal", _never_reclaim),
    "store": Mutant("right result", Objects, "put", _put_some_time),
    "protection": Mutant("protection", Agent, "protect", _protect_for_good),
    "order": Mutant("tenants apart", Model, "__call__", _mixed_up),
    "reconciler": Mutant("in time", Reconciler, "reconcile", _do_nothing),
}
