"""What a record kind is, and the small words its declaration is written with.

A kind is its fields, its cross-field checks and its place in the product; ``problems`` judges values by them,
the same on the laptop and on the server. The declarations stand in ``kinds`` and ``kinds_more``.
This module must not know any particular kind, the store, the wire or the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as part
from datetime import date
from typing import Literal

from sync.domain.fields import Field, Values, empty
from sync.domain.problems import Problem

Check = Callable[[Values, date], list[Problem]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A record kind. ``prefix`` begins the platform's numbers; ``columns`` are what a list shows."""

    name: str
    label: str
    en: str
    fields: Mapping[str, Field]
    title: str = "title"  # the field that names a record in lists
    subtitle: str = ""  # the reference or field shown under the name
    columns: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    sent: tuple[Check, ...] = ()  # checks that a draft need not pass yet
    sections: Mapping[str, tuple[str, str]] | None = None  # key -> (Chinese, English)
    flow: bool = True
    writer: Literal["liaison", "platform"] = "liaison"
    prefix: str = ""
    machine: str = ""  # its business stages in ``lifecycle``
    asked: Mapping[str, frozenset[str]] = part(init=False, repr=False, compare=False)  # stage -> fields it may need

    def __post_init__(self) -> None:
        """What each stage asks for is known once and for all; an imported ledger asks ten thousand times."""
        draft = frozenset(name for name, one in self.fields.items() if one.draft != "no")
        submit = frozenset(name for name, one in self.fields.items() if one.submit != "no")
        object.__setattr__(self, "asked", {"draft": draft, "submit": submit})

    def problems(
        self, values: Values, stage: Literal["draft", "submit"], today: date, papers: frozenset[str] = frozenset()
    ) -> list[Problem]:
        """What stops ``values`` at ``stage``; ``papers`` are the evidence kinds attached to the record."""
        found: list[Problem] = []
        for name in values:
            if name not in self.fields:
                found.append(Problem(name, "UNKNOWN_FIELD", "block", {"name": str(name)[:40], "kind": self.label}))
        asked = self.asked[stage]
        for name in [name for name in self.fields if name in values or name in asked]:
            found.extend(self._one(self.fields[name], values, stage, papers))
        for check in (*self.checks, *(self.sent if stage == "submit" else ())):
            found.extend(check(values, today))
        return found

    def _one(
        self, field: Field, values: Values, stage: Literal["draft", "submit"], papers: frozenset[str]
    ) -> list[Problem]:
        value = values.get(field.name)
        labels = {"label": field.label, "label_en": field.en}
        if field.type == "evidence":
            missing = field.needed(values, stage) and field.name not in papers
            code = "LETTER_MISSING" if field.name == "demand_letter" else "EVIDENCE_MISSING"
            return [Problem(field.name, code, "block", labels)] if missing else []
        if empty(value):
            return [Problem(field.name, "REQUIRED", "block", labels)] if field.needed(values, stage) else []
        problem = field.check(value)
        return [problem] if problem is not None else []


def needs(**conditions: object) -> Callable[[Values], bool]:
    """True where every named field has one of the given values."""
    wanted = {name: value if isinstance(value, tuple) else (value,) for name, value in conditions.items()}
    return lambda values: all(values.get(name) in allowed for name, allowed in wanted.items())


def table(*fields: Field) -> dict[str, Field]:
    """Fields by name, in the order of the form."""
    return {field.name: field for field in fields}


def section(key: str, *fields: Field) -> tuple[Field, ...]:
    """The same fields, placed in a section of the form."""
    return tuple(replace(field, section=key) for field in fields)
