"""microburst between the system and its AWS: a process of its own, told what to do over HTTP."""

from __future__ import annotations

import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.drill.faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

START_S = 30
SEEDED = Path(__file__).with_name("seeded.py")


class Proxy:
    """The running proxy. It hinders nothing until it is told to."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._http = httpx.Client(base_url=f"{self.url}/_microburst", trust_env=False)
        self._names: dict[int, str] = {}

    def hinder(self) -> None:
        """From now on, inject every fault."""
        rules = [rule for rules in FAULTS.values() for rule in rules]
        names = [name for name, rules in FAULTS.items() for _ in rules]
        made = self._ask("POST", rules)
        self._names = {rule["id"]: name for rule, name in zip(made, names, strict=True)}

    def calm(self) -> None:
        """From now on, inject none."""
        self._ask("DELETE", [])

    def counts(self) -> Mapping[str, int]:
        """How many faults of each kind there were."""
        told = self._http.get("/stats").raise_for_status().json()["by_rule"]
        counts = dict.fromkeys(FAULTS, 0)
        for rule in told:
            counts[self._names[rule["id"]]] += rule["fired"]
        return counts

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Return once it answers; `SystemExit` where it does not."""
        deadline_s = time.monotonic() + START_S
        while time.monotonic() < deadline_s and process.poll() is None:
            try:
                self._http.get("/health").raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.1)
            else:
                return
        raise SystemExit(f"microburst does not answer at {self.url}")

    def _ask(self, method: str, rules: list[Mapping[str, Any]]) -> Any:
        return self._http.request(method, "/rules", json=rules).raise_for_status().json()


@contextmanager
def proxied(python: Path, *, upstream: str, port: int, seed: int, log: Path) -> Iterator[Proxy]:
    """Run microburst by a Python that has it; it ends with the block."""
    if not python.is_file():
        raise SystemExit(f"there is no {python}: `make drill` makes it")
    words = [str(python), str(SEEDED), str(seed), "--upstream", upstream, "--port", str(port)]
    with log.open("wb") as to:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=to, stderr=subprocess.STDOUT
        )
    try:
        proxy = Proxy(port)
        proxy.wait_until_ready(process)
        yield proxy
    finally:
        process.terminate()
        process.wait()
