"""Units, their targets, and the small tables a laptop keeps: all the platform publishes that is no record.

``init`` may be run again with a newer file: it changes only what changed. A target that is set again is issued as a
new revision; the newest holds for the whole year and the old ones stay visible.
This module must not know devices, HTTP or feeds.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import Connection, bindparam, func, insert, select, update

from sync.domain.parameters import Parameters
from sync.domain.quota import CITY, METRICS, Metric, Target
from sync.errors import NeedsPerson, NoSuch
from sync.server import database
from sync.server.accounts import unit_facts
from sync.server.database import Database, dumps, put
from sync.server.schema import published, target, unit

PLAN = "三年行动计划"  # the document behind the targets of the units' file
YEARS = (2025, 2026, 2027)
COLUMNS = {
    "name": "name_zh", "name_en": "name_en", "pinyin": "name_pinyin", "kind": "kind", "tier": "tier",
    "counts": "counts_items", "source": "source", "note": "note",
}  # fmt: skip


_UNIT = select(unit).where(unit.c.code == bindparam("code"))
_ACTIVE = select(unit.c.code, unit.c.name, unit.c.kind).where(unit.c.active == 1).order_by(unit.c.code)
_PUBLISHED = select(published).order_by(published.c.area, published.c.name)
_ISSUED = select(target).order_by(target.c.unit, target.c.year, target.c.metric, target.c.rev)
_ISSUED_TO = _ISSUED.where(target.c.unit.in_(bindparam("units", expanding=True)))


def load_units(db: Database, path: Path) -> dict[str, int]:
    """Take units and discovery targets over from a CSV file. Returns how many of each the platform now has."""
    rows = _table(path, {"code", "name_zh"})
    with db.write() as connection:
        held = {row.code: dict(row._mapping) for row in connection.execute(select(unit))}
        for row in rows:
            values: dict[str, Any] = {name: (row.get(column) or "").strip() for name, column in COLUMNS.items()}
            values["has_liaison"] = _flag(row.get("has_liaison"))
            values["active"] = _flag(row.get("active_default"))
            code = row["code"].strip()
            if code not in held:
                connection.execute(insert(unit).values(code=code, **values))
            elif any(held[code][name] != value for name, value in values.items()):
                connection.execute(update(unit).where(unit.c.code == code).values(**values))
            db.open_feed(connection, code)
            for year in YEARS:
                _planned(connection, code, year, "discovery", row.get(f"discovery_quota_{year}"))
                _planned(connection, code, year, "landing", row.get("landing_quota"))
        db.mark(connection)
        return _counts(connection)


class BadTable(NeedsPerson):
    """表格读不了或缺列."""

    code = "bad_table"
    exit_status: ClassVar[int] = 2
    sentence = ("表格读不了或缺列：{detail}", "The table cannot be read or lacks columns: {detail}")
    help = ("请用 UTF-8 的 CSV，列名与 resources/units.csv 一致。", "Use a UTF-8 CSV with the columns of resources/units.csv.")


def _table(path: Path, needed: set[str]) -> list[dict[str, str]]:
    try:
        rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))
        lacking = needed - set(rows.fieldnames or ())
        if lacking:
            raise BadTable(", ".join(sorted(lacking)))
        return [row for row in rows if any(row.values())]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadTable(f"{path.name}: {error}") from None


def load_targets(db: Database, path: Path) -> dict[str, int]:
    """Targets from a CSV file with the columns unit, year, metric, target (or value), doc."""
    rows = _table(path, {"unit", "year", "metric"})
    with db.write() as connection:
        for row in rows:
            value = row.get("target") or row.get("value")
            _issue(connection, row["unit"].strip(), int(row["year"]), metric(row["metric"]), value, row.get("doc") or "")
        db.mark(connection)
        return _counts(connection)


def set_target(db: Database, unit_code: str, year: int, name: str, value: int, doc: str = "") -> dict[str, Any]:
    """Issue a target; the same figure again changes nothing. Raises NoSuch for an unknown unit or metric."""
    chosen = metric(name)
    with db.write() as connection:
        known = connection.execute(select(unit.c.code).where(unit.c.code == unit_code)).first()
        if known is None and unit_code != CITY:
            raise NoSuch(unit_code)
        before = _newest(connection, unit_code, year, chosen)
        rev = _issue(connection, unit_code, year, chosen, str(value), doc)
        db.mark(connection)
    return {
        "id": f"{unit_code}/{year}/{chosen}", "unit": unit_code, "year": year, "metric": chosen, "target": value, "rev": rev,
        "changed": rev != before,
    }  # fmt: skip


def metric(name: str) -> Metric:
    """A metric by its English or the platform's Chinese word. Raises NoSuch."""
    found = METRICS.get(name)
    if found is None:
        found = next((one for one in METRICS.values() if one == name), None)
    if found is None:
        raise NoSuch(name)
    return found


