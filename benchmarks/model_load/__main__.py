"""`make bench-load`: a gigabyte from S3, by Spillway's loader and by what else there is, in turn.

The stand-in for S3 gives each connection 90 MB/s, as S3 does, over HTTP and over TLS. Each load has
a process of its own, and its clients to make; what it imports is in no figure. Spillway's compares
every byte with the manifest's hashes, the others have none to compare with.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from benchmarks.model_load.loads import WAYS, WEIGHTS
from benchmarks.model_load.table import tell
from benchmarks.serving import ROOT, role, served
from tools.model import synthetic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.model_load.table import Figures

PEERS = ROOT / ".bench-load" / "bin" / "python"
OURS = ("raw", "raw-4", "spillway", "spillway-cache")
"""These run in the project's own environment, the others in the bench's."""
_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Bench:
    """What is loaded, from where, and what the loading processes are told."""

    model: Path
    folder: Path
    environment: Mapping[str, str]

    def load(self, name: str) -> Figures:
        """Have one process load it."""
        python = sys.executable if name in OURS else str(PEERS)
        bucket, prefix = self.model.parent.name, self.model.name
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            words = [python, "-m", "benchmarks.model_load.loads", name, bucket,
                     f"{prefix}/{WEIGHTS}", folder, str(self.model / WEIGHTS)]  # fmt: skip
            told = subprocess.check_output(words, cwd=ROOT, env=dict(self.environment))  # noqa: S603
        figures: Figures = json.loads(told)
        return figures


def main(arguments: list[str]) -> int:
    """Measure and tell; 1 where a bar is missed."""
    asked = read(arguments)
    missed = False
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        model = Path(folder) / "bucket" / "model"
        synthetic.build(model, size_bytes=round(asked.gib * _GIB), seed=7)
        for over in asked.over or ("http", "tls"):
            runs = measure(model, over, asked)
            print(
                f"{asked.gib:g} GiB over {over}, {asked.mb_per_s:g} MB/s a connection; "
                f"medians of {asked.rounds}, in turn"
            )
            missed |= not tell(runs, asked.gib, over_tls=over == "tls")
    return int(missed)


def read(arguments: list[str]) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="bench-load", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="loads of each")
    parser.add_argument("--gib", type=float, default=1.0, help="size of the model")
    parser.add_argument("--mb-per-s", type=float, default=90, help="of a connection; 0: no limit")
    parser.add_argument("--over", action="append", choices=("http", "tls"), help="both by default")
    parser.add_argument("--only", action="append", choices=tuple(WAYS), help="all by default")
    parser.add_argument("--folder", type=Path, help="where files are written; the system's own")
    return parser.parse_args(arguments)


def measure(model: Path, over: str, asked: argparse.Namespace) -> dict[str, list[Figures]]:
    """Each way in turn, round by round."""
    folder = model.parents[1]
    words = [str(folder), str(asked.mb_per_s)]
    with ExitStack() as stack:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT / 'core'}:{ROOT}"}
        if over == "tls":
            environment["AWS_CA_BUNDLE"] = certify(folder)
            words.append(str(folder / "server.pem"))
        url = stack.enter_context(served("benchmarks.model_load.server", *words))
        url = url.replace("http:", "https:") if over == "tls" else url
        bench = Bench(model, folder, role(url) | environment)
        names = [name for name in asked.only or WAYS if name in OURS or PEERS.exists()]
        runs: dict[str, list[Figures]] = {name: [] for name in names}
        for _ in range(asked.rounds):
            for name in names:
                runs[name].append(bench.load(name))
    return runs


def certify(folder: Path) -> str:
    """Write the server's certificate; return the path of who vouches for it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    return str(folder / "authority.pem")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
