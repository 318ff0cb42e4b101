from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spillway.destinations.public_address import is_public
from spillway.destinations.webhook_url import LOOPBACK_HOSTS, MOST_CHARACTERS, fault_of, plain

TAKEN = [
    "https://example.com",
    "https://example.com/",
    "https://example.com:443/hooks?a=b&c=%20d",
    "https://example.com?token=x@y:z",
    "https://Hooks.Example.COM/A",
    "https://xn--bcher-kva.example/",
    "https://a-b.c1.example.com/~x/!$&'()*+,;=:@",
    "https://1.example.com/",
    "https://127.0.0.1.nip.example/",
    "https://8.8.8.8/",
    "https://[2600:1f00::1]/hook",
    "https://[2600:1f00::1]:443/hook",
    "https://notlocalhost.example/",
    "https://internal.example.com/",
    "https://0x7f.example/",
    "https://a.0xg/",
    "https://" + ".".join(["a" * 61] * 4) + ".com/",
]
NO_PLAIN_ADDRESS = [
    "2130706433",
    "0177.0.0.1",
    "127.1",
    "127.0.1",
    "0",
    "0xa9fea9fe",
    "0xA9.0xFE.0xA9.0xFE",
    "0x7f.1",
    "0x",
    "a.0x",
    "example.1",
    "127.0.0.0x1",
    "0251.0376.0251.0376",
    "169.254.169.0376",
    "025177524776",
    "2852039166",
    "8.8.8.08",
    "8.8.8.8.8",
    "256.256.256.256",
    "8.8.8",
    "00000008.8.8.8",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]",
    "[2600:1F00:0::1]",
    "[2600:1f00:0::1]",
    "[v1.fe80]",
    "[]",
    "[8.8.8.8]",
]
NOT_PUBLIC = [
    "127.0.0.1",
    "0.0.0.0",  # noqa: S104 - refused, and bound to by nobody
    "10.1.2.3",
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "192.0.0.8",
    "192.88.99.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:8.8.8.8]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%lo]",
    "[2600:1f00::1%25lo]",
    "[fec0::1]",
    "[ff02::1]",
]
NOT_PLAIN = [
    "\uff11\uff12\uff17.0.0.1",
    "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
    "127。0。0。1",
    "exämple.com",
    "ⓔxample.com",
    "example.com\\@evil.example",
    "exam\tple.com",
    "exam\nple.com",
    "example.com\r",
    " example.com",
    "example .com",
    "example.com\x00",
    "example.com\x7f",
    "example\u00ad.com",
]
NO_NAME = [
    "",
    ".",
    "example.com.",
    "localhost.",
    "127.0.0.1.",
    ".example.com",
    "example..com",
    "-a.example.com",
    "a-.example.com",
    "a_b.example.com",
    "*.example.com",
    "127%2e0%2e0%2e1",
    "%6c%6f%63alhost",
    "example.com%00.evil.example",
    "exa!mple.com",
    "a" * 64 + ".example",
    ".".join(["a" * 63] * 4) + ".example",
]
NOT_FOR_ALL = [
    "localhost",
    "LOCALHOST",
    "a.localhost",
    "a.LocalHost",
    "ip-10-0-0-1.ec2.internal",
    "metadata.google.internal",
    "printer.local",
    "router.home.arpa",
    "intranet",
    "com",
]


@pytest.mark.parametrize("url", TAKEN)
def test_what_everybody_can_reach_over_https_is_taken(url: str) -> None:
    assert fault_of(url, loopback=False) is None
    assert fault_of(url, loopback=True) is None


