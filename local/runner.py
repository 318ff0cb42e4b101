"""The steps of `make run`, from nothing to an answer, and back."""

from __future__ import annotations

import json
import signal
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local import (
    function_logs,
    launching,
    metric_data,
    model,
    pidfile,
    service,
    smoke,
)
from local.autoscaling import Autoscaling
from local.aws import Aws
from local.decisions import Decisions
from local.deployment import ARTIFACTS, Deployment
from local.emulator import Emulator, check_port
from local.failure import StartFailed
from local.settings import REGION, STACK, TENANT
from local.tasks import Engine, Launcher
from local.workspace import write_private
from scaling.observing import Observer
from spillway.aws.assembly import now_ms
from spillway.aws.figures import DynamoFigures
from spillway.aws.queue import SqsQueues
from spillway.aws.registry import SsmRegistry
from spillway.aws.services import EcsServices
from spillway_cli import api_keys, webhook_secrets
from tools.stack_events import reasons
from tools.tail import tail

if TYPE_CHECKING:
    from pathlib import Path

    from local.command import Running
    from local.console import Console
    from local.settings import Settings
    from local.workspace import Workspace

# How long workers get at the end of a run: a machine that is shut down gives no more.
WORKERS_GRACE_S = 15
WATCH_S = 0.5
LOG_GROUPS = f"/spillway/{STACK}/"


