"""The worker's image: its name follows from its content, and docker is told the right things."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from deploy import image
from deploy.command import Commands
from deploy.failure import DeployFailed
from deploy.image import Docker, Image, Repository
from tests.template.documents import ROOT
from tests.unit.deploy.programs import Program

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.account import Account

OWN = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/spillway-worker"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A small tree with the two folders that an image is made of."""
    for name in ("core/job.py", "worker/loop.py", "worker/Dockerfile", "docs/more.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    program = Program(tmp_path, "docker")
    return Docker(Commands(tmp_path, tmp_path / "logs"), str(program.path))


def _calls(docker: Docker, tmp_path: Path) -> list[list[str]]:
    lines = (tmp_path / "docker.calls").read_text().splitlines()
    assert docker.program.startswith(str(tmp_path))
    return [json.loads(line)[0] for line in lines]


def _pushed(account: Account, tag: str) -> Repository:
    """The repository with one image of this tag."""
    ecr = account.ecr(account.region)
    ecr.create_repository(repositoryName="spillway-worker")
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 1,
            "digest": "sha256:" + "1" * 64,
        },
        "layers": [],
    }
    ecr.put_image(
        repositoryName="spillway-worker", imageManifest=json.dumps(manifest), imageTag=tag
    )
    repository = Repository.of(account, OWN)
    assert repository is not None
    return repository


# --- the tag ------------------------------------------------------------------------------------


def test_equal_sources_have_one_tag(sources: Path) -> None:
    before = image.tag(sources)
    (sources / "docs" / "more.md").write_text("changed")
    (sources / "worker" / "__pycache__").mkdir()
    (sources / "worker" / "__pycache__" / "loop.cpython-313.pyc").write_bytes(b"compiled")

    assert image.tag(sources) == before
    assert len(before) == image.TAG_LENGTH


@pytest.mark.parametrize("name", ["core/job.py", "worker/loop.py", "worker/Dockerfile"])
def test_a_change_of_any_source_is_another_tag(sources: Path, name: str) -> None:
    before = image.tag(sources)
    (sources / name).write_text("changed")

    assert image.tag(sources) != before


def test_a_renamed_file_is_another_tag(sources: Path) -> None:
    before = image.tag(sources)
    (sources / "core" / "job.py").rename(sources / "core" / "jobs.py")

    assert image.tag(sources) != before


def test_another_base_is_another_tag(sources: Path) -> None:
    assert image.tag(sources, "python:3.13.9-slim") != image.tag(sources)


def test_the_sources_are_what_dockerignore_lets_in() -> None:
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and line[0] != "#"
    ]

    assert rules == [
        "*",
        *(f"!{folder}/" for folder in image.INPUTS),
        "**/__pycache__/",
        "**/*.pyc",
    ]
    assert image.DOCKERFILE.startswith(image.INPUTS)


# --- docker -------------------------------------------------------------------------------------


def test_the_image_is_built_for_the_tasks_processor(docker: Docker, tmp_path: Path) -> None:
    docker.build("spillway-worker:0123")

    assert _calls(docker, tmp_path) == [
        ["build", "--platform", "linux/amd64", "-f", "worker/Dockerfile",
         "-t", "spillway-worker:0123", "."],
    ]  # fmt: skip


def test_the_base_can_be_pinned(tmp_path: Path) -> None:
    program = Program(tmp_path, "podman")
    engine = Docker(Commands(tmp_path, tmp_path), str(program.path), base="python@sha256:9")

    engine.build("w:1")

    (words,) = program.calls
    assert words[words.index("--build-arg") + 1] == "BASE=python@sha256:9"


def test_a_push_signs_in_and_never_shows_the_password(account: Account, tmp_path: Path) -> None:
    program = Program(tmp_path, "docker")
    engine = Docker(Commands(tmp_path, tmp_path / "logs"), str(program.path))
    repository = _pushed(account, "0123")

    engine.push(repository, "spillway-worker:0123", "0123")

    registry = OWN.partition("/")[0]
    _, password = repository.sign_in()
    assert program.calls == [
        ["login", "--username", "AWS", "--password-stdin", registry],
        ["tag", "spillway-worker:0123", f"{OWN}:0123"],
        ["push", f"{OWN}:0123"],
    ]
    assert program.given[0] == password != ""


def test_an_engine_that_answers_is_fine(docker: Docker) -> None:
    docker.check()


@pytest.mark.parametrize("is_there", [True, False])
def test_without_an_engine_both_ways_out_are_said(tmp_path: Path, is_there: bool) -> None:
    program = str(tmp_path / "docker")
    if is_there:
        Program(tmp_path, "docker", ends=1, says="Cannot connect to the Docker daemon")

    with pytest.raises(DeployFailed) as failure:
        Docker(Commands(tmp_path, tmp_path), program).check()

    said = str(failure.value)
    assert "Start one" in said
    assert "IMAGE=<uri>" in said
    assert ("Cannot connect" if is_there else "No such file") in said


# --- ECR ----------------------------------------------------------------------------------------


def test_a_repository_is_read_off_an_images_uri(account: Account) -> None:
    repository = Repository.of(account, f"{OWN}:latest")

    assert repository is not None
    assert repository.uri == OWN
    assert repository.name == "spillway-worker"
    assert repository.arn == "arn:aws:ecr:eu-central-1:123456789012:repository/spillway-worker"


@pytest.mark.parametrize("uri", ["public.ecr.aws/x/worker:1", "ghcr.io/x/worker", "worker"])
def test_another_registry_is_taken_at_its_word(account: Account, uri: str) -> None:
    assert image.given(account, uri) == Image(uri)


def test_a_tag_of_ecr_becomes_a_digest(account: Account) -> None:
    repository = _pushed(account, "v1")

    named = image.given(account, f"{OWN}:v1")

    assert named == Image(f"{OWN}@{repository.digest('v1')}", repository.arn)
    assert "@sha256:" in named.uri


def test_no_tag_means_latest(account: Account) -> None:
    _pushed(account, "latest")

    assert image.given(account, OWN).uri.startswith(f"{OWN}@sha256:")


def test_an_image_that_ecr_lacks_is_refused(account: Account) -> None:
    repository = _pushed(account, "v1")

    assert repository.digest("v2") is None
    with pytest.raises(DeployFailed, match=r"IMAGE=.*has no image with the tag v2"):
        image.given(account, f"{OWN}:v2")


def test_a_digest_is_not_asked_for(account: Account) -> None:
    uri = f"{OWN}@sha256:{'a' * 64}"

    assert image.given(account, uri).uri == uri
    assert image.short(uri) == "spillway-worker@aaaaaaaaaaaa"
