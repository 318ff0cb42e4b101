"""Answers of AWS's services, told as botocore tells them."""

from __future__ import annotations

import json
import re
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError

_XML_ERROR = re.compile(
    rb"<Error>.*?<Code>([^<]+)</Code>(?:.*?<Message>([^<]*)</Message>)?", re.DOTALL
)


def json_answer(body: bytes) -> dict[str, Any]:
    """What an operation of the AWS JSON protocol answered; HTTPClientError where it is no JSON."""
    try:
        answered: dict[str, Any] = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:  # it may have been done all the same
        raise HTTPClientError(error=error) from error
    return answered


def refusal(operation: str, status: int, body: bytes) -> ClientError:
    """The error as botocore tells it: the service's code, its words, and what it sent along."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = {}
    fields: dict[str, Any] = told if isinstance(told, dict) else {}
    code = str(fields.get("__type", "")).rpartition("#")[2]
    message = str(fields.get("message") or fields.get("Message") or "")
    if not code and (match := _XML_ERROR.search(body)):
        code, message = (part.decode(errors="replace") for part in match.groups(b""))
    response = {
        **fields,
        "Error": {"Code": code or str(status), "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)  # type: ignore[arg-type]
