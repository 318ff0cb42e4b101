"""Which URLs a webhook may have. What its name resolves to is judged when something is sent there.

There are many ways to write one address, and parsers that differ are how an address gets through:
a host is taken in its one plain form or not at all.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from spillway.destinations.public_address import is_public

MOST_CHARACTERS = 2048
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""Hosts of plain HTTP, where the operator has switched that on for a system on one machine."""

_DEFAULT_PORTS = {"https": ":443", "http": ":80"}
_PLAIN = re.compile(r"[!-\[\]-~]*")
"""ASCII that shows, but no backslash, which some parsers take for a slash."""
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:]*)(?::(?P<port>[^\[\]:]*))?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""RFC 1123, section 2.1, and RFC 1035, section 2.3.1."""
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A host whose last label is one is an IPv4 address to a browser: the URL Standard's "ends in a
number", https://url.spec.whatwg.org/#ends-in-a-number-checker"""
_MOST_IN_A_NAME = 253
_PRIVATE_NAMES = ("localhost", "internal", "local", "home.arpa")
"""RFC 6761, ICANN's SAC113 and AWS's own names within a VPC, RFC 6762, RFC 8375."""


def fault_of(url: str, *, loopback: bool) -> str | None:
    """What is wrong with a webhook's URL, None where nothing is.

    `loopback` lets plain HTTP to this machine pass, at any port.
    """
    return _fault_of_text(url) or _fault_of_parts(url, loopback=loopback)


def plain(url: str) -> str:
    """A URL that has no fault, in the spelling that all of one place have in common.

    RFC 3986, sections 6.2.2.1 and 6.2.3: a host's case, a default port and an empty path.
    """
    scheme, authority, rest = _split(url)
    authority = authority.lower().removesuffix(_DEFAULT_PORTS[scheme])
    return f"{scheme}://{authority}{'' if rest.startswith('/') else '/'}{rest}"


def _split(url: str) -> tuple[str, str, str]:
    """The scheme, the authority, and what comes after it."""
    scheme, _, rest = url.partition("://")
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    return scheme, authority, rest[len(authority) :]


def _fault_of_text(url: str) -> str | None:
    if len(url) > MOST_CHARACTERS:
        return f"expected at most {MOST_CHARACTERS} characters, got {len(url)}"
    if not _PLAIN.fullmatch(url):
        return (
            "expected printable ASCII without blanks or backslashes: write a host's name in its "
            "xn-- form, and percent-encode what else needs it"
        )
    return "expected no fragment (#…)" if "#" in url else None


def _fault_of_parts(url: str, *, loopback: bool) -> str | None:
    scheme, authority, _ = _split(url)
    if "@" in authority:
        return "expected no user name or password: every request is signed"
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        return "expected a host, and an IPv6 address in brackets"
    host, port = parts["host"].lower(), parts["port"]
    if loopback and scheme == "http" and host in LOOPBACK_HOSTS:
        return None if port is None or _is_port(port) else "expected a port from 1 to 65535"
    if scheme != "https":
        also = ", or http://127.0.0.1:PORT (under make run alone)" if loopback else ""
        return f"expected https://{also}"
    return _fault_of_host(host) if port in (None, "443") else "expected port 443, or none"


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None and int(text) <= 65_535


def _fault_of_host(host: str) -> str | None:
    if host.startswith("["):
        return _fault_of_address(host[1:-1], IPv6Address)
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _fault_of_address(host, IPv4Address)
    if len(host) > _MOST_IN_A_NAME or not all(map(_LABEL.fullmatch, labels)):
        return "expected a host's name: labels of letters, digits and hyphens, dots between them"
    if len(labels) == 1 or any(f".{host}".endswith(f".{name}") for name in _PRIVATE_NAMES):
        return "expected a host that everybody can reach"
    return None


def _fault_of_address(text: str, family: type[IPv4Address | IPv6Address]) -> str | None:
    try:
        is_plain = str(family(text)) == text
    except AddressValueError:
        is_plain = False
    if not is_plain:
        return "expected an IP address in its plain form, such as 198.51.100.7 or [2001:db8::7]"
    return None if is_public(text) else "expected a public address"
