"""Rows of a ledger to drafts: what can go in, what cannot and why, before anything is stored.

A row cannot go in ("block") where taking it would store something wrong or a record nobody could find again: no title
or company, a day or amount that cannot be read, a wrong credit code (it is the key of a company), a formula without a
result, a field the draft itself needs. It goes in as a draft with a "warn" where it is merely incomplete: an empty
cell (in a column others fill) that submission will ask for, or a choice, tick or telephone number that cannot be read
and is left out. What was assumed for a whole column (year, unit) is one "hint" at the head row. A row that says the
same as an earlier one, or as a record that exists, is skipped with a "warn", a row of another kind in a mixed ledger
with a "hint": no row stays out without a line in ``problems``.

The batch is ``ready``: the workspace stores all of it or nothing. Organisations are embedded objects; the workspace
matches or makes them. Must not know files or the store; "today" is an argument.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sync.domain.declare import Kind
from sync.domain.fields import Field, empty
from sync.domain.kinds import ORGANISATION
from sync.domain.problems import Problem, Severity, sentence
from sync.domain.values import BadValue, normalise_name, normalise_title, parse_day, uscc_problem_values
from sync.exchange.cells import ERRORS, bare, nature, said, value_of, without_year
from sync.exchange.columns import KIND, KIND_WORDS, Column, Match, main_organisation, match, targets, word
from sync.exchange.grids import Cell
from sync.exchange.tables import Dropped, Sheet, blank

#: What is left out with a warning where it cannot be read; everything else stops its row.
_LEFT_OUT = frozenset({"choice", "set", "list", "bool"})
_LEFT_OUT_PARTS = frozenset({"contact_phone", "division", "org_kind"})


@dataclass(frozen=True, slots=True)
class RowProblem:
    """``row`` as Excel counts (the head row for what concerns a column); ``field`` a target path such as "org.uscc"."""

    row: int
    field: str | None
    code: str
    severity: Severity
    values: Mapping[str, Any]

    def told(self, lang: str = "zh") -> dict[str, Any]:
        """``{"row", "field", "code", "severity", "message"}``."""
        message = sentence(self.code, lang, **self.values)
        return {"row": self.row, "field": self.field, "code": self.code, "severity": self.severity, "message": message}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row not taken: ``code`` ROW_REPEATED, ROW_KNOWN or ROW_OTHER_KIND.

    ``record`` is the id of the record it repeats, if that exists; ``fields`` what the row says, for updating that
    record; empty for another kind.
    """

    row: int
    code: str
    values: Mapping[str, Any]
    record: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def told(self, lang: str = "zh") -> dict[str, Any]:
        """``{"row", "code", "message", "record"}``."""
        message = sentence(self.code, lang, **self.values)
        return {"row": self.row, "code": self.code, "message": message, "record": self.record}


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """``ready`` is the batch, as (row, values); ``mapping`` (head -> target) is worth remembering for next time."""

    kind: str
    sheet: str
    rows: int
    ready: list[tuple[int, dict[str, Any]]]
    problems: list[RowProblem]
    skipped: list[Skipped]
    dropped: tuple[Dropped, ...]
    mapping: dict[str, str]
    unused: tuple[str, ...]

    @property
    def bad(self) -> list[int]:
        """The rows that cannot go in."""
        return sorted({problem.row for problem in self.problems if problem.severity == "block"})


def plan(
    kind: Kind,
    sheet: Sheet,
    mapping: Mapping[str, str] | None,
    existing: Mapping[str, str],
    today: date,
    places: Mapping[str, str] | None = None,
) -> ImportPlan:
    """What importing ``sheet`` as records of ``kind`` would do.

    ``mapping`` (head -> target) is what the person said or used last time, None for none. ``existing`` maps the
    ``keys`` of every record there is to its id. ``places`` maps place names to division codes; without it a column of
    place names is not used.

    Raises:
        Refused: SHEET_BAD_MAP.
    """
    found = match(kind, sheet.head, mapping)
    missing = _missing_columns(kind, sheet, found)
    reader = _Reader(kind, sheet, found, today, places or {})
    ready: list[tuple[int, dict[str, Any]]] = []
    problems = [*missing, *reader.assumed()]
    skipped: list[Skipped] = []
    seen: dict[str, int] = {}
    for number, cells in sheet.rows if not missing else ():
        other = reader.other_kind(number, cells)
        if other is not None:
            skipped.append(other)
            problems.append(RowProblem(number, None, other.code, "hint", other.values))
            continue
        values, wrong = reader.row(number, cells)
        problems.extend(wrong)
        if any(problem.severity == "block" for problem in wrong):
            continue
        again = _again(kind, number, values, seen, existing)
        if again is not None:
            skipped.append(again)
            problems.append(RowProblem(number, None, again.code, "warn", again.values))
            continue
        ready.append((number, values))
    unused = (*found.unused, *(column.head for column in found.columns if not reader.used(column)))
    return ImportPlan(
        kind.name, sheet.name, len(sheet.rows), ready, problems, skipped, sheet.dropped, found.mapping, unused
    )


