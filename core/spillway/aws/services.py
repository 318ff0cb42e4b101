"""The models' services on ECS."""

from __future__ import annotations

import logging
from collections import defaultdict
from itertools import batched
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from spillway.aws.faults import code, translated
from spillway.errors import UnknownModel
from spillway.ports import SERVICES_AT_ONCE, TaskCounts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_ecs import ECSClient

    from spillway.ports import ModelEntry

LOG = logging.getLogger("spillway.services")

_MISSING = ("ClusterNotFoundException", "ServiceNotActiveException", "ServiceNotFoundException")


class EcsServices:
    """Services as the registry names them, in whichever clusters."""

    def __init__(self, ecs: ECSClient) -> None:
        self._ecs = ecs

    def counts(self, entries: Sequence[ModelEntry]) -> Mapping[str, TaskCounts]:
        clusters: dict[str, dict[str, str]] = defaultdict(dict)
        for entry in entries:
            clusters[entry.cluster][entry.service] = entry.model
        return {
            models[service]: counts
            for cluster, models in clusters.items()
            for some in batched(models, SERVICES_AT_ONCE, strict=False)
            for service, counts in self._known(cluster, some).items()
        }

    def set_desired(self, entry: ModelEntry, count: int) -> None:
        with translated("ECS"):
            try:
                self._ecs.update_service(
                    cluster=entry.cluster, service=entry.service, desiredCount=count
                )
            except ClientError as error:
                if code(error) in _MISSING:
                    raise UnknownModel("no such service") from None
                raise

    def _known(self, cluster: str, services: Sequence[str]) -> dict[str, TaskCounts]:
        """Those that ECS tells of: one that it refuses, as in a cluster that is gone, is not there.

        ECS refuses all services of a call for the sake of one.
        """
        try:
            return self._described(cluster, services)
        except ClientError:
            if len(services) == 1:
                LOG.exception("service not described", extra={"service": services[0]})
                return {}
            return {
                name: counts
                for service in services
                for name, counts in self._known(cluster, [service]).items()
            }

    def _described(self, cluster: str, services: Sequence[str]) -> dict[str, TaskCounts]:
        with translated("ECS"):
            answer = self._ecs.describe_services(cluster=cluster, services=services)
        return {
            service["serviceName"]: TaskCounts(
                running=service["runningCount"],
                pending=service["pendingCount"],
                desired=service["desiredCount"],
            )
            for service in answer["services"]
            if service["status"] == "ACTIVE"
        }