@pytest.mark.parametrize(
    ("hosts", "why"),
    [
        (NO_PLAIN_ADDRESS, "plain form"),
        (NOT_PUBLIC, "public address"),
        (NOT_PLAIN, "printable ASCII"),
        (NO_NAME, "labels"),
        (NOT_FOR_ALL, "everybody can reach"),
    ],
    ids=["no plain address", "not public", "not plain", "no name", "not for all"],
)
@pytest.mark.parametrize("loopback", [False, True])
def test_a_host_that_may_be_something_else_is_refused(
    hosts: list[str], why: str, *, loopback: bool
) -> None:
    told = {host: fault_of(f"https://{host}/", loopback=loopback) for host in hosts}

    assert {host: fault for host, fault in told.items() if why not in (fault or "")} == {}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "https://"),
        ("example.com", "https://"),
        ("//example.com/", "https://"),
        ("https:example.com", "https://"),
        ("https:/example.com", "https://"),
        ("https:///example.com", "labels"),
        ("http://example.com/", "https://"),
        ("HTTPS://example.com/", "https://"),
        ("ftp://example.com/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("javascript:alert(1)", "https://"),
        ("gopher://example.com:443/", "https://"),
        ("https://example.com:80/", "port 443"),
        ("https://example.com:8443/", "port 443"),
        ("https://example.com:/", "port 443"),
        ("https://example.com:0443/", "port 443"),
        ("https://example.com:443:443/", "expected a host"),
        ("https://example.com:+443/", "port 443"),
        ("https://8.8.8.8:22/", "port 443"),
        ("https://user@example.com/", "no user name"),
        ("https://user:secret@example.com/", "no user name"),
        ("https://@example.com/", "no user name"),
        ("https://example.com:443@127.0.0.1/", "no user name"),
        ("https://127.0.0.1#@example.com/", "no fragment"),
        ("https://example.com/#", "no fragment"),
        ("https://example.com/a b", "printable ASCII"),
        ("https://example.com/ä", "printable ASCII"),
        ("https://2600:1f00::1/", "in brackets"),
        ("https://[2600:1f00::1/", "in brackets"),
        ("https://2600:1f00::1]/", "in brackets"),
        ("https://[2600:1f00::1]x/", "in brackets"),
        ("https://[2600:1f00::1][::1]/", "in brackets"),
        ("https://example.com/" + "x" * MOST_CHARACTERS, "at most 2048"),
    ],
)
def test_what_is_no_webhooks_url_is_refused_with_the_reason(url: str, why: str) -> None:
    assert why in (fault_of(url, loopback=False) or "")


def test_a_url_has_2048_characters_at_most() -> None:
    longest = "https://example.com/".ljust(MOST_CHARACTERS, "x")

    assert fault_of(longest, loopback=False) is None
    assert fault_of(longest + "x", loopback=False) is not None


LOOPBACK = [
    "http://127.0.0.1/",
    "http://127.0.0.1:4566/_receiver/hook",
    "http://localhost:1/x?y",
    "http://LOCALHOST:65535",
    "http://[::1]:8000/hook",
]


@pytest.mark.parametrize("url", LOOPBACK)
def test_plain_http_to_this_machine_is_taken_where_it_is_switched_on_alone(url: str) -> None:
    assert fault_of(url, loopback=True) is None
    assert fault_of(url, loopback=False) is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2/",
        "http://127.1/",
        "http://2130706433/",
        "http://0.0.0.0/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost./",
        "http://a.localhost/",
        "http://169.254.169.254/",
        "http://10.0.0.1/",
        "http://example.com/",
        "http://localhost@example.com/",
        "http://localhost:80@example.com/",
        "http://localhost:0/",
        "http://localhost:/",
        "http://localhost:65536/",
        "http://localhost:080/",
        "http://localhost:\uff18\uff10/",
        "http://localhost:80:80/",
        "http://localhost\\.example.com/",
        "https://localhost/",
        "https://127.0.0.1:4566/",
    ],
)
def test_the_switch_lets_nothing_else_through(url: str) -> None:
    assert fault_of(url, loopback=True) is not None


HOSTS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[0-9a-fxA-FX.]{1,20}", fullmatch=True),
    st.from_regex(r"\[[0-9a-f:.%]{0,30}\]", fullmatch=True),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map("[{}]".format),
)


@given(HOSTS, st.sampled_from(["", ":443", ":", ":80"]), st.text(max_size=10))
@example("8.8.8.8", "", "/@x")
@example("[2600:1f00::1]", ":443", "")
def test_what_is_taken_is_read_alike_by_another_parser(host: str, port: str, rest: str) -> None:
    url = f"https://{host}{port}/{rest}"

    if fault_of(url, loopback=False) is None:
        parts = urlsplit(url)
        assert parts.scheme == "https"
        assert parts.hostname == host.partition("/")[0].partition("?")[0].lower().strip("[]")
        assert parts.port in (None, 443)
        assert (parts.username, parts.password, parts.fragment) == (None, None, "")


@given(st.ip_addresses())
def test_an_address_is_taken_where_it_is_public_alone(address: object) -> None:
    text = str(address)
    host = f"[{text}]" if ":" in text else text

    assert (fault_of(f"https://{host}/", loopback=False) is None) == is_public(text)


def test_who_may_use_plain_http_to_this_machine_is_told_so_and_nobody_else() -> None:
    wrong = "http://10.0.0.1:4566/hook"

    assert fault_of(wrong, loopback=False) == "expected https://"
    assert fault_of(wrong, loopback=True) == (
        "expected https://, or http://127.0.0.1:PORT (under make run alone)"
    )


def test_plain_http_has_a_port_of_its_own_to_leave_out() -> None:
    assert plain("http://LOCALHOST:80?a") == "http://localhost/?a"
    assert plain("http://localhost:443") == "http://localhost:443/"


def test_this_machine_has_three_names() -> None:
    assert LOOPBACK_HOSTS == ("127.0.0.1", "localhost", "[::1]")
