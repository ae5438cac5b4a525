"""How a record kind is declared: fields with their type, need, limits, merge policy and place in the form.

A field is data; the form editor, list cell, command line, spreadsheet column, wire value, merge and
the server's check all follow from it. The declarations themselves stand in ``kinds``. Values are plain
JSON values:

    text choice code ref   str            set    list[str], no order       money  int, fen (1/100 yuan)
    date  "2026-03-10"                    month  "2026-03"                 time   "2026-03-10T01:02:03Z" (UTC)
    list  list[str] or list[dict]         int    int                       bool   bool

``evidence`` fields hold no value: they are satisfied by an evidence record of that kind attached to the
record. ``auto`` fields are filled by the client or the platform and never typed.
This module must not know any particular kind, the store, the wire or the clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sync.domain.problems import Problem
from sync.domain.values import clean_phone

Values = Mapping[str, Any]
FieldType = Literal[
    "text", "choice", "set", "list", "code", "date", "month", "time", "money", "int", "bool", "ref", "evidence", "auto"
]
Need = Literal["yes", "no", "when"]
#: value: two different changes are a conflict. union: additions of both sides stay, removals hold.
#: text: a conflict too, but a combined version is offered. last: nobody typed it, so what was said last holds.
Merge = Literal["value", "union", "text", "last"]
Owner = Literal["liaison", "platform", "client"]

MONTH = re.compile(r"(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])")  # earlier and later ones are slips of the finger
MAX_FEN = 10**15  # ten trillion yuan: beyond it a typing mistake


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. ``label`` is Chinese, ``en`` its English; limits are inclusive."""

    name: str
    label: str
    en: str
    type: FieldType = "text"
    draft: Need = "no"
    submit: Need = "no"
    when: Callable[[Values], bool] | None = None  # decides a need of "when"
    choices: tuple[str, ...] = ()
    open: bool = False  # choices are suggestions (a platform list may be longer)
    source: str = ""  # name of the platform list that replaces ``choices``
    least: int | None = None  # shortest text, smallest number
    most: int | None = None  # longest text, largest number, longest list
    each: int | None = None  # longest entry of a list of texts
    pattern: str = ""
    of: tuple[str, ...] = ()  # kinds a reference may point at
    items: tuple[Field, ...] = ()  # the parts of a list's rows; empty: a list of str
    default: Any = None
    owner: Owner = "liaison"
    section: str = ""
    shown: Callable[[Values], bool] | None = None  # form: only where it applies
    unit: str = ""
    help: str = ""
    private: bool = False  # masked in lists, previews and exports
    long: bool = False  # edited in a box of several lines

    @property
    def merge(self) -> Merge:
        """What happens when both sides changed it."""
        if self.type == "set" or (self.type == "list" and not self.items):
            return "union"
        if self.owner == "client":
            return "last"
        return "text" if self.long else "value"

    @property
    def stored(self) -> bool:
        """Whether a record's values hold it (evidence fields are satisfied from elsewhere)."""
        return self.type != "evidence"

    def needed(self, values: Values, stage: Literal["draft", "submit"]) -> bool:
        """Whether it must be filled at ``stage``, given the other values."""
        need = self.draft if stage == "draft" else self.submit
        return need == "yes" or (need == "when" and self.when is not None and self.when(values))

    def applies(self, values: Values) -> bool:
        """Whether a form shows it, given the other values."""
        return self.shown is None or self.shown(values)

    def check(self, value: Any) -> Problem | None:
        """The problem of a present value, or None. Emptiness is judged by ``needed``, not here."""
        problem = _CHECKS[self.type](self, value)
        if problem is None and self.pattern and isinstance(value, str) and not re.fullmatch(self.pattern, value):
            return self._problem("BAD_CODE", value=value[:40])
        return problem

    def _problem(self, code: str, **values: Any) -> Problem:
        return Problem(self.name, code, "block", {"label": self.label, "label_en": self.en, **values})


