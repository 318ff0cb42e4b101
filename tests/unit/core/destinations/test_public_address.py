from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillway.destinations.public_address import is_public

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.0.3.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2003::1",
    "2600:1f00::1",
    "2606:4700:4700::1111",
    "3ffe:ffff::1",
    "3fff:1000::1",
]
REFUSED_NETWORKS = [
    # IPv4
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    # IPv6
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "4000::/3",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
]
METADATA = [
    "169.254.169.254",
    "169.254.169.253",
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::254",
    "fd00:ec2::253",
    "fd00:ec2::23",
]
EMBEDDING = {
    "mapped": "::ffff:0:0",
    "compatible": "::",
    "translated": "64:ff9b::",
    "translated locally": "64:ff9b:1::",
}
"""Where the last 32 bits are an IPv4 address."""


@pytest.mark.parametrize("address", PUBLIC)
def test_what_everybody_can_reach_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("network", REFUSED_NETWORKS)
def test_no_address_of_a_network_with_another_purpose_is_public(network: str) -> None:
    addresses = ip_network(network)

    assert not is_public(str(addresses[0]))
    assert not is_public(str(addresses[addresses.num_addresses // 2]))
    assert not is_public(str(addresses[-1]))


@pytest.mark.parametrize("address", METADATA)
def test_what_hands_out_credentials_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [*METADATA[:4], "127.0.0.1", "10.0.0.1", "8.8.8.8"])
@pytest.mark.parametrize("prefix", EMBEDDING.values(), ids=EMBEDDING.keys())
def test_an_ipv4_address_within_an_ipv6_one_is_not_public_whatever_it_is(
    prefix: str, address: str
) -> None:
    assert not is_public(str(IPv6Address(int(IPv6Address(prefix)) | int(IPv4Address(address)))))


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**80 - 1))
def test_nothing_within_6to4_or_teredo_is_public(embedded: int, rest: int) -> None:
    six_to_four = IPv6Address(0x2002 << 112 | embedded << 80 | rest)
    teredo = IPv6Address(0x2001_0000 << 96 | embedded << 64 | rest & (2**64 - 1))

    assert not is_public(str(six_to_four))
    assert not is_public(str(teredo))


@pytest.mark.parametrize("address", ["fe80::1%eth0", "2600:1f00::1%1", "2600:1f00::1%"])
def test_an_address_of_one_link_alone_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "0x7f.0.0.1",
        "0xa9fea9fe",
        "08.8.8.8",
        "8.8.8",
        "8.8.8.8.",
        " 8.8.8.8",
        "8.8.8.8\n",
        "8.8.8.8/32",
        "\uff11\uff12\uff17.0.0.1",
        "\uff18.8.8.8",
        "[2600:1f00::1]",
        "::ffff:8.8.8",
    ],
)
def test_what_is_no_address_in_its_plain_form_is_not_public(text: str) -> None:
    assert not is_public(text)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_ipv4_address_is_public_only_where_python_too_says_global(address: IPv4Address) -> None:
    assert address.is_global or not is_public(str(address))


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_an_ipv6_address_is_public_only_as_global_unicast(address: IPv6Address) -> None:
    is_unicast = address in IPv6Network("2000::/3")

    assert (address.is_global and is_unicast) or not is_public(str(address))
