"""Which tasks a service stops when it has too many: those that are not protected.

MiniStack stops the newest, whatever they do. ECS leaves protected tasks alone, and stops them once
they no longer are:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local import compatibility
from local.resource_types import ACCOUNT
from local.settings import REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.protection import Protections

    type Stop = Callable[[dict[str, Any]], Any]

RECONCILE = "services.ecs._reconcile_service_tasks"
STOP = "services.ecs._stop_task"
REASON = "Service scaling down"
ALIVE = ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING")


def install(protections: Protections) -> None:
    """Have MiniStack's scheduler ask which tasks are protected."""
    stop, reconcile = compatibility.name(STOP), compatibility.name(RECONCILE)

    def stop_unprotected(request: dict[str, Any]) -> Any:  # noqa: ANN401 - MiniStack is untyped
        if request.get("reason") == REASON and protections.holds(request["task"]):
            return None
        return stop(request)

    def reconcile_unprotected(cluster: str, key: str) -> None:
        service = compatibility.name("services.ecs._services").get(key)
        if service:
            tasks = dict(compatibility.name("services.ecs._tasks").items())
            for arn in surplus(service, tasks, protections):
                stop({"task": arn, "cluster": cluster, "reason": REASON})
        reconcile(cluster, key)

    compatibility.replace(STOP, stop_unprotected)
    compatibility.replace(RECONCILE, reconcile_unprotected)


def surplus(
    service: Mapping[str, Any], tasks: Mapping[str, Mapping[str, Any]], protections: Protections
) -> list[str]:
    """Return the tasks to stop: of those above the desired count the newest that may be.

    None during a deployment, which runs old and new ones beside each other.
    """
    if len(service.get("deployments", [])) > 1:
        return []
    own = alive(service, tasks)
    free = [arn for arn in own if not protections.holds(arn)]
    free.sort(key=lambda arn: str(tasks[arn].get("createdAt", "")), reverse=True)
    return free[: max(0, len(own) - int(service.get("desiredCount", 0)))]


def alive(service: Mapping[str, Any], tasks: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a service's tasks that have not ended."""
    return [
        arn
        for arn, task in tasks.items()
        if task.get("group") == f"service:{service['serviceName']}"
        and task.get("clusterArn") == service.get("clusterArn")
        and task.get("lastStatus") in ALIVE
    ]


def peers(task_arn: str) -> tuple[int, list[str]]:
    """Return what a task's service has: the desired count, and its other tasks.

    A task of no service is the one that is desired.
    """
    with emulated():
        tasks = dict(compatibility.name("services.ecs._tasks").items())
        for service in list(compatibility.name("services.ecs._services").values()):
            own = alive(service, tasks)
            if task_arn in own:
                return int(service.get("desiredCount", 0)), [a for a in own if a != task_arn]
    return 1, []


def emulated() -> Any:  # noqa: ANN401 - MiniStack is untyped
    """Enter the account and the region that all stacks of a run are in."""
    return compatibility.name("core.responses.request_scope")(ACCOUNT, REGION)


def settle(protections: Protections) -> list[str]:
    """Stop what is no longer protected; nothing else makes MiniStack look again.

    Returns of each service where that failed why.
    """
    tasks = dict(compatibility.name("services.ecs._tasks").items())
    faults: list[str] = []
    for key, service in list(compatibility.name("services.ecs._services").items()):
        try:
            if surplus(service, tasks, protections):
                compatibility.name(RECONCILE)(key.split("/", 1)[0], key)
        except Exception as fault:  # noqa: BLE001 - the others are scaled in all the same
            faults.append(f"service {key} is not scaled in: {type(fault).__name__}: {fault}")
    return faults