def empty(value: Any) -> bool:
    """Nothing was entered: None, blank text or an empty list. Zero and False are values."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _text(field: Field, value: Any) -> Problem | None:
    if not isinstance(value, str):
        return field._problem("NOT_A_TEXT")
    if field.least is not None and len(value.strip()) < field.least:
        return field._problem("TOO_SHORT", least=field.least, length=len(value.strip()))
    if field.most is not None and len(value) > field.most:
        return field._problem("TOO_LONG", most=field.most, length=len(value))
    return None


def _choice(field: Field, value: Any) -> Problem | None:
    if not isinstance(value, str):
        return field._problem("NOT_A_TEXT")
    if not field.open and value not in field.choices:
        return field._problem("NOT_A_CHOICE", value=value[:40], choices="、".join(field.choices[:12]))
    return None


def _rows(field: Field, value: Any) -> Problem | None:
    if not isinstance(value, list):
        return field._problem("NOT_A_LIST")
    if field.most is not None and len(value) > field.most:
        return field._problem("TOO_MANY", most=field.most, length=len(value))
    for row in value:
        problem = _row(field, row)
        if problem is not None:
            return problem
    return None


def _row(field: Field, row: Any) -> Problem | None:
    if not field.items:
        if not isinstance(row, str):
            return field._problem("NOT_A_TEXT")
        if field.choices and not field.open and row not in field.choices:
            return field._problem("NOT_A_CHOICE", value=row[:40], choices="、".join(field.choices[:12]))
        if field.each is not None and len(row) > field.each:
            return field._problem("TOO_LONG", most=field.each, length=len(row))
        return None
    if not isinstance(row, dict):
        return field._problem("NOT_A_LIST")
    parts = {part.name: part for part in field.items}
    for name, value in row.items():
        if name not in parts:
            return field._problem("UNKNOWN_FIELD", name=str(name)[:40])
        if not empty(value):
            problem = parts[name].check(value)
            if problem is not None:
                return Problem(field.name, problem.code, problem.severity, problem.values)
    return None


def _date(field: Field, value: Any) -> Problem | None:
    if not isinstance(value, str) or parse_date(value) is None:
        return field._problem("NOT_A_DATE", value=str(value)[:40])
    return None


def _month(field: Field, value: Any) -> Problem | None:
    return (
        None if isinstance(value, str) and MONTH.fullmatch(value) else field._problem("NOT_A_MONTH", value=str(value)[:40])
    )


def _time(field: Field, value: Any) -> Problem | None:
    return None if isinstance(value, str) and parse_time(value) else field._problem("NOT_A_TIME", value=str(value)[:40])


def _int(field: Field, value: Any) -> Problem | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return field._problem("NOT_AN_INT", value=str(value)[:40])
    least = field.least if field.least is not None else -MAX_FEN
    most = field.most if field.most is not None else MAX_FEN
    return None if least <= value <= most else field._problem("OUT_OF_RANGE", value=value, least=least, most=most)


def _bool(field: Field, value: Any) -> Problem | None:
    return None if isinstance(value, bool) else field._problem("NOT_A_BOOL", value=str(value)[:40])


def _any(_field: Field, _value: Any) -> Problem | None:
    return None


_CHECKS: dict[FieldType, Callable[[Field, Any], Problem | None]] = {
    "text": _text, "code": _text, "ref": _text, "choice": _choice, "set": _rows, "list": _rows, "date": _date,
    "month": _month, "time": _time, "money": _int, "int": _int, "bool": _bool, "evidence": _any, "auto": _any,
}  # fmt: skip


def parse_date(value: str) -> date | None:
    """``YYYY-MM-DD`` as a date, or None."""
    try:
        return date.fromisoformat(value) if len(value) == 10 else None
    except ValueError:
        return None


def parse_time(value: str) -> datetime | None:
    """An RFC 3339 instant with a zone, or None; of the years 1900 to 2199, so that it can be told in any zone."""
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None and 1900 <= instant.year < 2200 else None


def telephone(name: str) -> Callable[[Values, date], list[Problem]]:
    """A check: the named field, where filled, holds a mainland telephone number."""

    def check(values: Values, _today: date) -> list[Problem]:
        number = values.get(name)
        if isinstance(number, str) and number.strip() and clean_phone(number) is None:
            return [Problem(name, "BAD_PHONE", "block", {"value": number[:30]})]
        return []

    return check


def ordered(fields: Sequence[Field], start: str, end: str) -> Callable[[Values, date], list[Problem]]:
    """A cross-field check: ``end`` must not be before ``start`` (both text forms that sort by time)."""
    by_name = {field.name: field for field in fields}

    def check(values: Values, _today: date) -> list[Problem]:
        first, last = values.get(start), values.get(end)
        if isinstance(first, str) and isinstance(last, str) and last < first:
            labels = {"label": by_name[end].label, "label_en": by_name[end].en,
                      "other": by_name[start].label, "other_en": by_name[start].en}  # fmt: skip
            return [Problem(end, "END_BEFORE_START", "block", labels)]
        return []

    return check


def not_future(fields: Sequence[Field], *names: str) -> Callable[[Values, date], list[Problem]]:
    """A cross-field check: the named days must not be later than today."""
    by_name = {field.name: field for field in fields}

    def check(values: Values, today: date) -> list[Problem]:
        late = []
        for name in names:
            day = values.get(name)
            if isinstance(day, str) and parse_date(day[:10]) is not None and day[:10] > today.isoformat():
                labels = {"label": by_name[name].label, "label_en": by_name[name].en, "value": day[:10]}
                late.append(Problem(name, "DATE_IN_FUTURE", "block", labels))
        return late

    return check
