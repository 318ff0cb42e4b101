"""Each change of a service's desired count, in a line that says why.

Wakes and policies alike end in one call of ECS, and are heard there. A wake leaves what it saw in
the model's live figures. For the others the jobs, their length and the target are read anew just
after the call, by the code that the scaler reads them with.
"""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local import compatibility
from scaling.capacity import reason
from spillway.errors import SpillwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.console import Console
    from scaling.observing import Observer, Seen
    from spillway.ports import ModelEntry, Registry

ACTIONS = "services.ecs._ACTION_MAP"
SERVICES = "services.ecs._services"
LOOKS, LOOK_S = 10, 0.2
"""For what a wake leaves: it is written just after the call."""
RECENT_MS = 10_000
"""A decision like this one that is older is another."""


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

    def say(self, service: str, policy: str) -> None:
        """Take why a policy is about to change a service."""
        self._policies[service] = policy

    def heard(self, service: str, before: int, after: int) -> None:
        """Have a change printed."""
        self._changes.put(Change(service, before, after, self._policies.pop(service, "")))

    def close(self) -> None:
        """Print what was heard until now, and no more."""
        if self._thread.is_alive():
            self._changes.put(None)
            self._thread.join()

    def _print(self) -> None:
        while (change := self._changes.get()) is not None:
            try:
                self._console.line(self.line(change))
            except SpillwayError as error:
                self._console.line(f"{change.service}: {change.counts} (not observed: {error})")

    def line(self, change: Change) -> str:
        """Return what is said of a change."""
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
        if (each.before, each.after) == (change.before, change.after)
        and now_ms - each.at_ms <= RECENT_MS
    ]


def _desired() -> dict[str, int]:
    """Return each service's desired count."""
    services = compatibility.name(SERVICES)
    return {each["serviceName"]: int(each.get("desiredCount", 0)) for each in services.values()}
