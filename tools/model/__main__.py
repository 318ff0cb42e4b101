"""`python -m tools.model` makes the demo model; others are described or made by their kind."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from spillway.errors import ModelLoadFailed
from tools.model import demo, synthetic
from tools.model import folder as folders

GIB = 1 << 30


def main(arguments: list[str] | None = None) -> int:
    """Build what was asked for; return the process's exit status."""
    chosen = _parser().parse_args(arguments)
    started = time.monotonic()
    try:
        what = _build(chosen)
    except (demo.BuildFailed, ModelLoadFailed, OSError, ValueError) as error:
        print(f"model: {error}", file=sys.stderr)
        return 1
    print(f"model: {what} in {chosen.out} ({time.monotonic() - started:.1f} s)")
    return 0


def _build(chosen: argparse.Namespace) -> str:
    if chosen.kind == "synthetic":
        synthetic.build(chosen.out, size_bytes=round(chosen.gib * GIB), seed=chosen.seed)
        return f"{chosen.gib:g} GiB of numbers from seed {chosen.seed}"
    if chosen.kind == "describe":
        return _describe(chosen)
    return demo.MODEL_VERSION if demo.build(chosen.out) else f"{demo.MODEL_VERSION} is already"


def _describe(chosen: argparse.Namespace) -> str:
    folders.describe(
        chosen.out,
        model_version=chosen.version,
        runtime=chosen.runtime,
        options={} if chosen.entrypoint is None else {"entrypoint": chosen.entrypoint},
        probe=json.loads(chosen.probe),
    )
    return f"{chosen.version}, served by the runtime {chosen.runtime}, is described"


def _named(text: str) -> Path:
    """Return the path; an empty one would be this folder and all that lies in it."""
    if not text:
        raise argparse.ArgumentTypeError("expected a folder's path, got an empty one")
    return Path(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.model", description=__doc__)
    parser.set_defaults(kind="demo", out=Path(".model/default"))
    kinds = parser.add_subparsers(metavar="KIND")
    demo_kind = kinds.add_parser("demo", help="all-MiniLM-L6-v2, 90 MB (the default)")
    demo_kind.set_defaults(kind="demo")
    demo_kind.add_argument("--out", type=Path, default=Path(".model/default"), metavar="DIR")
    made = kinds.add_parser("synthetic", help="random weights of any size, for load tests")
    made.set_defaults(kind="synthetic")
    made.add_argument("--gib", type=float, default=1.0, help="size in GiB (1)")
    made.add_argument("--seed", type=int, default=7, help="the same seed, the same bytes (7)")
    made.add_argument("--out", type=Path, default=Path(".model/synthetic"), metavar="DIR")
    own = kinds.add_parser("describe", help="write the manifest of a model of your own")
    own.set_defaults(kind="describe")
    own.add_argument("out", type=_named, metavar="DIR", help="the folder with its files")
    own.add_argument("--runtime", default="python", help="embedding, http or python (python)")
    own.add_argument("--entrypoint", help="for the runtime python: module:Class")
    own.add_argument("--probe", default="null", help="a payload it must answer to be ready (JSON)")
    own.add_argument("--version", default="1", help="what its jobs show as modelVersion (1)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
