"""An operator at the command line: `make`, against the running emulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3

from tests.acceptance.system import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.system import System

# No engine runs here and the emulator's ECR takes no layers: a push leaves what ECR would show.
DOCKER = """#!{python}
import hashlib, json, sys
import boto3
words = sys.argv[1:]
with open({calls!r}, "a") as calls:
    calls.write(json.dumps(words) + "\\n")
if words[0] == "login":
    sys.stdin.read()
if words[0] == "push":
    uri, _, tag = words[1].rpartition(":")
    manifest = {{
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {{
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 1,
            "digest": "sha256:" + hashlib.sha256(tag.encode()).hexdigest(),
        }},
        "layers": [],
    }}
    boto3.client("ecr").put_image(
        repositoryName=uri.partition("/")[2], imageManifest=json.dumps(manifest), imageTag=tag
    )
"""
POLICY = ROOT / "docs" / "deployer-policy.json"
OF_MAKE = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "ENV", "PARAMETERS", "IMAGE", "MODEL", "STACK"}


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code, and all that it wrote."""

    code: int
    text: str

    @property
    def succeeded(self) -> bool:
        return self.code == 0


@dataclass(frozen=True)
class Operator:
    """Who deploys the core stack `stack`, as a user of the account with the deployer's policy.

    `folder` is theirs, and so is the access key.
    """

    system: System
    stack: str
    folder: Path
    access_key: tuple[str, str]

    @classmethod
    def hired(cls, system: System, stack: str, folder: Path) -> Operator:
        """Make the user, with docs/deployer-policy.json and nothing else."""
        iam, name = system.aws("iam"), f"deployer-of-{stack}"
        iam.create_user(UserName=name)
        iam.put_user_policy(
            UserName=name, PolicyName="deploy", PolicyDocument=POLICY.read_text(encoding="utf-8")
        )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return cls(system, stack, folder, (key["AccessKeyId"], key["SecretAccessKey"]))

    def __post_init__(self) -> None:
        script = DOCKER.format(python=sys.executable, calls=str(self.folder / "docker.calls"))
        self.docker.write_text(script)
        self.docker.chmod(0o755)

    @property
    def docker(self) -> Path:
        return self.folder / "docker"

    def docker_calls(self) -> list[list[str]]:
        path = self.folder / "docker.calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def make(self, target: str, **said: str) -> Ended:
        """Run `make <target> STACK=… NAME=value …`; setting up counts as done."""
        words = {"STACK": self.stack, "DOCKER": str(self.docker), **said}
        ended = subprocess.run(
            ["make", "--silent", "--assume-old=setup", "--assume-old=model", target,
             *(f"{name}={value}" for name, value in words.items())],
            cwd=ROOT, env=self._environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return Ended(ended.returncode, ended.stdout)

    def aws(self, service: str) -> Any:
        """A client with the operator's own rights."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.system.endpoint_url,
            region_name=self.system.region,
            aws_access_key_id=self.access_key[0],
            aws_secret_access_key=self.access_key[1],
        )

    def parameters(self, stack: str = "") -> dict[str, str]:
        described = self.system.aws("cloudformation").describe_stacks(
            StackName=stack or self.stack
        )["Stacks"][0]
        return {each["ParameterKey"]: each["ParameterValue"] for each in described["Parameters"]}

    def stacks(self) -> set[str]:
        """The stacks that are there, nested ones left out."""
        described = self.system.aws("cloudformation").describe_stacks()["Stacks"]
        whole = {each["StackName"] for each in described}
        return {name for name in whole if "-DefaultModel-" not in name and "-Network-" not in name}

    def desired_count(self, model: str) -> int:
        return int(self._service(model)["desiredCount"])

    def set_desired_count(self, model: str, count: int) -> None:
        cluster, service = self._service_name(model)
        self.system.aws("ecs").update_service(cluster=cluster, service=service, desiredCount=count)

    def task_definition(self, model: str) -> str:
        return str(self._service(model)["taskDefinition"])

    def _service(self, model: str) -> dict[str, Any]:
        cluster, service = self._service_name(model)
        described = self.system.aws("ecs").describe_services(cluster=cluster, services=[service])
        found: dict[str, Any] = described["services"][0]
        return found

    def _service_name(self, model: str) -> tuple[str, str]:
        entry = self.system.aws("ssm").get_parameter(Name=f"/spillway/{self.stack}/models/{model}")[
            "Parameter"
        ]["Value"]
        said = json.loads(entry)
        return said["cluster"], said["service"]

    def model(self, name: str, mark: str, version: str) -> Path:
        """Write a model that ends what it is told with a mark, as the README shows one."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "shout.py").write_text(
            "class Shout:\n"
            "    def predict(self, payloads):\n"
            f"        return [payload.upper() + {mark!r} for payload in payloads]\n"
        )
        describe = ["describe", str(folder), "--entrypoint", "shout:Shout", "--probe", '"ready?"']
        subprocess.run(
            [sys.executable, "-m", "tools.model", *describe, "--version", version],
            cwd=ROOT, env=self._environment(), check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return folder

    def _environment(self) -> dict[str, Any]:
        outer = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
        clean = {name: value for name, value in outer.items() if not name.startswith("AWS_")}
        return {
            **clean,
            "PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in ("core", "cli", "")),
            "AWS_ACCESS_KEY_ID": self.access_key[0],
            "AWS_SECRET_ACCESS_KEY": self.access_key[1],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_DEFAULT_REGION": self.system.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.system.endpoint_url,
            "SAM_CLI_POLL_DELAY": "0.5",
        }