def still_new(kind: Kind, made: ImportPlan, existing: Mapping[str, str]) -> ImportPlan:
    """A plan made a while ago, without the rows that have become records since."""
    ready: list[tuple[int, dict[str, Any]]] = []
    skipped, problems = list(made.skipped), list(made.problems)
    for number, values in made.ready:
        again = _again(kind, number, values, {}, existing)
        if again is None:
            ready.append((number, values))
        else:
            skipped.append(again)
            problems.append(RowProblem(number, None, again.code, "warn", again.values))
    return replace(made, ready=ready, skipped=skipped, problems=problems)


def keys(kind: Kind, values: Mapping[str, Any]) -> tuple[str, ...]:
    """What makes a record the same as another of its kind: organisation (by code and by name) and title, or day.

    ``values`` hold organisations as embedded objects ({"name", "uscc"}); call it so for existing records too.
    """
    whom = values.get(main_organisation(kind)) if kind is not ORGANISATION else values
    owner = whom if isinstance(whom, Mapping) else {}
    names = [f"name:{normalise_name(str(owner['name']))}"] if owner.get("name") else []
    codes = [f"uscc:{owner['uscc']}"] if owner.get("uscc") else []
    if kind is ORGANISATION:
        return tuple(codes or names)  # two branches of one name have two codes
    if kind.name == "visit":
        what = str(values.get("started_at") or values.get("planned_on") or "")[:10]
    else:
        what = normalise_title(str(values.get(kind.title) or ""))
    return tuple(f"{kind.name}|{who}|{what}" for who in (codes + names or [""])) if what else ()


def _again(
    kind: Kind, number: int, values: dict[str, Any], seen: dict[str, int], existing: Mapping[str, str]
) -> Skipped | None:
    own = keys(kind, values)
    title = str(values.get(kind.title) or "")[:60]
    for key in own:
        if key in existing:
            return Skipped(number, "ROW_KNOWN", {"title": title}, existing[key], values)
        if key in seen:
            return Skipped(number, "ROW_REPEATED", {"other": seen[key]}, "", values)
    seen.update(dict.fromkeys(own, number))
    return None


def _missing_columns(kind: Kind, sheet: Sheet, found: Match) -> list[RowProblem]:
    """Columns without which no row could become a draft."""
    have = {column.target for column in found.columns}
    problems = []
    for one in kind.fields.values():
        target = f"{one.name}.name" if one.type == "ref" and one.of == ("organisation",) else one.name
        derived = one.default is not None or one.name == "org_kind" or (kind.name == "visit" and one.name == "place")
        if one.draft == "yes" and not derived and target not in have:
            labels = {"label": one.label, "label_en": one.en}
            problems.append(RowProblem(sheet.head_row, target, "SHEET_COLUMN_MISSING", "block", labels))
    return problems


