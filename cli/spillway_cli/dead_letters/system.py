"""The dead letters of one stack, and the parts of it that redriving them needs."""

from __future__ import annotations

from contextlib import closing
from functools import cached_property
from typing import TYPE_CHECKING

from spillway.aws.assembly import Backend, backend, now_ms
from spillway.aws.registry import SsmRegistry
from spillway.aws.store import DynamoStore
from spillway.settings import FunctionSettings
from spillway_cli.dead_letters.queue import DeadLetterQueue
from spillway_cli.dead_letters.redrive import Redrive

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from spillway_cli.dead_letters.redrive import Outcome
    from spillway_cli.dead_letters.rules import Choice, DeadLetter
    from spillway_cli.target import Target


class DeadLetters:
    """All models' DLQs, the jobs table, and what takes jobs in: with an operator's AWS rights."""

    def __init__(self, target: Target) -> None:
        self._target = target

    @cached_property
    def store(self) -> DynamoStore:
        """The jobs table."""
        return DynamoStore(self._target.aws("dynamodb"), self._target.output("JobsTable"))

    def batches(
        self, model: str | None, choice: Choice
    ) -> Generator[tuple[DeadLetterQueue, Sequence[DeadLetter]]]:
        """The letters that are chosen, queue by queue, as they are read."""
        for queue in self._queues(model):
            with queue.reading() as batches:
                for letters in batches:
                    now = now_ms()
                    yield queue, [each for each in letters if choice.takes(each, now_ms=now)]

    def redriven(
        self, model: str | None, choice: Choice, *, is_dry: bool, discards: bool
    ) -> Generator[Outcome]:
        """Redrive the letters that are chosen; what was done with each, as it is done."""
        parts = self._backend
        with closing(self.batches(model, choice)) as batches:
            for queue, letters in batches:
                redrive = Redrive(
                    store=parts.store,
                    queues=parts.queues,
                    inputs=parts.inputs,
                    intake=parts.intake,
                    clock=now_ms,
                    delete=queue.delete,
                    is_dry=is_dry,
                    discards=discards,
                )
                yield from map(redrive.outcome, letters)

    def depths(self, model: str | None) -> Iterator[tuple[str, int]]:
        """How many letters each model has, approximately."""
        return ((queue.model, queue.depth()) for queue in self._queues(model))

    def _queues(self, model: str | None) -> Iterator[DeadLetterQueue]:
        stack = self._target.stack_name
        models = [model] if model else self._models(stack)
        return (DeadLetterQueue(self._target.aws("sqs"), stack, each) for each in models)

    def _models(self, stack: str) -> list[str]:
        return [entry.model for entry in SsmRegistry(self._target.aws("ssm"), stack).models()]

    @cached_property
    def _backend(self) -> Backend:
        """What the API's functions work with. The backlog's limit is for callers: 0 is none."""
        target = self._target
        settings = FunctionSettings(
            stack=target.stack_name,
            jobs_table=target.output("JobsTable"),
            input_bucket=target.output("InputBucket"),
            result_bucket=target.output("ResultBucket"),
            auth_mode="ApiKey",
            backlog_limit=0,
            retention_days=self._retention_days(),
            default_model="default",
        )
        return backend(
            settings, dynamodb=target.aws("dynamodb"), sqs=target.aws("sqs"), s3=target.aws("s3")
        )

    def _retention_days(self) -> int:
        described = self._target.aws("cloudformation").describe_stacks(
            StackName=self._target.stack_name
        )
        given = {
            each["ParameterKey"]: each["ParameterValue"]
            for each in described["Stacks"][0]["Parameters"]
        }
        return int(given["RetentionDays"])
