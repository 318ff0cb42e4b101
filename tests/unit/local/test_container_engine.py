from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_a_missing_engine_is_told_with_the_cure(tmp_path: Path) -> None:
    # In a process of its own: docker-py leaves the socket open that it could not connect.
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'core'}:{ROOT}",
        "DOCKER_HOST": f"unix://{tmp_path}/none.sock",
    }

    ended = subprocess.run(
        [sys.executable, "-c", "from local.container_engine import connect; connect()"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "StartFailed: no container engine answers: start Docker, or name one" in ended.stderr
