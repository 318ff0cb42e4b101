"""Whom a worker's connections believe."""

from __future__ import annotations

import os
import ssl
from functools import cache

from botocore.httpsession import get_cert_path


@cache
def tls() -> ssl.SSLContext:
    """One for all, with the authorities that botocore trusts: a slim image may have none."""
    trusted = os.environ.get("AWS_CA_BUNDLE") or get_cert_path(verify=True)
    return ssl.create_default_context(cafile=trusted)
