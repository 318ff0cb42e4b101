"""docs/deploy.md: its sums are right, and what it names is there."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from benchmarks.scaler import price
from deploy import smoke
from scaling.waking import LOOKS_AFTER_S
from tests.template.documents import CORE, MODEL, NETWORK, ROOT, load, of_type

DOCUMENT = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
TIMES, OVER = "\N{MULTIPLICATION SIGN}", "\N{DIVISION SIGN}"
NUMBER = r"\d+(?:\.\d+)?"
SUMS = re.findall(rf"({NUMBER}(?: [{TIMES}{OVER}+] {NUMBER})+) = ({NUMBER})", DOCUMENT)


def _total(terms: str) -> float:
    return sum(map(_product, terms.split(" + ")))


def _product(factors: str) -> float:
    first, *rest = re.split(rf" ([{TIMES}{OVER}]) ", factors)
    value = float(first)
    for sign, factor in zip(rest[::2], rest[1::2], strict=True):
        value = value * float(factor) if sign == TIMES else value / float(factor)
    return value


@pytest.mark.parametrize(("terms", "result"), SUMS)
def test_a_sum_is_right(terms: str, result: str) -> None:
    decimals = len(result.partition(".")[2])

    assert f"{_total(terms):.{decimals}f}" == result


def test_the_sums_are_found() -> None:
    assert len(SUMS) > 20


def test_the_alarms_are_counted_right() -> None:
    core, model = (of_type(load(path), "AWS::CloudWatch::Alarm") for path in (CORE, MODEL))
    periods = [each["Properties"]["Period"] for each in (*core.values(), *model.values())]
    fast = sum(period < 60 for period in periods)

    assert f"alarms: {len(core)} of the core, {len(model)} of the default model" in DOCUMENT
    assert f"| {len(periods) - fast} {TIMES} 0.10 + {fast} {TIMES} 0.30 =" in DOCUMENT
    assert f"A further model adds {len(model) - fast} {TIMES} 0.10 + {fast} {TIMES}" in DOCUMENT


def test_the_endpoints_are_counted_right() -> None:
    endpoints = of_type(load(NETWORK), "AWS::EC2::VPCEndpoint").values()
    paid = [each for each in endpoints if each["Properties"]["VpcEndpointType"] == "Interface"]
    zones = {len(each["Properties"]["SubnetIds"]) for each in paid}

    assert f"{len(paid)} endpoints in {zones.pop()} zones" in DOCUMENT
    assert not zones


def test_every_network_mode_has_its_price() -> None:
    modes = load(CORE)["Parameters"]["NetworkMode"]["AllowedValues"]
    rows = Counter(re.findall(r"^\| `([a-z-]+)`", DOCUMENT, re.MULTILINE))

    assert {mode: rows[mode] for mode in modes} == dict.fromkeys(modes, 3)


def test_the_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", DOCUMENT):
        assert (ROOT / "docs" / target).exists(), target


def test_the_scalers_times_are_those_that_are_measured() -> None:
    assert f"if each takes {price.look_s(1):.1f} s at 0.25 GB" in DOCUMENT
    assert f"| 100 {TIMES} {price.MINUTES_AN_HOUR * price.AWAKE_S} {TIMES} 0.25" in DOCUMENT
    assert f"each goes on looking for {sum(LOOKS_AFTER_S):.0f} s" in DOCUMENT


def test_the_times_are_the_codes() -> None:
    assert f"within the {smoke.SETTLE_S:.0f} s" in DOCUMENT