class Runner:
    """One run. `run` returns when it is told to stop (KeyboardInterrupt, SIGTERM)."""

    def __init__(self, settings: Settings, workspace: Workspace, console: Console) -> None:
        self._settings = settings
        self._workspace = workspace
        self._console = console
        self._aws = Aws(settings)
        self._cleanup = ExitStack()
        self._is_ready = False

    def run(self) -> None:
        """Start everything, wait, stop everything; raises `StartFailed`."""
        began_s = time.monotonic()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with self._cleanup:
                # Last in this stack is first to go: from here on, nothing interrupts the end.
                lock = self._cleanup.enter_context(pidfile.claim(self._workspace.pid))
                self._cleanup.callback(lock.truncate, 0)
                try:
                    self._start(began_s)
                    self._watch()
                except KeyboardInterrupt:
                    self._console.line("\nstopping: workers end what they run")
                    raise
                finally:
                    _ignore_signals()
        except KeyboardInterrupt:
            if not self._is_ready:
                raise
        except (ClientError, BotoCoreError) as error:
            log = self._workspace.logs / "ministack.log"
            raise StartFailed(f"the emulator refused a call: {error}", log=log) from error
        self._console.line("stopped")

    def _start(self, began_s: float) -> None:
        self._settings.check_parameters()
        deployment = Deployment(self._settings, self._workspace)
        model_folder = model.check(self._settings)
        check_port(self._settings.port)
        client = launching.container_engine(self._settings, self._workspace)
        self._workspace.prepare(keep=self._settings.keep)
        build = None if deployment.is_built() else deployment.begin_build()
        if build is not None:
            self._cleanup.callback(build.abandon)
        launcher = launching.launcher(self._settings, self._workspace, client, self._console)
        engine = self._start_emulator(launcher)
        if build is not None:
            with self._console.step("sam build", build.began_s):
                deployment.finish_build(build)
        engine.hold()
        outputs = self._deploy(deployment)
        with self._console.step("upload the model") as step:
            sent_bytes = model.upload(self._aws.s3, outputs["ModelBucket"], model_folder)
            step.note = f"{sent_bytes / 1e6:.0f} MB" if sent_bytes else "already there"
        engine.release()
        self._start_scaling(outputs["JobsTable"])
        with self._console.step(f"API key, secret for {TENANT}"):
            api = smoke.Api(self._settings.url, self._key(outputs["UsagePlanId"]))
            webhook_secrets.ensure(self._aws.ssm, STACK, TENANT)
        self._start_workers(engine)
        self._answer_first_job(api, began_s)

    def _start_emulator(self, launcher: Launcher) -> Engine:
        with self._console.step("MiniStack"):
            emulator = Emulator(self._settings, self._workspace)
            engine = Engine(
                self._settings,
                self._workspace,
                emulator.protections,
                self._task_definition,
                launcher,
            )
            emulator.start(engine)
            self._emulator, self._engine = emulator, engine
            self._cleanup.callback(emulator.stop)
            self._cleanup.callback(self._save_function_logs)
            self._cleanup.callback(engine.close, WORKERS_GRACE_S)
            launcher.check()
        return engine

    def _deploy(self, deployment: Deployment) -> dict[str, str]:
        with self._console.step("sam deploy"):
            with suppress(self._aws.s3.exceptions.BucketAlreadyOwnedByYou):
                self._aws.s3.create_bucket(Bucket=ARTIFACTS)
            deploy = deployment.begin_deploy(
                ARTIFACTS, parameters=self._settings.template_parameters()
            )
            self._cleanup.callback(deploy.abandon)
            self._finish_deploy(deploy)
            stack = self._aws.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
            return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}

    def _finish_deploy(self, deploy: Running) -> None:
        """Wait for sam; where it fails, the stack's events say why in fewer words."""
        try:
            deploy.finish()
        except StartFailed as failure:
            if why := reasons(self._aws.cloudformation, STACK):
                raise StartFailed(str(failure), log=failure.log, excerpt=why) from None
            raise

    def _key(self, usage_plan_id: str) -> str:
        """Return the key of the last run where its state was kept, else a new one."""
        stored: Path = self._workspace.key
        known = self._aws.apigateway.get_api_keys(includeValues=True)["items"]
        if stored.is_file():
            key = stored.read_text().strip()
            if key in [entry.get("value") for entry in known]:
                return key
        key = api_keys.create(self._aws.apigateway, usage_plan_id, TENANT)
        write_private(stored, f"{key}\n")
        return key

    def _start_scaling(self, jobs_table: str) -> None:
        aws = self._aws
        registry, services = SsmRegistry(aws.ssm, STACK), EcsServices(aws.ecs)
        figures = DynamoFigures(aws.dynamodb, jobs_table)
        observer = Observer(queues=SqsQueues(aws.sqs, STACK), services=services, figures=figures)
        decisions = Decisions(self._console, registry, observer, now_ms)
        autoscaling = Autoscaling(aws.ecs, decisions, self._emulator.protections, self._console)
        decisions.install()
        metric_data.install(autoscaling.put)
        self._cleanup.callback(decisions.close)
        self._cleanup.callback(autoscaling.close)
        autoscaling.start()

    def _start_workers(self, engine: Engine) -> None:
        count = self._settings.standing
        with self._console.step(f"{count} worker{'' if count == 1 else 's'}"):
            service.wait_until_ready(engine, count)

    def _answer_first_job(self, api: smoke.Api, began_s: float) -> None:
        """Send the first job and say how to send the next; without workers, say only that."""
        payload = model.first_payload(model.check(self._settings))
        job: dict[str, Any] = {}
        if self._settings.standing:
            with self._console.step("the first job"):
                job = self._first_job(api, payload)
            self._console.line(f"  {json.dumps(payload)} → {smoke.answer(api, job)}")
        self._workspace.announce(
            {
                "url": api.url,
                "apiKey": api.key,
                "region": REGION,
                "endpointUrl": self._settings.endpoint_url,
                "stack": STACK,
                "receiver": self._settings.receiver_url,
            }
        )
        self._cleanup.callback(self._workspace.endpoint.unlink, missing_ok=True)
        self._is_ready = True
        if not job:
            self._console.line("  no worker runs: the first job wakes one")
        ready = f"ready after {time.monotonic() - began_s:.1f} s; Ctrl-C or `make stop` ends it"
        lines = [
            f"URL       {api.url}\nAPI key   {api.key}\nReceiver  {self._settings.receiver_url}",
            *smoke.curls(api, job.get("jobId"), payload, receiver=self._settings.receiver_url),
        ]
        self._console.block(ready, lines)

    def _first_job(self, api: smoke.Api, payload: Any) -> dict[str, Any]:  # noqa: ANN401
        """Send it; where that fails, show the worker's log and say where the functions' are."""
        try:
            return smoke.send(api, payload)
        except StartFailed as failure:
            logs = self._save_function_logs()
            workers = self._engine.workers()
            excerpt = tail(workers[-1].plan.log) if workers else ""
            raise StartFailed(str(failure), log=logs, excerpt=excerpt) from None

    def _save_function_logs(self) -> Path:
        return function_logs.save(self._aws.logs, LOG_GROUPS, self._workspace.logs / "functions")

    def _watch(self) -> None:
        """Stay until told to stop; say so when a worker ends by itself."""
        told = {worker.id for worker in self._engine.workers() if worker.status == "exited"}
        while self._emulator.is_alive():
            time.sleep(WATCH_S)
            for worker in self._engine.workers():
                if worker.status == "exited" and worker.id not in told:
                    told.add(worker.id)
                    if not worker.was_stopped:
                        self._console.line(f"{service.ended(worker)}; its log: {worker.plan.log}")
        raise StartFailed("the emulator stopped", log=self._workspace.logs / "ministack.log")

    def _task_definition(self, name: str) -> dict[str, Any]:
        described = self._aws.ecs.describe_task_definition(taskDefinition=name)
        return dict(described["taskDefinition"])


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