class _Reader:
    """Reads the rows of one sheet; knows its columns and what was assumed for them."""

    def __init__(self, kind: Kind, sheet: Sheet, found: Match, today: date, places: Mapping[str, str]) -> None:
        self._kind = kind
        self._sheet = sheet
        self._today = today
        self._places = places
        self._fields = targets(kind)
        self._main = main_organisation(kind)
        self._marker = next((column.index for column in found.columns if column.target == KIND), None)
        self._columns = [column for column in found.columns if column.target != KIND and self.used(column)]
        self._filled = {c.index for c in self._columns if any(not blank(self._cell(row, c)) for _, row in sheet.rows)}
        self._years = {column.index: self._year(column) for column in self._columns}
        self._companies: dict[str, list[Problem]] = {}
        self._words = {word(said_): name for name, words in KIND_WORDS.items() for said_ in words}

    def used(self, column: Column) -> bool:
        """Whether a column is read at all; place names need a list of places."""
        return not column.target.endswith("division") or bool(self._places)

    def assumed(self) -> list[RowProblem]:
        """One hint a column for what its cells leave open."""
        hints = []
        for column in self._columns:
            of = self._fields[column.target]
            cells = [self._cell(cells, column) for _, cells in self._sheet.rows]
            if of.type == "money" and not column.unit and not self._sheet.unit:
                if any(bare(cell) for cell in cells if not blank(cell)):
                    hints.append(self._hint(column, "SHEET_UNIT_ASSUMED", unit=self._unit(column, of)))
            elif of.type in ("date", "time"):
                count = sum(1 for cell in cells if without_year(cell))
                if count:
                    hints.append(self._hint(column, "SHEET_YEAR_ASSUMED", count=count, year=self._years[column.index]))
        return hints

    def _hint(self, column: Column, code: str, **values: Any) -> RowProblem:
        return RowProblem(self._sheet.head_row, column.target, code, "hint", {"head": column.head, **values})

    def other_kind(self, number: int, cells: tuple[Cell, ...]) -> Skipped | None:
        """Skips a row whose kind column names another kind."""
        if self._marker is None or self._marker >= len(cells) or blank(cells[self._marker]):
            return None
        written = said(cells[self._marker])
        named = self._words.get(word(written))
        if named is None or named == self._kind.name:
            return None
        labels = {"value": written[:40], "label": self._kind.label, "label_en": self._kind.en}
        return Skipped(number, "ROW_OTHER_KIND", labels)

    def row(self, number: int, cells: tuple[Cell, ...]) -> tuple[dict[str, Any], list[RowProblem]]:
        """The values of a row and what is wrong with it."""
        values: dict[str, Any] = {}
        wrong: list[RowProblem] = []
        for column in self._columns:
            of = self._fields[column.target]
            if column.target.endswith(".name"):
                of = ORGANISATION.fields["name"]
            cell = self._cell(cells, column)
            if blank(cell):
                wrong.extend(self._nothing(number, column, of))
                continue
            try:
                self._put(values, column, of, cell)
            except BadValue as error:
                if not self._day_instead(values, column, of, cell):
                    wrong.append(self._bad(number, column.target, of, error))
        self._complete(values)
        reported = {problem.field for problem in wrong if problem.severity == "block"}
        for problem in self._checked(values):
            if problem.field not in reported and f"{problem.field}.name" not in reported:
                soft = self._may_leave_out(problem.field or "") and problem.code != "REQUIRED"
                if soft:
                    self._take_out(values, problem.field or "")
                severity: Severity = "warn" if soft else problem.severity
                wrong.append(RowProblem(number, problem.field, problem.code, severity, problem.values))
        self._complete(values)  # what was just left out may have a default
        return values, wrong

    def _cell(self, cells: tuple[Cell, ...], column: Column) -> Cell:
        return cells[column.index] if column.index < len(cells) else None

    def _unit(self, column: Column, of: Field) -> str:
        return column.unit or self._sheet.unit or of.unit or "元"

    def _year(self, column: Column) -> int | None:
        """The year of days without one: the sheet's title, else the year most other days of the column have."""
        if self._fields[column.target].type not in ("date", "time") or self._sheet.year is not None:
            return self._sheet.year
        years: Counter[int] = Counter()
        for _, cells in self._sheet.rows:
            cell = self._cell(cells, column)
            if isinstance(cell, (str, date)) and not without_year(cell):
                try:
                    years[parse_day(cell).year] += 1
                except BadValue:
                    continue
        return years.most_common(1)[0][0] if years else self._today.year

    def _put(self, values: dict[str, Any], column: Column, of: Field, cell: Cell) -> None:
        if isinstance(cell, str) and cell.strip() in ERRORS:
            raise BadValue("ROW_CELL_ERROR", cell.strip())
        value = value_of(column.target, of, cell, self._unit(column, of), self._years[column.index], self._places)
        reference, _, part = column.target.rpartition(".")
        if reference:
            values.setdefault(reference, {})[part] = value
        elif of.type == "ref":
            values[column.target] = {"title": value}
        else:
            values[column.target] = value

    def _day_instead(self, values: dict[str, Any], column: Column, of: Field, cell: Cell) -> bool:
        """A visit ledger gives days, not hours: the day is kept as the planned one, the hours are asked for later."""
        if of.type != "time" or column.target != "started_at" or "planned_on" not in self._kind.fields:
            return False
        try:
            planned = self._kind.fields["planned_on"]
            values["planned_on"] = value_of("planned_on", planned, cell, "", self._years[column.index], {})
        except BadValue:
            return False
        return True

    def _nothing(self, number: int, column: Column, of: Field) -> list[RowProblem]:
        own = self._fields[column.target]
        reference, _, part = column.target.rpartition(".")
        named = own if part == "name" and reference else of
        labels = {"label": named.label, "label_en": named.en}
        if (number, column.index + 1) in self._sheet.unsolved:
            return [RowProblem(number, column.target, "ROW_FORMULA", "block", labels)]
        if own.draft == "yes":  # of other fields than organisations the declaration's own check says it
            return (
                [RowProblem(number, column.target, "REQUIRED", "block", labels)] if named is own and reference else []
            )
        wanted = named.submit == "yes" or (part == "uscc" and reference in ("", self._main))
        if not wanted or column.index not in self._filled:
            return []
        return [RowProblem(number, column.target, "REQUIRED", "warn", labels)]

    def _bad(self, number: int, target: str, of: Field, error: BadValue) -> RowProblem:
        values = {"label": of.label, "label_en": of.en, "value": error.value}
        if error.code.startswith("USCC"):
            values |= uscc_problem_values(error.value)
        if error.code == "NOT_A_CHOICE":
            values["choices"] = "、".join(of.choices[:12])
        severity: Severity = "warn" if self._may_leave_out(target) else "block"
        return RowProblem(number, target, error.code, severity, values)

    def _may_leave_out(self, target: str) -> bool:
        if target.rpartition(".")[2] in _LEFT_OUT_PARTS:
            return True
        of = self._fields.get(target)
        return of is not None and of.type in _LEFT_OUT and of.draft != "yes"

    def _take_out(self, values: dict[str, Any], target: str) -> None:
        reference, _, part = target.rpartition(".")
        (values.get(reference, {}) if reference else values).pop(part, None)

    def _complete(self, values: dict[str, Any]) -> None:
        """Defaults of the declaration; what an organisation's name tells of its nature; where a visit took place."""
        for one in self._kind.fields.values():
            if one.default not in (None, "") and empty(values.get(one.name)):
                values[one.name] = one.default
        if self._kind is ORGANISATION:
            values.setdefault("org_kind", nature(str(values.get("name", "")), str(values.get("uscc", ""))))
        for name, value in values.items():
            of = self._kind.fields.get(name)
            if isinstance(value, dict) and of is not None and of.of == ("organisation",) and value:
                value.setdefault("org_kind", nature(value.get("name", ""), value.get("uscc", "")))
        main = values.get(self._main)
        if self._kind.name == "visit" and empty(values.get("place")) and isinstance(main, dict) and main.get("name"):
            values["place"] = main["name"]

    def _checked(self, values: Mapping[str, Any]) -> list[Problem]:
        """The declaration's own checks on the draft and on the organisations in it, with target paths."""
        plain = {name: "…" if isinstance(value, dict) and value else value for name, value in values.items()}
        found = self._kind.problems({k: v for k, v in plain.items() if v != {}}, "draft", self._today)
        for name, value in values.items():
            of = self._kind.fields.get(name)
            if isinstance(value, dict) and value and of is not None and of.of == ("organisation",):
                key = repr(sorted(value.items()))  # a ledger names few companies, each many times
                inner = self._companies.get(key)
                if inner is None:
                    inner = self._companies[key] = ORGANISATION.problems({"disclosure": "内部", **value}, "draft", self._today)
                found.extend(Problem(f"{name}.{one.field}", one.code, one.severity, one.values) for one in inner)
        return found
