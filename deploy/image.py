"""The worker's image: named by what goes into it, so that an equal one is never made twice."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from deploy.failure import DeployFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from deploy.account import Account
    from deploy.command import Commands

# What .dockerignore lets into the build; the Dockerfile and its requirements are in worker/.
INPUTS = ("core", "worker")
DOCKERFILE = "worker/Dockerfile"
# As the task definition has it, whatever this machine is.
PLATFORM = "linux/amd64"
TAG_LENGTH = 16
ANSWER_S = 20
ECR_URI = re.compile(
    r"(?P<registry>(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?)"
    r"/(?P<name>[^:@]+)((?P<digest>@sha256:[0-9a-f]{64})|:(?P<tag>[^:@]+))?"
)
NO_DOCKER = (
    "no container engine answers ({why}), and the worker's image has to be built. "
    "Start one, or give IMAGE=<uri> of an image that is in a registry already"
)


def tag(root: Path, base: str = "") -> str:
    """Return a hash of the files that go into the image, and of the base it is built on."""
    digest = hashlib.sha256(base.encode())
    for path in _inputs(root):
        digest.update(f"\0{path.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:TAG_LENGTH]


def _inputs(root: Path) -> Iterator[Path]:
    for folder in INPUTS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc" and "__pycache__" not in path.parts:
                yield path


@dataclass(frozen=True)
class Docker:
    """A container engine, by its command; `base` is the image to build on, "" the Dockerfile's."""

    commands: Commands
    program: str = "docker"
    base: str = ""

    def check(self) -> None:
        """Raise `DeployFailed`, with both ways out, where no engine answers."""
        words = [self.program, "info"]
        try:
            ended = subprocess.run(words, check=False, capture_output=True, timeout=ANSWER_S)  # noqa: S603 - the operator's engine
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DeployFailed(NO_DOCKER.format(why=_short(error))) from None
        if ended.returncode != 0:
            said = ended.stderr.decode(errors="replace").strip().splitlines()
            raise DeployFailed(NO_DOCKER.format(why=said[-1] if said else self.program))

    def build(self, reference: str) -> None:
        """Build the image under this name."""
        base = ["--build-arg", f"BASE={self.base}"] if self.base else []
        words = ["build", "--platform", PLATFORM, "-f", DOCKERFILE, *base, "-t", reference, "."]
        self.commands.run("build the image", [self.program, *words])

    def push(self, repository: Repository, local: str, tag: str) -> None:
        """Push a local image to the repository under this tag."""
        user, password = repository.sign_in()
        login = ["login", "--username", user, "--password-stdin", repository.registry]
        self.commands.run("sign in to ECR", [self.program, *login], given=password)
        remote = f"{repository.uri}:{tag}"
        self.commands.run("name the image", [self.program, "tag", local, remote])
        self.commands.run("push the image", [self.program, "push", remote])


@dataclass(frozen=True)
class Repository:
    """An ECR repository. `uri` has no tag; `arn` is what an execution role names."""

    ecr: Any
    uri: str
    registry: str
    account: str
    name: str
    arn: str

    @classmethod
    def of(cls, account: Account, uri: str) -> Repository | None:
        """Return the repository that an image's URI lies in, None where that is not ECR."""
        found = ECR_URI.fullmatch(uri)
        if found is None:
            return None
        number, region, name = (found[part] for part in ("account", "region", "name"))
        partition = account.session.get_partition_for_region(region)
        return cls(
            ecr=account.ecr(region),
            uri=f"{found['registry']}/{name}",
            registry=found["registry"],
            account=number,
            name=name,
            arn=f"arn:{partition}:ecr:{region}:{number}:repository/{name}",
        )

    def digest(self, tag: str) -> str | None:
        """Return the digest of the image that has this tag, None where there is none."""
        try:
            described = self.ecr.describe_images(
                registryId=self.account, repositoryName=self.name, imageIds=[{"imageTag": tag}]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ImageNotFoundException":
                return None
            raise
        images = described["imageDetails"]
        return str(images[0]["imageDigest"]) if images else None

    def by_digest(self, tag: str) -> str | None:
        """Return the URI that names the tagged image by its digest, None where there is none."""
        digest = self.digest(tag)
        return f"{self.uri}@{digest}" if digest else None

    def sign_in(self) -> tuple[str, str]:
        """Return a user and a password for docker, good for twelve hours."""
        answered = self.ecr.get_authorization_token()["authorizationData"][0]
        user, _, password = base64.b64decode(answered["authorizationToken"]).decode().partition(":")
        return user, password


@dataclass(frozen=True)
class Image:
    """An image that is there: its URI, and its repository's ARN, "" outside ECR."""

    uri: str
    repository_arn: str = ""


def given(account: Account, uri: str) -> Image:
    """Return an image that the operator names, by its digest where its registry is ECR.

    Raises:
        DeployFailed: ECR has no such image.

    """
    repository = Repository.of(account, uri)
    if repository is None or "@" in uri:
        return Image(uri, repository.arn if repository else "")
    found = ECR_URI.fullmatch(uri)
    tag = (found and found["tag"]) or "latest"
    by_digest = repository.by_digest(tag)
    if by_digest is None:
        raise DeployFailed(f"IMAGE={uri}: {repository.name} has no image with the tag {tag}")
    return Image(by_digest, repository.arn)


def short(uri: str) -> str:
    """Return an image's name as a line can hold it: the repository's last part and 12 digits."""
    name, _, digest = uri.rpartition("/")[2].partition("@sha256:")
    return f"{name}@{digest[:12]}" if digest else name


def _short(error: OSError | subprocess.TimeoutExpired) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"{error.cmd[0]}: no answer in {error.timeout:.0f} s"
    return f"{error.filename}: {error.strerror}"
