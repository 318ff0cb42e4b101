"""`python -m worker.health`: exits with 0 when the worker beside it is ready, else with 1."""

import os
import sys
from pathlib import Path

from worker.readiness import Readiness
from worker.settings import READY_FILE

if __name__ == "__main__":
    ready = Readiness(Path(os.environ.get("READY_FILE", READY_FILE))).holds()
    sys.exit(0 if ready else 1)
