"""The jobs table's stream: each write that took effect, in its order, whoever made it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spillway.aws.attributes import from_item
from spillway.job import Status
from spillway.record import job_key
from tests.simulation.history import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spillway.job import JobKey
    from spillway.update import Record
    from spillway_cli.target import Target

MOST = 1000


@dataclass(slots=True)
class Stream:
    """Reads on from where it was. `jobs` is each job as it is by the last change that was read."""

    target: Target
    changes: list[Change] = field(default_factory=list)
    jobs: dict[JobKey, Record] = field(default_factory=dict)
    _iterators: dict[str, str] = field(default_factory=dict)
    _arn: str = ""

    def read(self) -> None:
        """Take what is new."""
        client = self.target.aws("dynamodbstreams")
        for shard in self._shards(client):
            self._read(client, shard)

    def count(self, keys: set[JobKey] | None = None) -> Counter[Status]:
        """How many jobs are in which state, all or those of these keys."""
        chosen = self.jobs.keys() if keys is None else keys & self.jobs.keys()
        return Counter(Status(str(self.jobs[key]["status"])) for key in chosen)

    def _shards(self, client: Any) -> list[str]:
        if not self._arn:
            table = self.target.aws("dynamodb").describe_table(
                TableName=self.target.output("JobsTable")
            )
            self._arn = table["Table"]["LatestStreamArn"]
        told = client.describe_stream(StreamArn=self._arn)["StreamDescription"]
        return [shard["ShardId"] for shard in told["Shards"]]

    def _read(self, client: Any, shard: str) -> None:
        iterator = self._iterators.get(shard) or self._begin(client, shard)
        while True:
            read = client.get_records(ShardIterator=iterator, Limit=MOST)
            for change in changes(read["Records"]):
                self.changes.append(change)
                self.jobs[change.key] = change.after
            iterator = self._iterators[shard] = read["NextShardIterator"]
            if not read["Records"]:
                return

    def _begin(self, client: Any, shard: str) -> str:
        begun = client.get_shard_iterator(
            StreamArn=self._arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )
        return str(begun["ShardIterator"])


def changes(records: list[Mapping[str, Any]]) -> Iterator[Change]:
    """The changes to jobs among a stream's records; figures are no jobs."""
    for record in records:
        told = record["dynamodb"]
        partition = told["Keys"]["pk"]["S"]
        if partition.startswith("JOB#") and "NewImage" in told:
            yield Change(
                at_s=told["ApproximateCreationDateTime"].timestamp(),
                who="",
                key=job_key(partition),
                before=from_item(told["OldImage"]) if "OldImage" in told else None,
                after=from_item(told["NewImage"]),
            )
