"""What DynamoDB's expressions are made of: their words, and the values these stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.worker.endpoint.service import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

type Attribute = dict[str, Any]
type Item = dict[str, Attribute]

_TOKEN = re.compile(r"\s*([#:]?\w+|<>|<=|>=|[=<>(),+-])")


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression is evaluated in: the item, and the request's placeholders."""

    item: Item
    names: Mapping[str, str]
    values: Mapping[str, Attribute]

    def name(self, token: str) -> str:
        """The attribute that a token names."""
        return self.names[token] if token.startswith("#") else token

    def value(self, token: str) -> Attribute | None:
        """A placeholder's value, or an attribute's; None where it is absent."""
        if token.startswith(":"):
            return self.values[token]
        return self.item.get(self.name(token))


class Tokens:
    """An expression's words, taken one by one. What is not understood is a `Fault`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = list(self._split(text.rstrip()))
        self._at = 0

    @property
    def next(self) -> str:
        """The word that comes; empty at the end."""
        return self._words[self._at] if self._at < len(self._words) else ""

    def take(self) -> str:
        """The word that comes, which must be there."""
        word = self.next
        if not word:
            raise self.fault()
        self._at += 1
        return word

    def takes(self, word: str) -> bool:
        """Take this word if it comes."""
        comes = self.next == word
        self._at += comes
        return comes

    def expect(self, word: str) -> None:
        """Take this word, which must come."""
        if not self.takes(word):
            raise self.fault()

    def argument(self) -> str:
        """What stands in brackets."""
        self.expect("(")
        word = self.take()
        self.expect(")")
        return word

    def fault(self) -> Fault:
        """The refusal of the whole expression."""
        return Fault("ValidationException", f"not understood: {self._text}")

    def _split(self, text: str) -> list[str]:
        words, at = [], 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self.fault()
            words.append(match[1])
            at = match.end()
        return words
