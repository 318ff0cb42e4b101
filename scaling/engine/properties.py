"""The properties of a template's resource, each read as what it must be or refused by name."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from spillway.errors import SpillwayError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from enum import StrEnum


class Unreadable(SpillwayError):
    """A resource says something that the engine can't do; the text names resource and property."""

    def __init__(self, resource: str, name: str, problem: str) -> None:
        super().__init__(f"{resource}.{name} {problem}")
        self.resource = resource
        self.property = name


class Properties:
    """Properties as CloudFormation gives them: what comes from a parameter is text.

    Each method raises `Unreadable`, and without a default also where the property is missing.
    """

    def __init__(self, resource: str, given: Any, path: str = "") -> None:  # noqa: ANN401 - unread
        self.resource = resource
        self._path = path
        if not isinstance(given, dict):
            raise Unreadable(resource, path.rstrip(".") or "Properties", "must be an object")
        self._given: Mapping[str, Any] = given

    def refuse(self, name: str, problem: str) -> Unreadable:
        """Return the error that names a property of these."""
        return Unreadable(self.resource, self._path + name, problem)

    def limit_to(self, *names: str) -> None:
        """Refuse each property but these: it may change what the others mean."""
        for name in self._given:
            if name not in names:
                raise self.refuse(name, "is not understood; leave it out")

    def has(self, name: str) -> bool:
        """Tell whether a property is given."""
        return name in self._given

    def text(self, name: str) -> str:
        """Return a text."""
        value = self._value(name)
        if isinstance(value, dict):
            raise self.refuse(name, f"is {value}, which the template alone does not tell")
        if not isinstance(value, str):
            raise self.refuse(name, f"must be text, not {value!r}")
        return value

    def pattern(self, name: str, form: str, problem: str) -> None:
        """Refuse a text that has not this form; one that is still to be resolved may get it."""
        value = self._value(name)
        if not isinstance(value, dict) and not re.fullmatch(form, self.text(name)):
            raise self.refuse(name, f"{problem}, not {value!r}")

    def number(self, name: str, default: float | None = None) -> float:
        """Return a finite number."""
        if default is not None and not self.has(name):
            return default
        value = self._value(name)
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise self.refuse(name, f"must be a number, not {value!r}")
        return number

    def whole(self, name: str, default: int | None = None, *, least: int | None = None) -> int:
        """Return a whole number."""
        number = self.number(name, default)
        if not number.is_integer():
            raise self.refuse(name, f"must be a whole number, not {number}")
        if least is not None and number < least:
            raise self.refuse(name, f"must be at least {least}, not {number:g}")
        return int(number)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return true or false."""
        value = str(self._given.get(name, default)).lower()
        if value not in ("true", "false"):
            raise self.refuse(name, f"must be true or false, not {value!r}")
        return value == "true"

    def choice[E: StrEnum](self, name: str, among: type[E], default: E | None = None) -> E:
        """Return one of an enumeration's values."""
        if default is not None and not self.has(name):
            return default
        value = self.text(name)
        if value not in list(among):
            raise self.refuse(name, f"must be one of {', '.join(among)}, not {value!r}")
        return among(value)

    def part(self, name: str) -> Properties:
        """Return the properties of a property."""
        return Properties(self.resource, self._value(name), f"{self._path}{name}.")

    def parts(self, name: str) -> Sequence[Properties]:
        """Return the properties of each entry of a list; none where it is missing."""
        return [
            Properties(self.resource, entry, f"{self._path}{name}[{index}].")
            for index, entry in enumerate(self._list(name))
        ]

    def references(self, name: str) -> Sequence[str]:
        """Return what the entries of a list refer to, as logical ids or, where known, as text."""
        return [target for entry in self._list(name) if (target := _reference(entry))]

    def reference(self, name: str) -> str:
        """Return what a property refers to, as `references` does."""
        target = _reference(self._value(name))
        if not target:
            raise self.refuse(name, f"must refer to a resource, not {self._value(name)!r}")
        return target

    def _list(self, name: str) -> Sequence[Any]:
        value = self._given.get(name, [])
        if not isinstance(value, list):
            raise self.refuse(name, f"must be a list, not {value!r}")
        return value

    def _value(self, name: str) -> Any:  # noqa: ANN401 - unread
        if name not in self._given:
            raise self.refuse(name, "is missing")
        return self._given[name]


def _reference(node: Any) -> str:  # noqa: ANN401 - unread
    if isinstance(node, dict):
        node = node.get("Ref")
    return node if isinstance(node, str) else ""
