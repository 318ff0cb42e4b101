"""Whatever is interrupted, and wherever: nothing waits for a message that is not there."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from delivery.schedule import ATTEMPTS
from spillway.deliveries.delivery import due_now
from spillway.deliveries.message import decode
from spillway.errors import Unavailable
from tests.unit.delivery.world import TOPIC, WEBHOOK, World, away, down, gone, succeeded

if TYPE_CHECKING:
    from collections.abc import Callable

    from spillway.job import Job


class Killed(BaseException):
    """The process ends here."""


CALLS = ("add", "get", "replace", "send", "hide")
MEANWHILE = ("deliver", "tell", "redeliver")
ERRORS = st.sampled_from([None, away(), Killed(), RuntimeError("AccessDenied")])


@dataclass(frozen=True)
class Interruption:
    """What happens at the table's or the queue's next call of this name.

    First something else, all of it; then an error, or the call, whose answer may be lost.
    """

    call: str
    meanwhile: str | None
    before: BaseException | None
    after: BaseException | None


INTERRUPTIONS = st.lists(
    st.builds(
        Interruption,
        call=st.sampled_from(CALLS),
        meanwhile=st.none() | st.sampled_from(MEANWHILE),
        before=ERRORS,
        after=ERRORS,
    ),
    max_size=3,
)


class Interrupted(RuleBasedStateMachine):
    """One job with two destinations, and all that may be done to its deliveries."""

    @initialize(answers=st.lists(st.sampled_from([None, down(), gone()]), max_size=20))
    def begin(self, answers: list[Exception | None]) -> None:
        self.world = World()
        self.world.receiver.answers = [*answers, None]
        self.job: Job = succeeded(WEBHOOK, TOPIC)
        self.world.jobs[self.job.key] = self.job
        self.is_owed = True
        self.due: list[Interruption] = []
        self.lock = threading.Lock()
        for call in CALLS:
            of: Any = self.world.deliveries if call in CALLS[:3] else self.world.queue
            setattr(of, call, self._interruptible(call, getattr(of, call)))

    @rule(due=INTERRUPTIONS)
    def tell(self, due: list[Interruption]) -> None:
        self._try(self._tell, due)

    @rule(due=INTERRUPTIONS)
    def deliver(self, due: list[Interruption]) -> None:
        self._try(self.world.lambda_runs, due)

    @rule(due=INTERRUPTIONS, place=st.integers(0, 1))
    def redeliver(self, due: list[Interruption], place: int) -> None:
        self._try(lambda: self._redeliver(place), due)

    @rule(seconds=st.sampled_from([1, 10, 400, 8_000, 40_000]))
    def wait(self, seconds: int) -> None:
        self.world.clock.pass_s(seconds)

    @rule()
    def copy(self) -> None:
        """SQS hands over the last message twice."""
        self.world.queue.send(self.world.queue.sent[-1:])

    @invariant()
    def each_that_is_not_over_has_a_message(self) -> None:
        rounds = self._rounds(self.world.bodies)
        for delivery in self.world.deliveries.held.values():
            is_to_be_told = self.is_owed and delivery.round == 1 and delivery.attempts == 0
            if not delivery.status.is_over and not is_to_be_told:
                assert max(rounds[delivery.delivery_id], default=0) >= delivery.round

    def teardown(self) -> None:
        """Once nothing more goes wrong, each round that was asked for ends within its attempts."""
        self.due = []
        self._tell()
        self.world.run()
        asked = self._rounds([body for _, body in self.world.queue.sent])
        for delivery in self.world.deliveries.held.values():
            assert delivery.status.is_over
            assert delivery.round == max(asked[delivery.delivery_id])
            assert delivery.attempts - delivery.attempts_before <= ATTEMPTS
        texts = {text for _, text in self.world.receiver.got}
        assert len(texts) <= 1

    def _tell(self) -> None:
        self.world.end(self.job)
        self.is_owed = False

    def _redeliver(self, place: int = 0) -> None:
        if held := list(self.world.deliveries.held.values()):
            self.world.redeliver(held[place % len(held)])

    def _try(self, action: Callable[[], object], due: list[Interruption]) -> None:
        left, self.due = self.due, list(due)
        try:
            action()
        except (Unavailable, RuntimeError, Killed):
            pass
        finally:
            self.due = left

    def _interruptible(self, call: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def interrupted(*args: Any, **values: Any) -> Any:
            met = self._met(call)
            if met is None:
                return real(*args, **values)
            self._meanwhile(met)
            _meet(met.before)
            answer = real(*args, **values)
            _meet(met.after)
            return answer

        return interrupted

    def _met(self, call: str) -> Interruption | None:
        with self.lock:
            met = next((each for each in self.due if each.call == call), None)
            if met is not None:
                self.due.remove(met)
            return met

    def _meanwhile(self, met: Interruption) -> None:
        actions: dict[str | None, Callable[[], object]] = {
            "deliver": self.world.lambda_runs,
            "tell": self._tell,
            "redeliver": self._redeliver,
        }
        if met.meanwhile is not None:
            self._try(actions[met.meanwhile], [])

    def _rounds(self, bodies: list[str]) -> dict[str, list[int]]:
        """The rounds that these messages are of, by delivery."""
        rounds: dict[str, list[int]] = {each.delivery_id: [] for each in due_now(self.job)}
        for message in map(decode, bodies):
            rounds[message.key.delivery_id].append(message.round)
        return rounds


def _meet(error: BaseException | None) -> None:
    if error is not None:
        raise error.with_traceback(None)


TestInterrupted = Interrupted.TestCase
TestInterrupted.settings = settings(deadline=None, max_examples=150, stateful_step_count=25)
