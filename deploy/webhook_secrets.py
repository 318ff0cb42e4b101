"""Secrets of tenants' webhooks, which no stack holds: all go with the core."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

AT_ONCE = 10
"""As many does one call delete:
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html"""


def delete_all(ssm: SSMClient, core: str) -> int:
    """Delete the secrets of all tenants of a core and return how many tenants had some."""
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=f"/spillway/{core}/webhooks")
    names = [found["Name"] for page in pages for found in page["Parameters"]]
    for some in batched(names, AT_ONCE, strict=False):
        ssm.delete_parameters(Names=some)
    return len(names)
