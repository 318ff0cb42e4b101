"""Who may import whom: the folders' order in the flow is the order of their imports."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PARTS = (
    "api",
    "worker",
    "local",
    "spillway_cli",
    "deploy",
    "delivery",
    "scaling",
    "simulator",
    "tests",
    "tools",
)
MAY_IMPORT = {
    "core": (),
    "api": ("api",),
    "worker": ("worker",),
    "delivery": ("delivery",),
    "scaling": ("scaling",),
    "cli": ("spillway_cli",),
    "deploy": ("deploy", "spillway_cli", "tools"),
    "local": ("local", "spillway_cli", "scaling", "tools"),
}


def imports(source: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source}: relative imports hide who is meant"
            yield node.module or ""


def sources() -> list[tuple[str, Path]]:
    return [
        (part, path)
        for part in MAY_IMPORT
        for path in sorted((ROOT / part).rglob("*.py"))
        if "dependencies" not in path.parts
    ]


@pytest.mark.parametrize(
    ("part", "source"),
    [pytest.param(*each, id=str(each[1].relative_to(ROOT))) for each in sources()],
)
def test_a_file_imports_no_part_but_core_and_its_own(part: str, source: Path) -> None:
    others = {name.partition(".")[0] for name in imports(source)} & set(PARTS)

    assert others <= set(MAY_IMPORT[part])


def test_handlers_import_no_other_handler() -> None:
    files = (ROOT / "api").glob("*.py")
    handlers = {f"api.{path.stem}" for path in files if "\ndef handler(" in path.read_text()}

    assert len(handlers) > 3
    for source in (ROOT / "api").glob("*.py"):
        assert (handlers | {"api"}).isdisjoint(imports(source)), source


def test_the_rules_know_nothing_of_aws() -> None:
    core = ROOT / "core" / "spillway"
    rules = [path for path in core.rglob("*.py") if "aws" not in path.parts]

    for source in rules:
        roots = {name.partition(".")[0] for name in imports(source)}
        assert roots.isdisjoint(("boto3", "botocore")), source
        assert not any(name.startswith("spillway.aws") for name in imports(source)), source
