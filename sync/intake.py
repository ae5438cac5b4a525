"""What somebody typed or sent, as it is kept: references found or made, codes cleaned, wrong types named.

An intake gathers the edits and problems of one transaction. Organisations written out in full are matched by
credit code, else by name, or made with an id that is the same on every laptop of the unit; what was missing of a
known one is filled in and nothing of it is overwritten. State secrets never pass. Nothing is saved here.
"""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sync import errors
from sync.domain.declare import Kind
from sync.domain.fields import Field, empty
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem
from sync.domain.values import clean_uscc, normalise_name, storable
from sync.messages import canonical
from sync.store.edits import Edit
from sync.store.local import Local

MOST_BYTES = 200_000  # of one value; a record of several such still fits into one push
#: What stops only the submission: text still too short, days that do not fit yet (the clock may be the wrong one).
UNFINISHED = frozenset({"TOO_SHORT", "DATE_IN_FUTURE", "END_BEFORE_START"})
FEW = 20  # organisations looked up one by one; beyond that all are read once
ORG_EPOCH_MS = 1_735_689_600_000  # 2025-01-01, the first day of the plan: the time inside derived ids


class Intake:
    """The edits and problems of one transaction, as they come in."""

    def __init__(self, local: Local, unit: str, today: date) -> None:
        """``local`` is only read."""
        self.edits: list[Edit] = []
        self.problems: list[Problem] = []
        self._local, self._unit, self._today = local, unit, today
        self._made: dict[str, tuple[str, dict[str, Any]]] = {}  # organisations met: code or name -> (id, fields)
        self._asked = 0
        self._batch: str | None = None  # of the record that is being taken in
        self._index: dict[str, str] | None = None

    def record(self, kind: str, values: Mapping[str, Any], at: str = "", batch: str | None = None) -> str:
        """A new draft; its problems are named from ``at`` on. Returns its id."""
        declared = writable(kind)
        self._batch = batch
        found = self._kept(declared, values, at)
        record_id = new_id()
        self.edits.append(Edit(record_id, kind, {**defaults(declared), **found}, batch=batch))
        lacks = declared.problems(self.edits[-1].values, "draft", self._today)
        self.problems += [replace(one, field=f"{at}{one.field}") for one in lacks]
        return record_id

    def started(self, kind: str, values: Mapping[str, Any]) -> str:
        """A new draft from whatever of ``values`` is of the right type; only a state secret is refused."""
        declared = writable(kind)
        found = self._kept(declared, values, "")
        _never(declared, found)
        record_id = new_id()
        self.edits.append(Edit(record_id, kind, {**defaults(declared), **typed(declared, found)}))
        return record_id

    def changed(
        self, record_id: str, kind: str, values: Mapping[str, Any], bases: Mapping[str, Any] | None = None
    ) -> list[Problem]:  # fmt: skip
        """An edit of the named fields as far as they are of the right type; what is wrong with the others.

        ``bases``: what it was made from, for fields that hold something else by now.
        """
        declared = writable(kind)
        found = self._kept(declared, values, "")
        _never(declared, found)
        given = typed(declared, found)
        self.edits.append(Edit(record_id, kind, given, bases={name: base for name, base in (bases or {}).items() if name in given}))
        return type_problems(declared, found) + [one for one in self.problems if one.severity == "block"]

    def _kept(self, declared: Kind, values: Mapping[str, Any], at: str) -> dict[str, Any]:
        """Values as they are kept: embedded references matched or made, codes cleaned, read-only fields refused."""
        kept: dict[str, Any] = {}
        for name, given in values.items():
            field, value = declared.fields.get(name), storable(given)
            if field is None:
                said = {"name": str(name)[:40], "kind": declared.label}
                self.problems.append(Problem(f"{at}{str(name)[:40]}", "UNKNOWN_FIELD", "block", said))
            elif field.type in ("auto", "evidence") or field.owner != "liaison":
                self.problems.append(
                    Problem(f"{at}{name}", "READ_ONLY", "block", {"label": field.label, "label_en": field.en})
                )
            elif field.of and (isinstance(value, dict) or field.type == "ref"):
                kept[name] = self._reference(field, value, f"{at}{name}")
            elif isinstance(value, list) and field.of and not field.items:
                kept[name] = [self._reference(field, one, f"{at}{name}") for one in value]
                if kept[name].count(None) > value.count(None):
                    del kept[name]
            else:
                kept[name] = clean_uscc(value) if name == "uscc" and isinstance(value, str) else value
            if kept.get(name, value) is None and value is not None:
                del kept[name]  # what leads nowhere is named among the problems and not kept
        return kept

    def _embedded(self, field: Field, value: Mapping[str, Any], at: str) -> str:
        """The id of an embedded object: a known record it matches, or a new one made in the same transaction."""
        kind = field.of[0] if len(field.of) == 1 else str(value.get("record_kind", field.of[0]))
        declared = writable(kind if kind in field.of else field.of[0])
        found = self._kept(declared, {k: v for k, v in value.items() if k != "record_kind"}, at)
        if kind == "organisation":
            return self._organisation(declared, found, at)
        title = str(found.get(declared.title) or "")
        known = self._local.find_titled(field.of, title) if title else None
        return known or self._new(declared, new_id(), found, at)

    def _reference(self, field: Field, value: Any, at: str) -> Any:
        """The id a reference stands for; None, and a problem, where no such record is here or it is of another kind."""
        if isinstance(value, dict) and not isinstance(value.get("id"), str):
            return self._embedded(field, value, f"{at}.")
        wanted = value["id"] if isinstance(value, dict) else value
        if isinstance(wanted, str) and wanted and self._local.kind_of(wanted) not in field.of:
            labels = {"label": field.label, "label_en": field.en, "value": wanted[:40]}
            self.problems.append(Problem(at, "BAD_REF", "block", labels))
            return None
        return wanted

    def _known(self, code: str, name: str) -> str | None:
        """The organisation that is there already; a sheet of thousands reads all of them once."""
        self._asked += 1
        if self._asked <= FEW:
            return self._local.find_organisation(code, name, self._unit)
        if self._index is None:
            self._index = self._local.organisations(self._unit)
        return self._index.get(code or normalise_name(name))

    def _organisation(self, declared: Kind, found: Mapping[str, Any], at: str) -> str:
        """The organisation with this credit code, else this name; what was missing of it is filled in."""
        code, name = str(found.get("uscc") or ""), str(found.get("name") or "")
        if (code or name) not in self._made:
            known = self._known(code, name)
            if known is None:
                record_id = organisation_id(self._unit, code) if code else new_id()
                self._made[code or name] = (record_id, dict(found))
                return self._new(declared, record_id, found, at)
            self._made[code or name] = (known, self._local.values([known])[known])
        record_id, held = self._made[code or name]
        gaps = {k: v for k, v in found.items() if empty(held.get(k)) and not empty(v)}
        if gaps:
            held.update(gaps)
            self.edits.append(Edit(record_id, declared.name, gaps))
        return record_id

    def _new(self, declared: Kind, record_id: str, found: Mapping[str, Any], at: str) -> str:
        """A record made in the same transaction as the one that refers to it."""
        fields = {**defaults(declared), **found}
        self.problems += [replace(p, field=f"{at}{p.field}") for p in declared.problems(fields, "draft", self._today)]
        self.edits.append(Edit(record_id, declared.name, fields, batch=self._batch))
        return record_id


