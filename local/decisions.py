"""Each change of a service's desired count, in a line that says why.

Wakes and policies alike end in one call of ECS, and are heard there. A wake leaves what it saw in
the model's live figures. For the others the jobs, their length and the target are read anew just
after the call, by the code that the scaler reads them with.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local import compatibility
from scaling.capacity import reason
from spillway.decisions import is_same
from spillway.live import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from local.console import Console
    from scaling.observing import Observer, Seen
    from spillway.ports import ModelEntry, Registry

ACTIONS = "services.ecs._ACTION_MAP"
SERVICES = "services.ecs._services"
LOOKS, LOOK_S = 10, 0.2
"""For what a wake leaves: it is written just after the call."""
STOP_S = 5.0
"""Whoever ends the run waits no longer for what is still to be printed."""


@dataclass(frozen=True)
class Change:
    """A desired count that was changed; `policy` is why a scaling policy did so, else ""."""

    service: str
    before: int
    after: int
    policy: str

    @property
    def counts(self) -> str:
        """Return both counts."""
        return f"{self.before} → {self.after} task{'' if self.after == 1 else 's'}"

    def decision(self, at_ms: int) -> Decision:
        """Return the decision that it followed from, as far as it tells."""
        return Decision(at_ms=at_ms, before=self.before, after=self.after, reason=self.policy)


class Decisions:
    """Prints changes, one after the other, in a thread of its own."""

    def __init__(
        self,
        console: Console,
        registry: Registry,
        observer: Observer,
        now_ms: Callable[[], int],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._console = console
        self._registry = registry
        self._observer = observer
        self._now_ms = now_ms
        self._sleep = sleep
        self._policies: dict[str, str] = {}
        self._changes: queue.SimpleQueue[Change | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._print, name="decisions", daemon=True)

    def install(self) -> None:
        """Hear of each UpdateService, from now on."""
        actions = compatibility.name(ACTIONS)
        updated = actions["UpdateService"]

        def update(request: dict[str, Any]) -> Any:  # noqa: ANN401 - MiniStack is untyped
            before = _desired()
            reply = updated(request)
            for service, count in _desired().items():
                if count != before.get(service, count):
                    self.heard(service, before[service], count)
            return reply

        actions["UpdateService"] = update
        self._thread.start()

    @contextmanager
    def because(self, service: str, policy: str) -> Iterator[None]:
        """Give a policy as the reason of what changes this service while the block runs."""
        self._policies[service] = policy
        try:
            yield
        finally:
            # Where nothing was changed, the next change is another's.
            self._policies.pop(service, None)

    def heard(self, service: str, before: int, after: int) -> None:
        """Have a change printed."""
        self._changes.put(Change(service, before, after, self._policies.pop(service, "")))

    def close(self) -> None:
        """Print what was heard until now, for some seconds at most, and no more."""
        if self._thread.is_alive():
            self._changes.put(None)
            self._thread.join(STOP_S)

    def _print(self) -> None:
        while (change := self._changes.get()) is not None:
            # Of a console that does not print nobody can be told.
            with suppress(Exception):
                self._console.line(self.line(change))

    def line(self, change: Change) -> str:
        """Return what is said of a change; where that fails the counts alone, and what failed."""
        try:
            return self._reasoned(change)
        except Exception as error:  # noqa: BLE001 - the change was made all the same
            why = f"not observed, {type(error).__name__}: {error}"
            return f"{change.service}: {change.counts} ({why})"

    def _reasoned(self, change: Change) -> str:
        policy = f" ({change.policy})" if change.policy else ""
        entries = [each for each in self._registry.models() if each.service == change.service]
        models = [entry.model for entry in entries] or [change.service]
        why = self._why(entries, change)
        return ": ".join([*models, *why, change.counts]) + policy

    def _why(self, entries: Sequence[ModelEntry], change: Change) -> Sequence[str]:
        """Return what a wake left, or what is to be seen now."""
        for _ in range(0 if change.policy or not entries else LOOKS):
            now_ms = self._now_ms()
            seen = self._observer.observe(entries, now_ms=now_ms)
            if left := [why for each in seen for why in _left(each, change, now_ms)]:
                return left
            self._sleep(LOOK_S)
        seen = self._observer.observe(entries, now_ms=self._now_ms())
        return [reason(each.observation, each.limits) for each in seen]


def _left(seen: Seen, change: Change, now_ms: int) -> Sequence[str]:
    """Return the reason that was left with this change."""
    return [
        each.reason
        for each in seen.figures.decisions[-1:]
        if is_same(each, change.decision(now_ms))
    ]


def _desired() -> dict[str, int]:
    """Return each service's desired count."""
    services = compatibility.name(SERVICES)
    return {each["serviceName"]: int(each.get("desiredCount", 0)) for each in services.values()}
