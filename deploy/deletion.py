"""`make delete`: one further model, or the core with all its models, after asking.

What is gone already is passed over, so a run that failed is simply run again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy import bucket, keys, webhook_secrets
from deploy.failure import DeployFailed
from deploy.further import check_name, stack_name
from deploy.stacks import POLL_S, Stack, Stacks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploy.account import Account
    from deploy.console import Console

# Buckets that go with the stack; ModelBucket outlives it.
GOING = ("InputBucket", "ResultBucket")
# Tables that may be protected.
TABLES = ("JobsTable", "DeliveriesTable")
PROTECTED = (
    "{name} is protected: turn DeletionProtection off first, "
    'make deploy{stack} PARAMETERS="DeletionProtection=false"'
)
STAYING = (
    "the account's role for API Gateway's logs, which other APIs may use",
    "the tables' last backups, for 35 days: aws dynamodb list-backups --backup-type SYSTEM",
    "what sam uploaded: the bucket of the stack aws-sam-cli-managed-default",
)
TERMINATION = (
    "{name} has termination protection: aws cloudformation update-termination-protection "
    "--no-enable-termination-protection --stack-name {name}"
)


@dataclass(frozen=True)
class Order:
    """What is to go: the core stack `core`, or with `model` that further model alone.

    `environment` is the section of samconfig.toml that named the core; `is_sure` asks nothing.
    With `models_too` the bucket that holds the models goes as well.
    """

    core: str
    environment: str = "default"
    model: str | None = None
    is_sure: bool = False
    models_too: bool = False


class Deletion:
    """One deletion."""

    def __init__(
        self, order: Order, account: Account, console: Console, poll_s: float = POLL_S
    ) -> None:
        if order.model is not None:
            check_name(order.model)
        self._order = order
        self._account = account
        self._console = console
        self._stacks = Stacks(account.cloudformation, poll_s)

    def run(self) -> None:
        """Delete what was ordered, and say what stays; raises `DeployFailed`."""
        if self._order.model is None:
            self._delete_core()
        else:
            self._delete_one_model(self._order.model)

    # --- one model --------------------------------------------------------------------------------

    def _delete_one_model(self, model: str) -> None:
        name = stack_name(self._order.core, model)
        stack = self._stacks.find(name)
        if stack is None:
            raise DeployFailed(f"there is no stack {name} in {self._account.region}")
        self._refuse_protected(stack)
        self._console.line(f"{name} goes: its queues, its workers, their logs.")
        if waiting := self._waiting(model):
            self._console.line(f"About {waiting} jobs wait in its queue: they will end EXPIRED.")
        self._confirm(name)
        self._delete(stack)
        core = self._stacks.find(self._order.core)
        where = core.outputs.get("ModelBucket") if core else None
        if where:
            self._console.line(f"  stays: s3://{where}/{model}/, its files")

    def _waiting(self, model: str) -> int:
        """About how many messages the model's queue holds."""
        try:
            url = self._account.sqs.get_queue_url(QueueName=f"{self._order.core}_{model}")
        except self._account.sqs.exceptions.QueueDoesNotExist:
            return 0
        counts = self._account.sqs.get_queue_attributes(
            QueueUrl=url["QueueUrl"],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return sum(int(count) for count in counts.values())

    # --- the core ---------------------------------------------------------------------------------

    def _delete_core(self) -> None:
        core = self._found()
        held = self._stacks.resources(core)
        joined = self._stacks.joined(core)
        for stack in (core, *joined):
            self._refuse_protected(stack)
        for table in TABLES:
            if table in held:
                self._refuse_protected_table(core, held[table])
        self._warn(core, joined)
        self._confirm(core.name)
        for stack in joined:
            self._delete(stack)
        self._delete_keys(held)
        self._delete_secrets(core)
        if self._order.models_too:
            self._delete_models(held)
        self._delete_emptied(core, held)
        self._say_what_stays(held)

    def _found(self) -> Stack:
        core = self._stacks.find(self._order.core)
        if core is None:
            raise DeployFailed(f"there is no stack {self._order.core} in {self._account.region}")
        return self._stacks.wait(core)

    def _warn(self, core: Stack, joined: list[Stack]) -> None:
        self._console.line(f"{core.name} in account {self._account.number} goes, with")
        self._console.line("  every job, payload, result and delivery; the workers' images")
        self._console.line("  every API key and webhook secret")
        self._console.line(
            f"  the model default{' and all files of models' * self._order.models_too}"
        )
        for stack in joined:
            self._console.line(f"  the stack {stack.name}")

    def _refuse_protected(self, stack: Stack) -> None:
        if stack.is_protected:
            raise DeployFailed(TERMINATION.format(name=stack.name))

    def _refuse_protected_table(self, core: Stack, name: str) -> None:
        try:
            table = self._account.dynamodb.describe_table(TableName=name)["Table"]
        except self._account.dynamodb.exceptions.ResourceNotFoundException:
            return
        if table.get("DeletionProtectionEnabled"):
            raise DeployFailed(PROTECTED.format(name=core.name, stack=self._chosen(core)))

    def _chosen(self, core: Stack) -> str:
        """Return how make is told of this stack."""
        if self._order.environment != "default":
            return f" ENV={self._order.environment}"
        return "" if core.name == "spillway" else f" STACK={core.name}"

    def _delete_keys(self, held: Mapping[str, str]) -> None:
        """Delete the tenants' keys, so that nobody sends any more: no stack holds them."""
        if "UsagePlan" not in held:
            return
        with self._console.step("delete the API keys") as step:
            step.note = str(keys.delete_all(self._account.apigateway, held["UsagePlan"]))

    def _delete_secrets(self, core: Stack) -> None:
        """Delete the secrets of tenants' webhooks: no stack holds them."""
        with self._console.step("delete webhook secrets") as step:
            step.note = str(webhook_secrets.delete_all(self._account.ssm, core.name))

    def _delete_models(self, held: Mapping[str, str]) -> None:
        """Delete ModelBucket, which the stack itself would leave."""
        if "ModelBucket" not in held:
            return
        with self._console.step("delete the models' files") as step:
            count = bucket.empty(self._account.s3, held["ModelBucket"])
            bucket.delete(self._account.s3, held["ModelBucket"])
            step.note = f"{count} objects"

    def _delete_emptied(self, core: Stack, held: Mapping[str, str]) -> None:
        """Empty the buckets and delete the stack; what came in meanwhile is emptied once more."""
        self._empty(held)
        try:
            self._delete(core)
        except DeployFailed:
            if not self._empty(held):
                raise
            self._delete(core)

    def _empty(self, held: Mapping[str, str]) -> int:
        total = 0
        for name in GOING:
            if name in held:
                with self._console.step(f"empty {name}") as step:
                    count = bucket.empty(self._account.s3, held[name])
                    step.note = f"{count} objects"
                    total += count
        return total

    def _say_what_stays(self, held: Mapping[str, str]) -> None:
        staying = list(STAYING)
        if "ModelBucket" in held and not self._order.models_too:
            staying.insert(0, f"s3://{held['ModelBucket']}, the models' files")
        for text in staying:
            self._console.line(f"  stays: {text}")

    # --- both -------------------------------------------------------------------------------------

    def _delete(self, stack: Stack) -> None:
        with self._console.step(f"delete {stack.name}"):
            self._stacks.delete(stack)

    def _confirm(self, name: str) -> None:
        if self._order.is_sure:
            return
        if self._console.ask(f"Type {name} to delete it: ") != name:
            raise DeployFailed("nothing was deleted")
