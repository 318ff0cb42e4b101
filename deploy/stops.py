"""Tasks that end by themselves: a model that can't load ends one after the other, for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from deploy.failure import DeployFailed
from spillway_cli.exits import CommandFailed
from spillway_cli.logs.query import Query
from spillway_cli.logs.source import Groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.account import Account
    from deploy.service import Service

# The least number at which ECS's own circuit breaker gives up. That one watches a deployment only:
# a service that was deployed without a task and then gets one, nobody else watches.
MOST = 3


class Stops:
    """The tasks of a service that failed since this was made.

    `whys` returns what the workers since said of it, if anything.
    """

    def __init__(self, service: Service, whys: Callable[[], list[str]]) -> None:
        self._service = service
        self._whys = whys
        self._before = service.failed_tasks()

    def check(self) -> int:
        """Return how many failed; raise `DeployFailed` with why, once they are `MOST`."""
        count = len(self._service.failed_tasks() - self._before)
        if count >= MOST:
            raise DeployFailed(
                f"{count} tasks of {self._service.name} stopped one after the other: "
                "while jobs wait ECS tries on, ever less often",
                excerpt="\n".join(self._whys()) or self._service.troubles(),
            )
        return count


def of_model(account: Account, core: str, model: str, service: Service) -> Stops:
    """Return the stops of a model's service from now on, explained by its workers' log."""
    since_ms = time.time_ns() // 1_000_000
    return Stops(service, lambda: whys(account, core, model, since_ms))


def whys(account: Account, core: str, model: str, since_ms: int) -> list[str]:
    """Why the model's workers since then could not get ready, each reason once."""
    try:
        lines = list(
            Groups(account.logs, core).lines(Query(model=model, level="CRITICAL"), since_ms)
        )
    except CommandFailed:
        return []
    told = [line.fields["why"] for line in lines if "why" in line.fields]
    return list(dict.fromkeys(f"the worker's log: {why}" for why in told))
