"""The script `spillway`, and `python -m spillway_cli`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; without what it is written with, say how to get that."""
    try:
        from spillway_cli.program import spillway  # noqa: PLC0415

        spillway(prog_name="spillway")
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        if package not in {"click", "rich"}:
            raise
        how = "pip install 'spillway[cli]', in a checkout pip install '.[cli]'"
        print(f"spillway: {package} is missing: {how}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
