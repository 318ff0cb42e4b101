"""Install uv into a folder of its own: by venv where there is one, else by pip alone.

Runs on whatever Python 3 a machine has.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

UV = "uv>=0.9,<1"
NEITHER = (
    "this Python has neither venv nor pip: install one of them (Debian and Ubuntu: "
    "apt install python3-venv), or uv itself: https://docs.astral.sh/uv/"
)


def bring(folder: Path) -> None:
    """Leave `<folder>/bin/uv`.

    Raises:
        LookupError: this Python has neither venv nor pip.
        CalledProcessError: pip could not install it; it has said why.

    """
    if _has("venv") and _has("ensurepip"):  # Debian ships them in a package of their own
        _run(sys.executable, "-m", "venv", folder)
        _run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", UV)
    elif _has("pip"):
        install = (sys.executable, "-m", "pip", "install", "--quiet", "--upgrade")
        _run(*install, "--target", folder / "lib", UV)
        _link(folder / "bin" / "uv", Path("..", "lib", "bin", "uv"))
    else:
        raise LookupError(NEITHER)


def main(folder: Path) -> int:
    """Bring uv; say in one line why not, where it can't be had."""
    try:
        bring(folder)
    except LookupError as error:
        print(f"bring_uv: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        command = " ".join(str(word) for word in error.cmd)
        print(f"bring_uv: failed with status {error.returncode}: {command}", file=sys.stderr)
        return 1
    return 0


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _run(*words: "str | Path") -> None:
    subprocess.run(words, check=True)  # noqa: S603 - this Python, or the one that was just made


def _link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        path.unlink()
    path.symlink_to(target)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
