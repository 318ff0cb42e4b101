"""How long one attempt may take, and how much it reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of one attempt, whatever its receiver does.

    `total_s` is all of it, from the name's resolution on. `connect_s` is for one address, and
    again for TLS; at most `addresses` are tried. Once an answer's head has come the status is
    known: its body may take `body_s` more. `answer_bytes` are head and body together.
    """

    connect_s: float = 3
    total_s: float = 15
    body_s: float = 2
    addresses: int = 4
    answer_bytes: int = 64 * 1024
