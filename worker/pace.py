"""How fast things go, as measured: a batch, and what it takes to bring a job to the model."""

from __future__ import annotations

from collections import deque

RECENT = 8
LONGEST_LEAD_S = 0.5
"""No job waits longer beside a busy model because calls are slow."""
MARGIN = 2
"""A job that is late leaves the model idle; one that is early waits for as long as a receive."""
FIRST_LEAD_S = 0.05
"""Before anything was measured: some times what SQS and DynamoDB take within a region."""
_WEIGHT = 0.2
"""Of the newest time in an average: what was ten times ago counts for a tenth."""


class Pace:
    """Measures. `batch_s` is how long a batch usually takes, None until one was computed."""

    def __init__(self) -> None:
        self.batch_s: float | None = None
        self._receives_s: deque[float] = deque(maxlen=RECENT)
        self._claim_s: float | None = None

    @property
    def lead_s(self) -> float:
        """How long it takes from asking for a job until it can begin."""
        if not self._receives_s or self._claim_s is None:
            return FIRST_LEAD_S
        # A long poll takes as long as the queue is empty: the shortest says what the call takes.
        return min(LONGEST_LEAD_S, MARGIN * (min(self._receives_s) + self._claim_s))

    def received(self, took_s: float) -> None:
        """Note a receive that brought something."""
        self._receives_s.append(took_s)

    def readied(self, took_s: float) -> None:
        """Note what it took from a message in hand to a job that can begin."""
        self._claim_s = _average(self._claim_s, took_s)

    def computed(self, took_s: float) -> None:
        """Note a batch."""
        self.batch_s = _average(self.batch_s, took_s)


def _average(before: float | None, newest: float) -> float:
    return newest if before is None else before + _WEIGHT * (newest - before)
