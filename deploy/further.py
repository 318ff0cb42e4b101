"""`make deploy-model`: one further model, in a stack of its own beside the core."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy import image, parameters, version, worker_image
from deploy.core import MODEL as DEFAULT_MODEL
from deploy.failure import DeployFailed
from deploy.smoke import smoke
from deploy.stacks import Stack, Stacks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from deploy.account import Account
    from deploy.console import Console
    from deploy.image import Image
    from deploy.version import Version

TEMPLATE = "stacks/model.yaml"
# As the template's parameter ModelName has it.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
OF_THE_CORE = "core"
OWN = {
    "CoreStack": "STACK=<core>",
    "ModelName": "NAME=<model>",
    "ModelDigest": "MODEL=<folder> or DIGEST=<version>",
    "WorkerImage": "IMAGE=<uri>",
    "WorkerRepositoryArn": "IMAGE=<uri>",
    "KeepTasks": "whether the model is there already",
}


@dataclass(frozen=True)
class Order:
    """What the operator wants of one model.

    `image` "" leaves the image as it is, and gives a new model the core's; `core` takes the
    core's of now. `folder` None leaves the model's files, and `digest` names an earlier version.
    """

    root: Path
    core: str
    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    folder: Path | None = None
    digest: str = ""


class ModelDeploy:
    """One deploy of one model. The same order again changes nothing."""

    def __init__(self, order: Order, account: Account, console: Console) -> None:
        check_name(order.name)
        parameters.check(order.parameters, order.root / TEMPLATE, own=OWN)
        self._order = order
        self._account = account
        self._console = console
        self._stacks = Stacks(account.cloudformation)

    def run(self) -> None:
        """Deploy the model and have it answer; raises `DeployFailed`."""
        order, name = self._order, stack_name(self._order.core, self._order.name)
        self._console.line(f"{name} in account {self._account.number}, {self._account.region}")
        with self._console.step("look at the stacks") as step:
            core = found_core(self._stacks, order.core)
            before = self._stacks.settled(name)
            step.note = before.status if before else f"{order.name} is new"
            held = before.parameters if before else {}
            wanted = {**parameters.defaults(order.root / TEMPLATE), **held, **order.parameters}
            parameters.check_tasks(wanted, order.parameters)
        given = {**self._standing(before), **self._image(core, before)}
        chosen = self._version(core, before)
        if chosen is not None:
            version.bring(
                self._console, self._account.s3, core.output("ModelBucket"), order.name, chosen
            )
        after = self._deploy(name, {**given, **self._place(chosen), **order.parameters})
        try:
            smoke(self._account, self._console, core, order.name)
        finally:
            self._close(before, after)

    def _standing(self, before: Stack | None) -> dict[str, str]:
        """The parameters that say whose model it is, and whether it has tasks to keep."""
        if before is not None:
            return {"KeepTasks": "yes"}
        return {"CoreStack": self._order.core, "ModelName": self._order.name, "KeepTasks": "no"}

    def _image(self, core: Stack, before: Stack | None) -> dict[str, str]:
        """The parameters that name the image; none where it stays."""
        wanted = self._order.image
        if before is not None and not wanted:
            named = image.short(before.parameters.get("WorkerImage", "")) or "the core's latest"
            self._console.skipped("worker image", f"{named} stays: IMAGE=core takes the core's")
            return {}
        if wanted in {"", OF_THE_CORE}:
            names = ("WorkerImage", "WorkerRepositoryArn")
            given = {name: core.parameters.get(name, "") for name in names}
            named = image.short(given["WorkerImage"]) or "its repository's latest"
            self._console.skipped("worker image", f"the core's, {named}")
            return given
        found: Image = image.given(self._account, wanted)
        self._console.skipped("worker image", f"{image.short(found.uri)}, as given")
        return worker_image.parameters(core, found)

    def _version(self, core: Stack, before: Stack | None) -> Version | None:
        """The version to deploy, None where the model stays, or lies at a ModelUri."""
        order = self._order
        if order.parameters.get("ModelUri"):
            return None
        if order.digest:
            bucket = core.output("ModelBucket")
            return version.stored(self._account.s3, bucket, order.name, order.digest)
        if order.folder is not None:
            return version.of_folder(order.folder)
        if before is None:
            raise DeployFailed(f"{order.name} is new: say where it is, MODEL=<folder>")
        self._console.skipped(f"upload {order.name}", "the model stays: MODEL=<folder> changes it")
        return None

    def _place(self, chosen: Version | None) -> dict[str, str]:
        """The parameters that say where the model lies: in ModelBucket or at a ModelUri."""
        if self._order.parameters.get("ModelUri"):
            return {"ModelDigest": ""}
        return {"ModelDigest": chosen.digest, "ModelUri": ""} if chosen else {}

    def _deploy(self, name: str, given: Mapping[str, str]) -> Stack:
        template = (self._order.root / TEMPLATE).read_text(encoding="utf-8")
        with self._console.step("deploy the stack") as step:
            is_changed = self._stacks.deploy(name, template, given)
            step.note = "" if is_changed else "nothing to change"
        after = self._stacks.find(name)
        if after is None:
            raise DeployFailed(f"stack {name} is gone again")
        return after

    def _close(self, before: Stack | None, after: Stack) -> None:
        """Say how to go back, where there is anything to go back to."""
        old = before.parameters.get("ModelDigest") if before else None
        if old and old != after.parameters.get("ModelDigest"):
            self._console.line(
                f"  to go back: make deploy-model NAME={self._order.name} DIGEST={old}"
                f"{'' if self._order.core == 'spillway' else f' STACK={self._order.core}'}"
            )


def stack_name(core: str, model: str) -> str:
    """Return the name of a further model's stack."""
    return f"{core}-model-{model}"


def found_core(stacks: Stacks, name: str) -> Stack:
    """Return the core stack, or raise `DeployFailed` where it is not there or not whole."""
    core = stacks.settled(name)
    if core is None:
        raise DeployFailed(f"there is no core stack {name}: `make deploy` makes it first")
    core.output("ModelBucket")
    return core


def check_name(name: str) -> None:
    """Raise `DeployFailed` for a name that no further model can have, "" among them."""
    if name == DEFAULT_MODEL:
        raise DeployFailed("the default model is the core's: make deploy MODEL=<folder>")
    if not NAME.fullmatch(name):
        raise DeployFailed(f"NAME={name}: a model's name is 1 to 39 of a-z, 0-9 and -, - not first")
