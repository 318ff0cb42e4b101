"""Which tasks a service stops when it has too many: those that are not protected.

MiniStack stops the newest, whatever they do. ECS leaves protected tasks alone, and stops them once
they no longer are:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local import compatibility

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
    own = [
        arn
        for arn, task in tasks.items()
        if task.get("group") == f"service:{service['serviceName']}"
        and task.get("clusterArn") == service.get("clusterArn")
        and task.get("lastStatus") in ALIVE
    ]
    free = [arn for arn in own if not protections.holds(arn)]
    free.sort(key=lambda arn: str(tasks[arn].get("createdAt", "")), reverse=True)
    return free[: max(0, len(own) - int(service.get("desiredCount", 0)))]


def settle(protections: Protections) -> None:
    """Stop what is no longer protected; nothing else makes MiniStack look again."""
    tasks = dict(compatibility.name("services.ecs._tasks").items())
    for key, service in list(compatibility.name("services.ecs._services").items()):
        if surplus(service, tasks, protections):
            compatibility.name(RECONCILE)(key.split("/", 1)[0], key)
