"""One job through the whole of a deployed model: the proof that a deploy ends with."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from deploy import keys, stops
from deploy.failure import DeployFailed
from deploy.service import Service
from spillway.aws.sigv4 import SigV4
from spillway.client import (
    ApiKey,
    Client,
    Forbidden,
    JobFailed,
    NotFound,
    SpillwayError,
    Unauthorized,
)
from tools.excerpt import excerpt
from tools.model.upload import stored_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from deploy.account import Account
    from deploy.console import Console, Step
    from deploy.stacks import Stack
    from deploy.stops import Stops
    from spillway.client import Auth, Job

TENANT = "smoke"
# The job may wake the model: a task of Fargate starts in about a minute, and some GB load for more.
JOB_S = 900.0
# A key or a queue that was made just now is not known everywhere at once.
SETTLE_S = 90.0
SETTLE_POLL_S = 3.0


@dataclass(frozen=True)
class Answer:
    """What became of the job, and the seconds that its parts took."""

    job: Job
    result: Any
    accepted_s: float
    fetched_s: float

    def __str__(self) -> str:
        """Say how long each part took."""
        queue_s, run_s = ((ms or 0) / 1000 for ms in (self.job.queue_ms, self.job.run_ms))
        return (
            f"version {self.job.model_version}; accepted in {self.accepted_s:.1f} s, "
            f"waited {queue_s:.1f} s, ran {run_s:.2f} s, result in {self.fetched_s:.1f} s"
        )


def smoke(account: Account, console: Console, core: Stack, model: str) -> None:
    """Have the model answer its own probe; where it sleeps, the job wakes it as any caller's does.

    Raises `DeployFailed` with what ECS or the workers say.
    """
    service, probe = registered(account, core.name, model)
    tasks = stops.of_model(account, core.name, model, service)
    with _client(account, core, model) as client:
        with console.step(f"tasks of {model}") as step:
            count = service.wait_until_steady(look=partial(_look, step, tasks))
            step.note = f"{count} running{'' if count else ': the job wakes it'}"
        with console.step("one job") as step:
            look = partial(_look, step, tasks)
            answer = _answer(client, service, model, probe, look)
            step.note = str(answer)
    console.line(f"  {excerpt(probe)} → {excerpt(answer.result)}")


def registered(account: Account, core: str, model: str) -> tuple[Service, Any]:
    """Return the service of a deployed model, and the probe that its manifest names."""
    found = Service.of(account, core, model)
    if found is None:
        raise DeployFailed(f"no model {model} is registered at {core}")
    service, uri = found
    parts = urlsplit(uri)
    manifest = stored_manifest(account.s3, parts.netloc, parts.path.lstrip("/"))
    if manifest is None:
        raise DeployFailed(f"there is no model at {uri}: its manifest.json is missing")
    return service, manifest.probe


def ask(
    client: Client,
    model: str,
    probe: Any,  # noqa: ANN401 - any JSON
    *,
    settle_s: float = SETTLE_S,
    look: Callable[[str], object] = lambda _: None,
) -> Answer:
    """Send the job, wait for its end, fetch its result; raises `spillway.SpillwayError`.

    `look` is told how far the job is at each look, and may raise.
    """
    began_s = time.monotonic()
    job = _settled(lambda: client.submit(probe, model=model), settle_s)
    accepted_s = time.monotonic()
    for seen in client.watch(job.job_id, within_s=JOB_S):
        job = seen
        look(f"the job is {job.status}")
    job.raise_for_status()
    ended_s = time.monotonic()
    result = client.result(job.job_id)
    return Answer(job, result, accepted_s - began_s, time.monotonic() - ended_s)


def api_url(account: Account, core: Stack) -> str:
    """Return where the core's API is reached from here."""
    return reached(core.output("ApiUrl"), account.apigateway.meta.endpoint_url)


def reached(output: str, endpoint_url: str) -> str:
    """Return where the API of a stack is reached; `endpoint_url` is where its account is.

    An emulator can't serve the name that API Gateway would have: it has a path for each API.
    """
    if (urlsplit(endpoint_url).hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return output
    parts = urlsplit(output)
    api_id = parts.netloc.partition(".")[0]
    return f"{endpoint_url}/restapis/{api_id}{parts.path}/_user_request_"


def _look(step: Step, tasks: Stops, state: str) -> None:
    """Show how far it is and how many tasks failed; raise `DeployFailed` once they are too many."""
    count = tasks.check()
    step.progress(f"{state}, {count} of its tasks stopped" if count else state)


def _answer(
    client: Client,
    service: Service,
    model: str,
    probe: Any,  # noqa: ANN401 - any JSON
    look: Callable[[str], object],
) -> Answer:
    try:
        return ask(client, model, probe, look=look)
    except DeployFailed:
        raise
    except JobFailed as failure:
        raise DeployFailed(f"the smoke job: {failure}") from None
    except SpillwayError as error:
        raise DeployFailed(f"the smoke job: {error}", excerpt=service.troubles()) from None


@contextmanager
def _client(account: Account, core: Stack, model: str) -> Iterator[Client]:
    """A client as the model's own tenant, or signed by the operator where the API wants that."""
    with _auth(account, core, model) as auth:
        yield Client(api_url(account, core), auth=auth)


@contextmanager
def _auth(account: Account, core: Stack, model: str) -> Iterator[Auth]:
    if "UsagePlanId" not in core.outputs:
        credentials = account.session.get_credentials()
        if credentials is None:
            raise DeployFailed("no AWS credentials to sign the smoke job with")
        yield SigV4(credentials, account.region)
        return
    # Two models may be deployed at once: neither takes the other's key.
    tenant = f"{TENANT}-{model}"
    with keys.lent(account.apigateway, core.output("UsagePlanId"), tenant) as key:
        yield ApiKey(key)


def _settled(submit: Callable[[], Job], settle_s: float) -> Job:
    deadline_s = time.monotonic() + settle_s
    while True:
        try:
            return submit()
        except (Forbidden, Unauthorized, NotFound):
            if time.monotonic() > deadline_s:
                raise
            time.sleep(SETTLE_POLL_S)
