"""`make deploy`: the core stack and its default model, from nothing or from what is there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy import concurrency, parameters, sam, version, worker_image
from deploy.command import Commands
from deploy.failure import DeployFailed
from deploy.image import Docker
from deploy.smoke import api_url, smoke
from deploy.stacks import Stack, Stacks
from deploy.worker_image import WorkerImage
from tools.model.upload import stored_manifest
from tools.stack_events import reasons

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from deploy.account import Account
    from deploy.console import Console
    from deploy.stage import Stage
    from deploy.version import Version

MODEL = "default"
DEMO = f".model/{MODEL}"
LOGS = ".aws-sam/logs"
TEMPLATE = "template.yaml"
HOT_PATH = "api/enqueue.py"
OWN = {
    "WorkerImage": "IMAGE=<uri>",
    "WorkerRepositoryArn": "IMAGE=<uri>",
    "ModelDigest": "MODEL=<folder> or DIGEST=<version>",
    # A name that did not follow them would leave the old ones standing ready.
    "EnqueueRelease": f"the code of {HOT_PATH}, and by AllowedDestinationArns",
    "ModelKeepTasks": "whether the stack is there already",
}
# A task could not start: what it runs comes after the stack that holds it.
WITHOUT_TASKS: Mapping[str, str] = {"ModelMinTasks": "0", "ModelKeepTasks": "no"}
# The service is there: how many tasks it has is what the work needs.
WITH_ITS_TASKS: Mapping[str, str] = {"ModelKeepTasks": "yes"}


@dataclass(frozen=True)
class Order:
    """What the operator wants. `image` "" is one built from here.

    `model` is a folder, None for the model that is deployed, else the demo; `digest` names a
    version that was deployed before.
    """

    root: Path
    stage: Stage
    parameters: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    model: Path | None = None
    digest: str = ""
    docker: str = "docker"
    base: str = ""


class CoreDeploy:
    """One deploy. Each step first looks whether it was done; so a run takes up where one failed."""

    def __init__(self, order: Order, account: Account, console: Console) -> None:
        parameters.check(order.parameters, order.root / TEMPLATE, own=OWN)
        self._order = order
        self._account = account
        self._console = console
        self._stacks = Stacks(account.cloudformation)
        self._commands = Commands(order.root, order.root / LOGS / order.stage.stack)
        docker = Docker(self._commands, order.docker, order.base)
        self._image = WorkerImage(account, console, docker, order.root, order.image)

    def run(self) -> None:
        """Deploy, and have the default model answer; raises `DeployFailed`."""
        name = self._order.stage.stack
        self._console.line(f"{name} in account {self._account.number}, {self._account.region}")
        with self._console.step("look at the stack") as step:
            before = self._stacks.settled(name)
            step.note = before.status if before else "it is not there yet"
            self._check_numbers(before)
        chosen = self._version(before)
        found = self._image.prepare(before)
        with self._console.step("sam build"):
            sam.build(self._commands, self._order.stage)
        core = before or self._first_deploy()
        found = found or self._image.push(core)
        given = {**self._order.parameters, **worker_image.parameters(core, found), **WITH_ITS_TASKS}
        if chosen is not None:
            version.bring(
                self._console, self._account.s3, core.output("ModelBucket"), MODEL, chosen
            )
            given["ModelDigest"] = chosen.digest
        core = self._deploy(given)
        smoke(self._account, self._console, core, MODEL)
        self._close(core)

    def _check_numbers(self, before: Stack | None) -> None:
        held = before.parameters if before else {}
        order = self._order
        defaults = parameters.defaults(order.root / TEMPLATE)
        wanted = {**defaults, **held, **order.stage.parameters, **order.parameters}
        parameters.check_tasks(wanted, order.parameters)
        concurrency.check(self._account.functions, wanted, held)

    # --- what is to be deployed -------------------------------------------------------------------

    def _version(self, core: Stack | None) -> Version | None:
        """The model's version to deploy, None for the one that is deployed."""
        order, s3 = self._order, self._account.s3
        if order.digest:
            if core is None:
                raise DeployFailed(f"DIGEST={order.digest}: nothing was deployed yet")
            return version.stored(s3, core.output("ModelBucket"), MODEL, order.digest)
        if order.model is None and core is not None and self._has_model(core):
            self._console.skipped(f"upload {MODEL}", "the model stays: MODEL=<folder> changes it")
            return None
        return version.of_folder(order.model or order.root / DEMO)

    def _has_model(self, core: Stack) -> bool:
        """Whether a model was deployed, or put where one lies that has no versions."""
        bucket = core.output("ModelBucket")
        return bool(core.parameters.get("ModelDigest")) or (
            stored_manifest(self._account.s3, bucket, f"{MODEL}/") is not None
        )

    # --- deploying --------------------------------------------------------------------------------

    def _first_deploy(self) -> Stack:
        """Make the stack that holds the repository and the bucket, with no task yet."""
        return self._deploy({**self._order.parameters, **WITHOUT_TASKS}, title="first sam deploy")

    def _deploy(self, given: Mapping[str, str], title: str = "sam deploy") -> Stack:
        """Run sam with these parameters; where it fails, the stack's events say why."""
        stage = self._order.stage
        given = {**given, "EnqueueRelease": self._release()}
        with self._console.step(title, is_quiet=not stage.confirms):
            try:
                sam.deploy(self._commands, stage, given)
            except DeployFailed as failure:
                why = self._reasons(stage.stack) or failure.excerpt
                raise DeployFailed(str(failure), excerpt=why, log=failure.log) from None
        core = self._stacks.find(stage.stack)
        if core is None or any(core.parameters.get(k, "") != v for k, v in given.items()):
            # Asked whether to go on, the operator may say no, and sam ends as if all were done.
            raise DeployFailed(
                f"sam changed nothing in {stage.stack}: was the change set declined?"
            )
        return core

    def _release(self) -> str:
        """Name what may stand ready, by the parameters that the stack will have."""
        order, core = self._order, self._stacks.find(self._order.stage.stack)
        held = core.parameters if core else {}
        wanted = {**held, **order.stage.parameters, **order.parameters}
        return release(order.root, wanted.get("AllowedDestinationArns", ""))

    def _reasons(self, name: str) -> str:
        stack = self._stacks.find(name)
        if stack is None or "ROLLBACK" not in stack.status:
            return ""
        return reasons(self._account.cloudformation, stack.id)

    def _close(self, core: Stack) -> None:
        """Say where the API is, and which further models run another image."""
        stack = "" if core.name == "spillway" else f" STACK={core.name}"
        now = core.parameters["WorkerImage"]
        self._console.line(f"  {api_url(self._account, core)}")
        if "UsagePlanId" in core.outputs:
            # Without STACK the key is the local system's, where one runs.
            self._console.line(f"  make tenant NAME=acme STACK={core.name}   makes a caller's key")
        for model in self._stacks.joined(core):
            if model.parameters.get("WorkerImage", now) != now:
                name = model.parameters["ModelName"]
                self._console.line(
                    f"  {name} runs another image: make deploy-model NAME={name}{stack} IMAGE=core"
                )


def release(root: Path, allowed: str) -> str:
    """Name what may stand ready: with other code, or another list of ARNs, another version does.

    The list is what the function is told and no version's description has room for.
    """
    code = (root / HOT_PATH).read_bytes()
    return hashlib.sha256(b"\0".join((code, allowed.encode()))).hexdigest()[:16]
