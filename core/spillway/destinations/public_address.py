"""Whether an address is one of the public internet's, so that a stranger's webhook may lie there.

`ipaddress.is_global` answers by IANA's registries of special-purpose addresses (RFC 6890), as they
were when this Python was made. That leaves in what is global by the registry and is no receiver's
all the same (a translator's, a relay's or an anycast prefix), and what was never handed out. So an
IPv6 address must be in 2000::/3, the only unicast space that IANA hands out, and no address may be
in one of the networks below.

https://www.iana.org/assignments/iana-ipv4-special-registry
https://www.iana.org/assignments/iana-ipv6-special-registry
https://www.iana.org/assignments/ipv6-address-space
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

_UNICAST_6 = IPv6Network("2000::/3")
"""RFC 4291, section 2.4. Outside lie IPv4 within IPv6 (::/96, ::ffff:0:0/96, and 64:ff9b::/96 and
64:ff9b:1::/48, which a NAT64 resolves to any IPv4 address), 5f00::/16 (segment routing),
fc00::/7 (with fd00:ec2::254, EC2's metadata), fe80::/10, fec0::/10 and multicast."""

_REFUSED_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host: RFC 791
            "10.0.0.0/8",  # private: RFC 1918
            "100.64.0.0/10",  # between a provider and its customers: RFC 6598
            "127.0.0.0/8",  # loopback: RFC 1122
            "169.254.0.0/16",  # link-local, RFC 3927; .169.254, .170.2 and .170.23 give AWS's keys
            "172.16.0.0/12",  # private: RFC 1918
            "192.0.0.0/24",  # IETF protocols: RFC 6890; some of it is global, none a receiver's
            "192.0.2.0/24",  # documentation: RFC 5737
            "192.88.99.0/24",  # 6to4's relays: RFC 7526
            "192.168.0.0/16",  # private: RFC 1918
            "198.18.0.0/15",  # benchmarks: RFC 2544
            "198.51.100.0/24",  # documentation: RFC 5737
            "203.0.113.0/24",  # documentation: RFC 5737
            "224.0.0.0/4",  # multicast: RFC 1112
            "240.0.0.0/4",  # reserved, and broadcast: RFC 1112, RFC 8190
        ),
    )
)
_REFUSED_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocols, RFC 2928: Teredo (2001::/32) holds any IPv4 address
            "2001:db8::/32",  # documentation: RFC 3849
            "2002::/16",  # 6to4, RFC 3056: holds any IPv4 address
            "3fff::/20",  # documentation: RFC 9637
        ),
    )
)


def is_public(address: str) -> bool:
    """Whether a stranger may have something sent to this address; False for what is none.

    >>> is_public("8.8.8.8"), is_public("127.0.0.1"), is_public("::ffff:8.8.8.8")
    (True, False, False)
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if not parsed.is_global:
        return False
    if isinstance(parsed, IPv6Address):
        is_unicast = parsed.scope_id is None and parsed in _UNICAST_6
        return is_unicast and not any(parsed in network for network in _REFUSED_6)
    return not any(parsed in network for network in _REFUSED_4)
