"""`python leash.py PARENT COMMAND…`: become COMMAND, and die when PARENT does.

A run that is killed outright can't stop its workers; the kernel does it. The signal is bound to
the *thread* that started this process, so it must be one that lives as long as the run. Outside
Linux there is no such signal: the run stops its workers when it ends in order.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for the signal, then replace this process."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the run ended before its worker began")
    os.execv(command[0], command)  # noqa: S606 - the command is the runner's own


if __name__ == "__main__":
    main()
