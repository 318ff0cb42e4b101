"""The time after a scaling activity in which its effect is awaited.

https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
and, word for word the same of target tracking,
https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

from __future__ import annotations

from dataclasses import dataclass, field

COOLDOWN_S = 300
"""AWS's default for step scaling, and for target tracking of ECS services."""


@dataclass(frozen=True, slots=True)
class _Out:
    until_s: float
    base: int


@dataclass(slots=True)
class Cooldowns:
    """The cooldowns of one scalable target, by policy."""

    _out: dict[str, _Out] = field(default_factory=dict)
    _in: dict[str, float] = field(default_factory=dict)

    def base(self, policy: str, running: int, now_s: float) -> int:
        """Return the tasks that a scale-out adds to.

        What the policy added is credited until its cooldown ends: if 2 were added and it now asks
        for 3, one is added. So it adds to as many as ran before the first of the two.
        """
        out = self._out.get(policy)
        return out.base if out and now_s < out.until_s else running

    def blocks_in(self, policy: str, now_s: float) -> bool:
        """Tell whether this policy may not scale in yet."""
        return now_s < self._in.get(policy, now_s)

    def scaled_out(self, policy: str, base: int, until_s: float) -> None:
        """Begin a cooldown; a scale-out ends those of scaling in."""
        self._in.clear()
        self._out[policy] = _Out(until_s, base)

    def scaled_in(self, policy: str, until_s: float) -> None:
        """Begin a cooldown; what had been added before is credited no more."""
        self._out.clear()
        self._in[policy] = until_s
