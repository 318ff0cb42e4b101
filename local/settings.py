"""What a start can be told, from the environment of `make run`."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.failure import StartFailed
from tools import parameters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STACK = "spillway"
MODEL = "default"
TENANT = "demo"
STAGE = "v1"
TEMPLATE = "template.yaml"
REGION = "us-east-1"
DEFAULT_PORT = 4566
LEAST, MOST = "ModelMinTasks", "ModelMaxTasks"
MAX_TASKS = 10  # the template's default


@dataclass(frozen=True)
class Settings:
    """One start. `port` is the emulator's; `tasks` how many workers stand ready.

    `keep` keeps the emulator's state. `containers` runs workers as containers instead of processes.
    `model` is a folder with a model of the user's own, empty for the demo's. `parameters` are the
    template's, and go before `tasks` where they say another number. `through` is what workers and
    functions reach the emulator through: empty, nothing stands between.
    """

    root: Path
    port: int = DEFAULT_PORT
    tasks: int = 1
    keep: bool = False
    containers: bool = False
    sam: str = ""
    model: str = ""
    through: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def endpoint_url(self) -> str:
        """Where every AWS client of this run is pointed at."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def system_endpoint_url(self) -> str:
        """Where those of the system itself are, its workers' and functions'."""
        return self.through or self.endpoint_url

    @property
    def url(self) -> str:
        """The API's base address, its stage included."""
        return f"{self.endpoint_url}/{STAGE}"

    @property
    def receiver_url(self) -> str:
        """Where the page is that shows what was delivered to it."""
        return f"{self.endpoint_url}/_receiver/"

    @classmethod
    def of(cls, environ: Mapping[str, str], root: Path) -> Settings:
        """Read PORT, TASKS, KEEP, CONTAINERS, MODEL, THROUGH, PARAMETERS and SAM.

        Raises `StartFailed` where one can't be used.
        """
        return cls(
            root=root,
            port=number(environ, "PORT", DEFAULT_PORT, low=1024, high=65535),
            tasks=number(environ, "TASKS", 1, low=0, high=32),
            keep=_is_on(environ, "KEEP"),
            containers=_is_on(environ, "CONTAINERS"),
            sam=environ.get("SAM", ""),
            model=environ.get("MODEL", ""),
            through=_through(environ),
            parameters=tuple(_parameters(environ.get("PARAMETERS", "")).items()),
        )

    def template_parameters(self) -> dict[str, str]:
        """Return what the stack is deployed with: TASKS is how many tasks never go."""
        at_most = {MOST: str(self.tasks)} if self.tasks > MAX_TASKS else {}
        return {LEAST: str(self.tasks), **at_most, **dict(self.parameters)}

    def check_parameters(self) -> None:
        """Raise `StartFailed` for what sam would pass over, or the stack not come up with."""
        template = self.root / TEMPLATE
        given, deployed = dict(self.parameters), self.template_parameters()
        origins = {LEAST: "TASKS", MOST: "the default"}
        faults = [
            *parameters.faults(given, template),
            *parameters.crossed(
                {**parameters.defaults(template), **deployed},
                {name: said for name, said in origins.items() if name not in given},
            ),
        ]
        if faults:
            raise StartFailed(f"PARAMETERS: {'; '.join(faults)}")

    @property
    def standing(self) -> int:
        """How many workers stand ready, as checked: PARAMETERS may say other than TASKS."""
        return int(float(self.template_parameters()[LEAST]))

    def sam_command(self) -> str:
        """Return the path of sam: $SAM, else the repository's own, else the one on PATH."""
        own = self.root / ".sam" / "bin" / "sam"
        candidates = [self.sam] if self.sam else [str(own), "sam"]
        for candidate in candidates:
            if found := shutil.which(candidate):
                return found
        raise StartFailed(
            f"sam is missing: looked for {' and '.join(candidates)}; run `make setup`"
        )


def _is_on(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "") not in {"", "0"}


def _parameters(text: str) -> dict[str, str]:
    try:
        return parameters.split(text)
    except ValueError as error:
        raise StartFailed(str(error)) from None


def _through(environ: Mapping[str, str]) -> str:
    url = environ.get("THROUGH", "")
    if url and _is_on(environ, "CONTAINERS"):
        raise StartFailed("THROUGH: only processes reach it, not workers in containers")
    return url


def number(environ: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    """Return a whole number, the default where none is said; raise `StartFailed` for any other."""
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise StartFailed(f"{name}={text} is not a number from {low} to {high}")
    return int(text)