def targets(connection: Connection, *units: str) -> list[Target]:
    """The issued targets, of these units or of all."""
    rows = connection.execute(_ISSUED_TO, {"units": units}) if units else connection.execute(_ISSUED)
    return [Target(row.unit, row.year, metric(row.metric), int(row.value), None, row.rev) for row in rows]


def publish(db: Database, area: str, values: Mapping[str, Any]) -> None:
    """Publish lists or parameters by name. Raises ValueError for a parameter of the wrong form."""
    if area == "parameters":
        Parameters.from_mapping(values)
    at = database.now()
    with db.write() as connection:
        put(connection, published, ("area", "name"), [
            {"area": area, "name": name, "value": dumps(value), "at": at} for name, value in values.items()
        ])  # fmt: skip
        db.mark(connection)


def small_tables(connection: Connection, unit_code: str) -> dict[str, Any]:
    """What a unit's laptops keep beside the feed, counted figures apart: unit, targets, parameters, lists."""
    own = connection.execute(_UNIT, {"code": unit_code}).first()
    given: dict[str, dict[str, Any]] = {"lists": {}, "parameters": {}}
    for row in connection.execute(_PUBLISHED):
        given[row.area][row.name] = json.loads(row.value)
    rows = connection.execute(_ISSUED_TO, {"units": [unit_code, CITY]})
    listed = connection.execute(_ACTIVE).all()
    return {
        "unit": unit_facts(own) if own is not None else {},
        "targets": [
            {
                "unit": row.unit, "year": row.year, "metric": row.metric, "target": int(row.value), "doc": row.doc,
                "rev": row.rev, "issued_at": row.issued_at,
            }
            for row in rows
        ],
        "parameters": given["parameters"],
        "lists": {"units": [row.name for row in listed], **given["lists"]},
        "units": [{"code": row.code, "name": row.name, "kind": row.kind} for row in listed],
    }  # fmt: skip


def _planned(connection: Connection, unit_code: str, year: int, name: str, value: str | None) -> None:
    """A target of the units' file: issued only where the file differs from what it said last.

    A figure the centre has set since is not taken back by loading the same file again.
    """
    last = connection.execute(
        select(target.c.value)
        .where(
            target.c.unit == unit_code, target.c.year == year, target.c.metric == name, target.c.doc == PLAN
        )
        .order_by(target.c.rev.desc())
    ).scalar()
    if value and value.strip() and (last is None or int(last) != int(value)):
        _issue(connection, unit_code, year, name, value, PLAN)


def _newest(connection: Connection, unit_code: str, year: int, name: str) -> int:
    """The newest revision of a target; 0 where none was issued."""
    chosen = select(func.max(target.c.rev)).where(target.c.unit == unit_code, target.c.year == year, target.c.metric == name)
    return int(connection.execute(chosen).scalar() or 0)


def _issue(connection: Connection, unit_code: str, year: int, name: str, value: str | None, doc: str) -> int:
    """A new revision where the figure differs from the newest; returns the revision in force (0: none)."""
    newest = connection.execute(
        select(target.c.rev, target.c.value)
        .where(target.c.unit == unit_code, target.c.year == year, target.c.metric == name)
        .order_by(target.c.rev.desc())
    ).first()
    rev = int(newest.rev) if newest is not None else 0
    if value is None or not str(value).strip():
        return rev
    if newest is not None and int(newest.value) == int(value):
        return rev
    connection.execute(
        insert(target).values(unit=unit_code, year=year, metric=name, rev=rev + 1, value=int(value), doc=doc, issued_at=database.now())
    )
    return rev + 1


def _counts(connection: Connection) -> dict[str, int]:
    newest = {(row.unit, row.year, row.metric) for row in connection.execute(select(target.c.unit, target.c.year, target.c.metric))}
    return {"units": len(list(connection.execute(select(unit.c.code)))), "targets": len(newest)}


def _flag(value: str | None) -> int:
    return int((value or "").strip() in ("1", "true", "yes", "是"))


def names(connection: Connection, codes: Iterable[str] = ()) -> dict[str, str]:
    """Unit code -> name."""
    chosen = select(unit.c.code, unit.c.name)
    listed = list(codes)
    rows = connection.execute(chosen.where(unit.c.code.in_(listed)) if listed else chosen)
    return {row.code: row.name for row in rows}
