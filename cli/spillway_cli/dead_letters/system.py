"""The dead letters of one stack, and the parts of it that redriving them needs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from spillway.aws.assembly import Backend, backend, now_ms
from spillway.aws.registry import SsmRegistry
from spillway.aws.store import DynamoStore
from spillway.client.batch import in_order
from spillway.settings import FunctionSettings
from spillway_cli.dead_letters.queue import DeadLetterQueue
from spillway_cli.dead_letters.redrive import Redrive
from spillway_cli.dead_letters.rules import tenant_of
from spillway_cli.exits import CommandFailed, Exit

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from spillway_cli.dead_letters.redrive import Outcome
    from spillway_cli.dead_letters.rules import Choice, DeadLetter
    from spillway_cli.target import Target

READERS = 8
"""Queues that are asked at once; a client of boto3's keeps ten connections."""


class DeadLetters:
    """All models' DLQs, the jobs table, and what takes jobs in: with an operator's AWS rights."""

    def __init__(self, target: Target) -> None:
        self._target = target

    @cached_property
    def store(self) -> DynamoStore:
        """The jobs table."""
        return DynamoStore(self._target.aws("dynamodb"), self._target.output("JobsTable"))

    def models(self, model: str | None) -> Sequence[str]:
        """The model that is named, else all of the stack's."""
        if model is not None:
            return [model]
        registry = SsmRegistry(self._target.aws("ssm"), self._target.stack_name)
        return [entry.model for entry in registry.models()]

    def batches(
        self, models: Iterable[str], choice: Choice
    ) -> Generator[tuple[DeadLetterQueue, Sequence[DeadLetter]]]:
        """The letters that are chosen, as they are read: of all queues at once."""
        with ExitStack() as open_readings:
            queues = self._queues(models)
            readings = [(queue, open_readings.enter_context(queue.reading())) for queue in queues]
            for queue, letters in _in_rounds(readings):
                now = now_ms()
                yield queue, [each for each in letters if choice.takes(each, now_ms=now)]

    def of_one_tenant(self, models: Iterable[str], choice: Choice) -> Choice:
        """The choice, its tenant said where it names a job: that one's jobs alone are meant.

        Raises `CommandFailed` where letters of several tenants' jobs are of that id.
        """
        if choice.name is None or choice.tenant is not None:
            return choice
        with closing(self.batches(models, choice)) as batches:
            tenants = {tenant_of(each) for _, letters in batches for each in letters} - {None}
        if len(tenants) > 1:
            named = ", ".join(sorted(map(str, tenants)))
            text = f"{choice.name} is a job of several tenants: {named}; say which by --tenant"
            raise CommandFailed(text, Exit.REFUSED)
        return replace(choice, tenant=next(iter(tenants), None))

    def redriven(
        self, models: Iterable[str], choice: Choice, *, is_dry: bool, discards: bool
    ) -> Generator[Outcome]:
        """Redrive the letters that are chosen; what was done with each, as it is done."""
        parts = self._backend
        with closing(self.batches(models, choice)) as batches:
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

    def depths(self, models: Iterable[str]) -> Mapping[str, int]:
        """How many letters each model has, approximately."""
        queues = self._queues(models)
        depths = in_order(DeadLetterQueue.depth, queues, concurrency=READERS)
        return {queue.model: depth for queue, depth in zip(queues, depths, strict=True)}

    def _queues(self, models: Iterable[str]) -> Sequence[DeadLetterQueue]:
        sqs, stack = self._target.aws("sqs"), self._target.stack_name
        return list(in_order(partial(DeadLetterQueue, sqs, stack), models, concurrency=READERS))

    @cached_property
    def _backend(self) -> Backend:
        """What the API's functions work with. The backlog's limit is for callers: 0 is none."""
        target = self._target
        settings = FunctionSettings(
            stack=target.stack_name,
            jobs_table=target.output("JobsTable"),
            deliveries_table=target.output("DeliveriesTable"),
            input_bucket=target.output("InputBucket"),
            result_bucket=target.output("ResultBucket"),
            auth_mode="ApiKey",
            backlog_limit=0,
            retention_days=self._retention_days(),
            default_model="default",
        )
        return backend(
            settings,
            dynamodb=target.aws("dynamodb"),
            sqs=target.aws("sqs"),
            s3=target.aws("s3"),
            functions=target.aws("lambda"),
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


def _in_rounds[Queue, Some](
    readings: Sequence[tuple[Queue, Iterator[Some]]],
) -> Iterator[tuple[Queue, Some]]:
    """What is read next from each, side by side: each read waits for its answer."""
    with ThreadPoolExecutor(READERS, "spillway-dead-letters") as pool:
        while readings:
            read = list(pool.map(lambda reading: next(reading[1], None), readings))
            fresh = [(*each, some) for each, some in zip(readings, read, strict=True) if some]
            yield from ((queue, some) for queue, _, some in fresh)
            readings = [(queue, reading) for queue, reading, _ in fresh]
