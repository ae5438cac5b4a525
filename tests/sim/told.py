"""Records as a feed tells them, and what equality, words and unions are: worked out in the plainest way, by nothing of the product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.domain.kinds import KINDS


class Violation(AssertionError):
    """A law does not hold."""


@dataclass(slots=True)
class Told:
    """A record as a feed tells it."""

    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    workflow: str | None = None
    version: int = 0
    amendment: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)  # field of the amendment -> device that asked for it
    stood: dict[str, Any] = field(default_factory=dict)  # and what was in force then
    wrote: dict[str, str] = field(default_factory=dict)  # field -> device that changed it last

    @property
    def view(self) -> dict[str, Any]:
        return {name: value for name, value in {**self.fields, **self.amendment}.items() if not blank(value)}


def blank(value: Any) -> bool:
    return value is None or value == "" or value == []


def same(one: Any, other: Any) -> bool:
    return (blank(one) and blank(other)) or (type(one) is type(other) and one == other)


def same_view(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Equality of fields: empties count as missing, words have no order."""

    def clean(view: Mapping[str, Any]) -> dict[str, Any]:
        return {k: sorted(v) if words(v) else v for k, v in view.items() if not blank(v)}

    return clean(one) == clean(other)


def words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def is_set(kind: str, name: str) -> bool:
    known = KINDS[kind].fields.get(name) if kind in KINDS else None
    return known is not None and (known.type == "set" or (known.type == "list" and not known.items))


def joined(base: Any, new: Any, held: Any) -> set[str]:
    """What a set is after somebody who saw ``base`` made ``new`` of it while it is ``held``."""
    return (set(held or ()) - (set(base or ()) - set(new or ()))) | (set(new or ()) - set(base or ()))


def step(record: Told, row: Mapping[str, Any]) -> None:
    for name, (_before, after) in row["fields"].items():
        if blank(after):
            record.fields.pop(name, None)
        else:
            record.fields[name] = after
    if row.get("workflow"):
        record.workflow = row["workflow"][1]
    for name, value in (row.get("facts") or {}).items():
        if value is None:
            record.facts.pop(name, None)
        else:
            record.facts[name] = value
    if row.get("amendment") is not None:
        for name, value in row["amendment"].items():
            if name not in record.amendment or not same(record.amendment[name], value):
                record.asked[name], record.stood[name] = row["device"], record.fields.get(name)
        record.amendment = dict(row["amendment"])
    if row.get("conflicts") is not None:
        record.conflicts = list(row["conflicts"])
    record.version = row["version"] or record.version


def shown(told: dict[str, Told], row: Mapping[str, Any]) -> None:
    """Work a row in as a laptop shows it: of a record taken back as another unit's, whoever had begun it sees on what he wrote."""
    if row["version"]:
        step(told.setdefault(row["record"], Told(row["kind"])), row)
    elif row.get("released") and row["record"] in told:
        step(told[row["record"]], row)
