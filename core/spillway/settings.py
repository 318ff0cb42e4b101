"""Settings from the environment: read once, at start; every fault is reported at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlsplit

from spillway.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

type AuthMode = Literal["ApiKey", "Iam"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Reader:
    """Reads values by name, remembering what is wrong until `check` says it all."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._faults: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without a default it must be there and not empty."""
        value = self._environment.get(name, "") or default
        if value is None:
            self._faults.append(f"{name}: missing")
            return ""
        return value

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`."""
        value = self.text(name, None if default is None else str(default))
        if value.isascii() and value.isdigit() and low <= int(value) <= high:
            return int(value)
        if value:
            self._faults.append(f"{name}: expected a whole number {low} to {high}, got {value!r}")
        return low

    def texts(self, name: str) -> tuple[str, ...]:
        """Texts with commas between them; none where it is missing or empty."""
        return tuple(filter(None, map(str.strip, self.text(name, "").split(","))))

    def wholes(
        self, name: str, low: int, high: int, *, most: int, default: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Up to `most` whole numbers from `low` to `high`, with commas between them."""
        given = self.texts(name)
        numbers = [int(each) for each in given if each.isascii() and each.isdigit()]
        if len(numbers) < len(given) or len(given) > most:
            self._faults.append(
                f"{name}: expected up to {most} whole numbers with commas between, got {given!r}"
            )
        elif wrong := [number for number in numbers if not low <= number <= high]:
            self._faults.append(f"{name}: expected numbers {low} to {high}, got {wrong!r}")
        return tuple(numbers) or default

    def loopback_webhooks(self) -> bool:
        """Whether webhooks may be plain HTTP to this machine: the two conditions of `make run`.

        SPILLWAY_LOOPBACK_WEBHOOKS is a switch that nobody sets by accident, and AWS itself, which
        no loopback address reaches, takes no notice of it.
        """
        value = self.text("SPILLWAY_LOOPBACK_WEBHOOKS", "")
        if value not in ("", "allow"):
            fault = f"SPILLWAY_LOOPBACK_WEBHOOKS: expected allow or nothing, got {value!r}"
            self._faults.append(fault)
        endpoint = self.text("AWS_ENDPOINT_URL", "")
        return value == "allow" and urlsplit(endpoint).hostname in _LOOPBACK

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of some texts."""
        value = self.text(name)
        if value and value not in choices:
            self._faults.append(f"{name}: expected one of {', '.join(choices)}, got {value!r}")
        return value

    def check(self) -> None:
        """Raise `SettingsError` if anything read was wrong."""
        if self._faults:
            raise SettingsError("; ".join(self._faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSettings:
    """What the API's functions are told by the template.

    `deliveries_table` holds the tenants' default destinations, too. `wake_function` wakes models;
    empty, nobody is asked to. ARNs are IAM's patterns (allowed.py).
    """

    stack: str
    jobs_table: str
    deliveries_table: str
    input_bucket: str
    result_bucket: str
    auth_mode: AuthMode
    backlog_limit: int
    retention_days: int
    default_model: str
    wake_function: str = ""
    allowed_destinations: tuple[str, ...] = ()
    own_arns: tuple[str, ...] = ()
    loopback_webhooks: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> FunctionSettings:
        """Read them, or raise `SettingsError`."""
        reader = Reader(environment)
        settings = cls(
            stack=reader.text("STACK_NAME"),
            jobs_table=reader.text("JOBS_TABLE"),
            deliveries_table=reader.text("DELIVERIES_TABLE"),
            input_bucket=reader.text("INPUT_BUCKET"),
            result_bucket=reader.text("RESULT_BUCKET"),
            auth_mode=cast("AuthMode", reader.choice("AUTH_MODE", ("ApiKey", "Iam"))),
            backlog_limit=reader.whole("BACKLOG_LIMIT", 0, 10**9, default=0),
            retention_days=reader.whole("RETENTION_DAYS", 1, 3650, default=30),
            default_model=reader.text("DEFAULT_MODEL", "default"),
            wake_function=reader.text("WAKE_FUNCTION", ""),
            allowed_destinations=reader.texts("ALLOWED_DESTINATION_ARNS"),
            own_arns=reader.texts("OWN_ARNS"),
            loopback_webhooks=reader.loopback_webhooks(),
        )
        reader.check()
        return settings
