"""The system under test, as its callers and its operator reach it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3
import httpx

from local.environment import ROOT_KEY, ROOT_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable


OVER = {"SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"}
UNRULY = Path(__file__).with_name("unruly")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class System:
    """A running system: what its endpoint.json says, and the folder that it lies in."""

    url: str
    api_key: str
    endpoint_url: str
    region: str
    stack: str
    folder: Path

    @classmethod
    def at(cls, folder: Path) -> System:
        said = json.loads((folder / "endpoint.json").read_text())
        return cls(
            url=said["url"],
            api_key=said["apiKey"],
            endpoint_url=said["endpointUrl"],
            region=said["region"],
            stack=said["stack"],
            folder=folder,
        )

    def caller(self, api_key: str | None = None) -> Caller:
        return Caller(self.url, self.api_key if api_key is None else api_key)

    def aws(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            aws_access_key_id=ROOT_KEY,
            aws_secret_access_key=ROOT_SECRET,
        )

    def output(self, name: str) -> str:
        stack = self.aws("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
        return str(outputs[name])

    def deploy_model(self, name: str, **parameters: str) -> None:
        """Deploy stacks/model.yaml for one more model, as an operator does."""
        cloudformation = self.aws("cloudformation")
        given = {"CoreStack": self.stack, "ModelName": name, **parameters}
        cloudformation.create_stack(
            StackName=f"{self.stack}-model-{name}",
            TemplateBody=(ROOT / "stacks" / "model.yaml").read_text(),
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=f"{self.stack}-model-{name}", WaiterConfig={"Delay": 1, "MaxAttempts": 120}
        )

    def keep_asleep(self, model: str) -> None:
        """Let the model have no task, whatever its work: the registry then says so to who wakes."""
        ssm, name = self.aws("ssm"), f"/spillway/{self.stack}/models/{model}"
        entry = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
        ssm.put_parameter(Name=name, Value=json.dumps({**entry, "maxTasks": 0}), Overwrite=True)

    def desired_tasks(self, model: str) -> int:
        """How many tasks the model's service is asked for."""
        [cluster] = self.aws("ecs").list_clusters()["clusterArns"]
        described = self.aws("ecs").describe_services(
            cluster=cluster, services=[f"{self.stack}-{model}"]
        )
        return int(described["services"][0]["desiredCount"])

    def upload_unruly_model(self, name: str) -> None:
        """Put a model of the `python` runtime where the model stack looks for it."""
        code = (UNRULY / "unruly.py").read_bytes()
        manifest = {
            "spillway": 1,
            "modelVersion": "unruly-1",
            "runtime": "python",
            "options": {"entrypoint": "unruly:Unruly"},
            "probe": {"say": "ready"},
            "files": [
                {
                    "path": "unruly.py",
                    "bytes": len(code),
                    "sha256": hashlib.sha256(code).hexdigest(),
                }
            ],
        }
        s3, bucket = self.aws("s3"), self.output("ModelBucket")
        s3.put_object(Bucket=bucket, Key=f"{name}/unruly.py", Body=code)
        s3.put_object(Bucket=bucket, Key=f"{name}/manifest.json", Body=json.dumps(manifest))

    def worker_pids(self, model: str) -> list[int]:
        """The processes that run this model's tasks now."""
        pids = [int(path.read_text()) for path in self.folder.glob("tasks/*/pid")]
        return [pid for pid in pids if f"MODEL={model}".encode() in _environment(pid)]

    def kill_worker(self, model: str) -> None:
        [pid] = self.worker_pids(model)
        os.kill(pid, signal.SIGKILL)

    def dead_letters(self, model: str) -> list[dict[str, Any]]:
        """The messages in a model's DLQ, left where they are."""
        received = self.aws("sqs").receive_message(
            QueueUrl=self.dead_letter_url(model),
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
            MessageAttributeNames=["All"],
        )
        return list(received.get("Messages", []))

    def queue_url(self, model: str) -> str:
        return self._queue_url(f"{self.stack}_{model}")

    def dead_letter_url(self, model: str) -> str:
        return self._queue_url(f"{self.stack}_{model}_dlq")

    def _queue_url(self, name: str) -> str:
        return str(self.aws("sqs").get_queue_url(QueueName=name)["QueueUrl"])

    def backlog(self, model: str) -> int:
        """How many messages the model's queue holds, visible or not."""
        counts = self.aws("sqs").get_queue_attributes(
            QueueUrl=self.queue_url(model), AttributeNames=["All"]
        )["Attributes"]
        return sum(int(n) for name, n in counts.items() if name.startswith("ApproximateNumberOf"))


class Caller:
    """One tenant, as it calls the API."""

    def __init__(self, url: str, api_key: str) -> None:
        headers = {"x-api-key": api_key} if api_key else {}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=40, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    def submit(self, payload: Any, *, headers: dict[str, str] | None = None, **more: Any) -> Any:
        """Submit a job and return the accepted document."""
        answer = self.post("/jobs", {"payload": payload, **more}, headers)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def post(
        self, path: str, document: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return self.http.post(path, json=document, headers=headers)

    def send(self, body: bytes, **headers: str) -> httpx.Response:
        """Submit a body as it is."""
        return self.http.post(
            "/jobs", content=body, headers={"content-type": "application/json", **headers}
        )

    def job(self, job_id: str) -> Any:
        answer = self.http.get(f"/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def jobs(self, **query: Any) -> list[Any]:
        """The tenant's whole list, page by page."""
        found: list[Any] = []
        while True:
            page = self.http.get("/jobs", params=query).json()
            found += page["jobs"]
            if "nextPageToken" not in page:
                return found
            query["pageToken"] = page["nextPageToken"]

    def until(self, job_id: str, statuses: Iterable[str] = OVER, within_s: float = 60) -> Any:
        """Poll until the job has one of these statuses."""
        wanted, deadline = set(statuses), time.monotonic() + within_s
        while (job := self.job(job_id))["status"] not in wanted:
            assert time.monotonic() < deadline, f"still {job['status']} after {within_s} s: {job}"
            time.sleep(0.2)
        return job

    def result(self, job_id: str) -> Any:
        answer = self.http.get(f"/jobs/{job_id}/result", follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return answer.json()


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
