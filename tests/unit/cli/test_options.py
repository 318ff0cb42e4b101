"""What is typed goes before what is exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from spillway_cli.options import connected

if TYPE_CHECKING:
    from spillway_cli.output import Output
    from spillway_cli.target import Target

URL = "https://api.example/v1"


@click.command()
@click.option("--more")
@connected
def shown(target: Target, output: Output, more: str | None) -> None:
    click.echo(f"{target.url} {target.stack} {target.key} {output.is_json} {more}")


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("typed", "exported", "resolved"),
    [
        ("--url=U", {}, "U None None False None"),
        ("", {"SPILLWAY_URL": "U", "SPILLWAY_API_KEY": "k"}, "U None k False None"),
        ("", {"SPILLWAY_STACK": "prod"}, "None prod None False None"),
        ("--stack=dev", {"SPILLWAY_STACK": "prod"}, "None dev None False None"),
        ("--stack=dev", {"SPILLWAY_URL": "U"}, "None dev None False None"),
        ("--profile=p", {"SPILLWAY_URL": "U"}, "None spillway None False None"),
        (
            "--region=r",
            {"SPILLWAY_URL": "U", "SPILLWAY_STACK": "prod"},
            "None prod None False None",
        ),
        ("--iam --profile=p --region=r", {"SPILLWAY_URL": "U"}, "U None None False None"),
        ("--iam --stack=dev", {"SPILLWAY_URL": "U"}, "None dev None False None"),
        ("--region=r --url=U", {"SPILLWAY_STACK": "prod"}, "U prod None False None"),
        ("--stack=dev --url=U", {}, "U dev None False None"),
        ("--url=U", {"SPILLWAY_STACK": "prod"}, "U prod None False None"),
        ("--url=U --key=k --json --more=m", {}, "U None k True m"),
    ],
)
def test_the_options_decide(typed: str, exported: dict[str, str], resolved: str) -> None:
    ran = CliRunner().invoke(shown, typed.split(), env=exported)

    assert ran.output == f"{resolved}\n"