def known_kind(kind: str) -> Kind:
    """The declaration of a kind. ``Refused`` where a newer program made the record: it is kept as it is, and only read."""
    declared = KINDS.get(kind)
    if declared is None:
        raise errors.Refused([Problem(None, "UNKNOWN_KIND", "block", {"kind": kind[:40], "choices": "、".join(KINDS)})])
    return declared


def writable(kind: str) -> Kind:
    """The declaration of a kind liaisons write. ``Refused`` where there is none or it is the platform's."""
    declared = known_kind(kind)
    if declared.writer != "liaison":
        raise errors.Refused([Problem(None, "READ_ONLY", "block", {"label": declared.label, "label_en": declared.en})])
    return declared


def _never(declared: Kind, values: Mapping[str, Any]) -> None:
    """State secrets never enter, not even as a draft."""
    level = values.get("secrecy")
    if "secrecy" in declared.fields and level in ("秘密", "机密", "绝密"):
        raise errors.Refused([Problem("secrecy", "SECRET_LEVEL", "block", {"value": level})])


def defaults(kind: Kind) -> dict[str, Any]:
    """What a new record of ``kind`` starts with."""
    return {name: field.default for name, field in kind.fields.items() if not empty(field.default)}


def type_problems(kind: Kind, values: Mapping[str, Any]) -> list[Problem]:
    """Problems of values that are not of their field's type (a limit or choice passed over is no type problem, unless beyond all bounds)."""
    soft = {"TOO_SHORT", "TOO_LONG", "NOT_A_CHOICE", "TOO_MANY", "OUT_OF_RANGE", "BAD_CODE"}
    found = []
    for name, value in values.items():
        problem = kind.fields[name].check(value) if name in kind.fields and not empty(value) else None
        if problem is not None and (problem.code not in soft or _beyond(value)):
            found.append(problem)
    return found


def _beyond(value: Any) -> bool:
    return abs(value) >= 1 << 53 if isinstance(value, int) else len(canonical(value)) > MOST_BYTES


def typed(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are of their field's type."""
    wrong = {problem.field for problem in type_problems(kind, values)}
    return {name: value for name, value in values.items() if name in kind.fields and name not in wrong}


def new_id() -> str:
    """A fresh UUID version 7."""
    return _uuid7(time.time_ns() // 1_000_000, os.urandom(10))


def organisation_id(unit: str, code: str) -> str:
    """The id of an organisation with a credit code: the same on every laptop of the unit, so it is one record."""
    return _uuid7(ORG_EPOCH_MS, hashlib.sha256(f"{unit}|{code}".encode()).digest()[:10])


def _uuid7(millis: int, noise: bytes) -> str:
    number = (millis << 80) | int.from_bytes(noise, "big")
    number = number & ~(0xF << 76) | (7 << 76)
    return str(uuid.UUID(int=number & ~(0x3 << 62) | (2 << 62)))
