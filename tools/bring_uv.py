"""Install uv into a folder of its own: by venv where there is one, else by pip alone."""

import subprocess
import sys
import venv
from pathlib import Path

UV = "uv>=0.9,<1"


def main(folder: Path) -> None:
    """Leave `<folder>/bin/uv`."""
    venv.create(folder, with_pip=True)
    subprocess.run(  # noqa: S603 - the interpreter that was just made
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", UV], check=True
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
