"""Connections that are kept open, to each host by the way that the environment names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.util import make_headers, parse_url

if TYPE_CHECKING:
    from spillway.client.transport import Limits

_AT_HOME = frozenset(("127.0.0.1", "[::1]", "localhost"))


class Pools:
    """A transport that goes by HTTPS_PROXY and HTTP_PROXY, but to NO_PROXY's hosts without.

    The API and the buckets behind its presigned addresses may so lie on two sides of a proxy.
    """

    def __init__(self, limits: Limits) -> None:
        proxies = getproxies()
        self._direct = urllib3.PoolManager(maxsize=limits.connections, block=True)
        self._behind: dict[str | None, urllib3.PoolManager] = {
            scheme: _behind(proxies[scheme], limits)
            for scheme in ("http", "https")
            if scheme in proxies
        }

    def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        **options: Any,  # noqa: ANN401 - urllib3's own
    ) -> urllib3.BaseHTTPResponse:
        """Return the answer, whatever its status; raises `urllib3.exceptions.HTTPError`."""
        return self.pool(url).request(method, url, body, **options)

    def clear(self) -> None:
        """Close the connections that are kept open."""
        for pool in (self._direct, *self._behind.values()):
            pool.clear()

    def pool(self, url: str) -> urllib3.PoolManager:
        """Return what carries requests to this address."""
        at = parse_url(url)
        host = at.host or ""
        if host in _AT_HOME or proxy_bypass(host):
            return self._direct
        return self._behind.get(at.scheme, self._direct)


def _behind(proxy: str, limits: Limits) -> urllib3.ProxyManager:
    """A pool behind the proxy. Its name and password, which urllib3 leaves unread, are sent."""
    at = parse_url(proxy if "://" in proxy else f"http://{proxy}")
    proof = make_headers(proxy_basic_auth=unquote(at.auth)) if at.auth else None
    return urllib3.ProxyManager(
        at._replace(auth=None).url, proxy_headers=proof, maxsize=limits.connections, block=True
    )
