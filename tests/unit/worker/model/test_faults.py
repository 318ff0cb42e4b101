"""Over a connection and a service that fail, a model comes whole, or it does not come."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from spillway.errors import ModelLoadFailed
from tests.unit.worker.model.models import PART, WEIGHTS, model
from tests.unit.worker.model.objects import BUCKET, Objects, serving
from worker.model.fetch import fetch
from worker.model.opening import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.worker.model.objects import Fault
    from worker.model.fetch import Fetched

ROOT = Path(__file__).parents[4]


@pytest.fixture
def objects(
    aws_environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Objects]:
    monkeypatch.setattr("worker.model.reading.pause_s", lambda *_: 0.001)
    source = model(weights=WEIGHTS, code=b"x = 1")
    with serving({f"m/{name}": content for name, content in source.files.items()}) as served:
        aws_environment.setenv("AWS_ENDPOINT_URL", served.url)
        yield served


def load(folder: Path, cache: Path | None = None) -> Fetched:
    with closing(open_source(f"s3://{BUCKET}/m/")) as source:
        return fetch(source, folder, cache=cache, connections=4)


@pytest.mark.parametrize(
    ("fault", "times"), [("503", 4), ("cut", 4), ("reset", 4), ("replaced", 4), ("corrupt", 1)]
)
def test_a_fault_that_passes_costs_time_alone(
    objects: Objects, tmp_path: Path, fault: Fault, times: int
) -> None:
    objects.faults["m/weights"] = [fault] * times

    fetched = load(tmp_path)

    assert (fetched.folder / "weights").read_bytes() == WEIGHTS
    assert objects.faults["m/weights"] == []
    fetched.close()


def test_what_came_before_a_cut_is_not_asked_for_again(objects: Objects, tmp_path: Path) -> None:
    objects.faults["m/weights"] = ["cut"]

    load(tmp_path).close()

    starts = [
        int(re.findall(r"weights bytes=(\d+)", asked)[0])
        for asked in objects.asked
        if "weights" in asked
    ]
    [resumed] = [start for start in starts if start % PART]
    assert resumed % PART in {PART // 2, 120}, "half of a part, or of the last one"


def test_an_object_that_stays_corrupt_is_never_served(objects: Objects, tmp_path: Path) -> None:
    objects.faults["m/weights"] = ["corrupt for good"]

    with pytest.raises(ModelLoadFailed, match="'weights' is corrupt, fetched 2 times"):
        load(tmp_path)


def test_a_truncated_object_is_never_served(objects: Objects, tmp_path: Path) -> None:
    objects.files["m/weights"] = WEIGHTS[:-1]

    with pytest.raises(ModelLoadFailed, match=r"'weights' could not be read.* 1 early"):
        load(tmp_path)


def test_a_service_that_never_recovers_fails_the_load(objects: Objects, tmp_path: Path) -> None:
    objects.faults["m/weights"] = ["503"] * 1000

    with pytest.raises(ModelLoadFailed, match=r"'weights' could not be read.*SlowDown"):
        load(tmp_path)


def test_an_object_that_is_replaced_for_another_is_never_served(
    objects: Objects, tmp_path: Path
) -> None:
    objects.faults["m/weights"] = ["replaced"]
    objects.files["m/weights"] = WEIGHTS[::-1]

    with pytest.raises(ModelLoadFailed, match="is corrupt"):
        load(tmp_path)


# --- several processes

LOAD = """
import sys
from pathlib import Path
from worker.model.fetch import fetch
from worker.model.opening import open_source
source = open_source(sys.argv[1])
fetched = fetch(source, Path(sys.argv[2]), cache=Path(sys.argv[3]), connections=4)
content = (fetched.folder / "weights").read_bytes()
print(len(content), sum(content), fetched.bytes_fetched)
"""


def loading(tmp_path: Path) -> subprocess.Popen[str]:
    """A process that loads the model into the cache."""
    words = [sys.executable, "-c", LOAD, f"s3://{BUCKET}/m/", str(tmp_path), str(tmp_path / "c")]
    path = os.pathsep.join((str(ROOT / "core"), str(ROOT)))
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)


def test_of_processes_that_start_together_one_fetches(objects: Objects, tmp_path: Path) -> None:
    processes = [loading(tmp_path) for _ in range(3)]
    told = [process.communicate(timeout=60)[0].split() for process in processes]

    assert [(int(size), int(total)) for size, total, _ in told] == [
        (len(WEIGHTS), sum(WEIGHTS))
    ] * 3
    assert sum(int(fetched) for _, _, fetched in told) == len(WEIGHTS) + len(b"x = 1")


def test_what_a_killed_process_had_fetched_is_kept(objects: Objects, tmp_path: Path) -> None:
    objects.faults["m/weights"] = [*["none"] * 6, *["hang"] * 5]  # type: ignore[list-item]
    process = loading(tmp_path)
    while len(objects.faults["m/weights"]) > 1:  # all four hang: the six before are in their places
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    objects.faults.clear()

    fetched = load(tmp_path, tmp_path / "c")

    assert (fetched.folder / "weights").read_bytes() == WEIGHTS
    assert fetched.bytes_fetched <= len(WEIGHTS) - 6 * PART + len(b"x = 1")
    fetched.close()
