"""One cold start and its requests, a process: `start.py HANDLER EVENT REQUESTS FOLDER…`.

Prints CPU milliseconds as JSON: `cold` to import the handler and make its clients, `first` for the
first request, `warm` for each of those after. The interpreter's own start is in none of them. This
file imports nothing but what Lambda's own runtime has loaded by then.
"""

from __future__ import annotations

import importlib
import json
import logging  # noqa: F401 - Lambda's runtime client has it too, so neither handler pays for it
import sys
import time

SETTLED = 99  # requests before the warm ones are counted


def main(name: str, event_path: str, requests: int, folders: list[str]) -> None:
    """Measure one handler."""
    sys.path[:0] = folders
    with open(event_path, encoding="utf-8") as source:  # noqa: PTH123 - pathlib is not loaded yet
        event = json.load(source)
    began_s = time.process_time()
    handler = importlib.import_module(name).handler
    cold_s = time.process_time() - began_s
    first_s = _cpu_s(handler, event, 1)
    _cpu_s(handler, event, SETTLED)
    warm_s = _cpu_s(handler, event, requests) / requests
    told = {"cold": cold_s * 1000, "first": first_s * 1000, "warm": warm_s * 1000}
    print(json.dumps(told), file=sys.stderr)


def _cpu_s(handler, event, requests: int) -> float:  # type: ignore[no-untyped-def]  # noqa: ANN001
    began_s = time.process_time()
    for _ in range(requests):
        answer = handler(event, None)
        if answer["statusCode"] != 202:
            raise SystemExit(f"not accepted: {answer}")
    return time.process_time() - began_s


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])
