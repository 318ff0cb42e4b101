"""The worker's image installs what the lock file says, each file by its hash."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
REQUIREMENTS = (REPOSITORY / "worker" / "requirements.txt").read_text()
LEFT_OUT = {"huggingface-hub"}


def locked() -> dict[str, dict[str, object]]:
    packages = tomllib.loads((REPOSITORY / "uv.lock").read_text())["package"]
    return {package["name"]: package for package in packages}


def needed(extra: str) -> set[str]:
    """Every package that the project needs with an extra, by the lock file."""
    packages = locked()
    project: dict[str, object] = packages["spillway"]
    waiting = [*_names(project["dependencies"]), *_extra(project, extra)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found | LEFT_OUT:
            found.add(name)
            waiting += _names(packages[name].get("dependencies", []))
    return found


def _names(dependencies: object) -> list[str]:
    assert isinstance(dependencies, list)
    return [dependency["name"] for dependency in dependencies]


def _extra(project: dict[str, object], extra: str) -> list[str]:
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    return _names(extras[extra])


def test_every_package_that_a_worker_needs_is_there_in_its_locked_version() -> None:
    pinned = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", REQUIREMENTS, re.MULTILINE))
    packages = locked()

    assert pinned == {name: packages[name]["version"] for name in needed("worker")}


def test_every_package_is_held_to_the_locked_hashes() -> None:
    lock = (REPOSITORY / "uv.lock").read_text()

    for requirement in re.split(r"\n(?=[a-z0-9])", REQUIREMENTS)[1:]:
        hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})", requirement)
        assert hashes
        assert all(f"sha256:{digest}" in lock for digest in hashes)
