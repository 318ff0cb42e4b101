"""An `Update` as DynamoDB's expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spillway.update import AllOf, AnyOf, Comparison

if TYPE_CHECKING:
    from spillway.update import Condition, Update, Value


@dataclass(frozen=True, slots=True)
class Expression:
    """What UpdateItem takes. Every attribute goes by a placeholder: many are reserved words."""

    update: str
    condition: str
    names: dict[str, str]
    values: dict[str, Any]

    @classmethod
    def of(cls, update: Update) -> Expression:
        """Render an update."""
        names: dict[str, str] = {}
        values: dict[str, Any] = {}

        def name(attribute: str) -> str:
            names[f"#{attribute}"] = attribute
            return f"#{attribute}"

        def value(item: Value) -> str:
            placeholder = f":v{len(values)}"
            values[placeholder] = item
            return placeholder

        def condition(part: Condition) -> str:
            match part:
                case Comparison(attribute, operator, bound):
                    return f"{name(attribute)} {operator} {value(bound)}"
                case AllOf(parts):
                    return "(" + " AND ".join(map(condition, parts)) + ")"
                case AnyOf(parts):
                    return "(" + " OR ".join(map(condition, parts)) + ")"

        assigned = [f"{name(key)} = {value(item)}" for key, item in update.set.items()]
        added = [f"{name(key)} {value(by)}" for key, by in update.add.items()]
        removed = [name(key) for key in update.remove]
        clauses = (("SET", assigned), ("ADD", added), ("REMOVE", removed))
        return cls(
            update=" ".join(f"{verb} {', '.join(items)}" for verb, items in clauses if items),
            condition=condition(update.when),
            names=names,
            values=values,
        )
