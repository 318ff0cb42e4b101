"""An ECS service as the scaling engine sees and sets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from scaling.engine.scaler import Tasks
from spillway.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from mypy_boto3_ecs import ECSClient

    type Because = Callable[[str, str], AbstractContextManager[None]]


class ScaledService:
    """One service, by its scalable target's ResourceId, `service/<cluster>/<service>`.

    Each change runs within `because`, which is told the service and the reason.
    """

    def __init__(self, ecs: ECSClient, resource_id: str, because: Because) -> None:
        _, self._cluster, self._service = resource_id.split("/")
        self._ecs = ecs
        self._because = because

    def tasks(self) -> Tasks:
        """Return its counts; raises `Unavailable` where there are none, as while it is deleted."""
        try:
            described = self._ecs.describe_services(
                cluster=self._cluster, services=[self._service]
            )["services"]
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("dependency-unavailable", str(error)) from error
        if not described:
            raise Unavailable("dependency-unavailable", f"no service {self._service}")
        return Tasks(described[0]["runningCount"], described[0]["desiredCount"])

    def scale(self, desired: int, reason: str) -> None:
        """Set its desired count; raises `Unavailable`."""
        try:
            with self._because(self._service, reason):
                self._ecs.update_service(
                    cluster=self._cluster, service=self._service, desiredCount=desired
                )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("dependency-unavailable", str(error)) from error
