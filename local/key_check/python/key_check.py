"""The part of API Gateway that `sam local start-api` lacks: it looks at the API key.

It stands before a function's own handler, as a layer: a request with the running system's key goes
on with the key where API Gateway puts a key that it has checked; any other is answered as the
gateway answers it.
"""

from __future__ import annotations

import hmac
import importlib
import os
from typing import TYPE_CHECKING, Any

from spillway.answer import problem_answer
from spillway.errors import Unauthorized

if TYPE_CHECKING:
    from spillway.answer import Answer

DETAIL = "The header x-api-key holds no key, or one that is not known."
"""As api/openapi.yaml has API Gateway say it."""

_MODULE, _, _NAME = os.environ["CHECKED_HANDLER"].rpartition(".")
_HANDLER = getattr(importlib.import_module(_MODULE), _NAME)


def handler(event: dict[str, Any], context: Any) -> Answer:  # noqa: ANN401
    """AWS Lambda's entry."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    sent = headers.get("x-api-key", "")
    if not hmac.compare_digest(sent.encode(), os.environ["API_KEY"].encode()):
        return problem_answer(Unauthorized("unauthorized", DETAIL))
    event["requestContext"]["identity"] |= {"apiKey": sent, "apiKeyId": "local"}
    answer: Answer = _HANDLER(event, context)
    return answer
