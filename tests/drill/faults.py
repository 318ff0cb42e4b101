"""What befalls calls to AWS, as rules of microburst's: https://pypi.org/project/microburst."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

type Rule = Mapping[str, Any]

HANG_MS = 12_000
"""Longer than any read timeout (spillway.aws.timeouts) and a long poll together."""

_TABLE, _QUEUE, _BUCKET = "dynamodb", "sqs", "s3"
_ALL = (_TABLE, _QUEUE, _BUCKET)


def _everywhere(probability: float, **fault: object) -> list[Rule]:
    return [{"service": service, "probability": probability, **fault} for service in _ALL]


def _error(service: str, probability: float, code: str, status: int) -> Rule:
    error = {"code": code, "status": status}
    return {"service": service, "probability": probability, "error": error}


def _bodies(probability: float, **response: object) -> list[Rule]:
    """A fault of what is read from S3: models, payloads."""
    asked = {"service": _BUCKET, "operation": "GetObject"}
    return [{**asked, "probability": probability, "response": response}]


def _lost(service: str) -> Rule:
    """An answer without a body, as S3's to a PUT, can't be cut off."""
    return {"service": service, "probability": 0.01, "response": {"abort_bytes": 0}}


FAULTS: Mapping[str, list[Rule]] = {
    "S3 body corrupt": _bodies(0.05, corrupt_bytes=1),
    "S3 body truncated": _bodies(0.05, truncate_frac=0.5),
    "throttled": [
        _error(_TABLE, 0.02, "ProvisionedThroughputExceededException", 400),
        _error(_QUEUE, 0.02, "RequestThrottled", 400),
        _error(_BUCKET, 0.02, "SlowDown", 503),
    ],
    "503": [_error(service, 0.01, "ServiceUnavailable", 503) for service in _ALL],
    "reset": _everywhere(0.01, reset=True),
    "hang": _everywhere(0.001, timeout_ms=HANG_MS),
    "done, answer lost": [_lost(_TABLE), _lost(_QUEUE)],
}
"""The first rule that fires decides: what befalls bodies stands before what befalls any call."""
