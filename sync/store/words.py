"""The words every record is found by: written at once for what a person saves, later for what came by the hundred.

Cutting and filing the words of a record costs as much as everything else a page of the feed does with it, and nobody
looks for anything while it comes in. So a page or an imported ledger only notes in ``unworded`` whose words are due;
``catch_up`` writes them, some hundreds a transaction: beside the window once the round is over, at the latest before
somebody searches, so that a search always finds everything. Must not know how a record's view is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from msgspec.json import decode
from sqlalchemy import Connection, select

from sync.domain.kinds import KINDS
from sync.store import search
from sync.store.tables import record, unworded

AT_ONCE = 400  # records a transaction of ``catch_up``: a save waits no longer than that
FEW = 50  # records in a save whose words are written with it


def due(connection: Connection, numbers: Sequence[int]) -> None:
    """Records (by their ``n``) look different: their words are written now where they are few, else noted."""
    if len(numbers) > FEW:
        connection.exec_driver_sql("INSERT OR IGNORE INTO unworded(n) VALUES (?)", [(n,) for n in numbers])
    elif numbers:
        _write(connection, numbers)


def due_about(connection: Connection, ids: Iterable[str]) -> None:
    """These organisations look different: so do the words of what hangs on them."""
    statement = "INSERT OR IGNORE INTO unworded(n) SELECT n FROM record WHERE about = ?"
    connection.exec_driver_sql(statement, [(one,) for one in ids])


def gone(connection: Connection, numbers: Sequence[int]) -> None:
    """Records that are removed are not found any more."""
    if numbers:
        for table, key in (("words", "rowid"), ("unworded", "n")):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE {key} = ?", [(n,) for n in numbers])  # noqa: S608  names of ours


def waiting(connection: Connection) -> bool:
    """Whether words of some record are still to be written."""
    return connection.exec_driver_sql("SELECT 1 FROM unworded LIMIT 1").first() is not None


def catch_up(connection: Connection) -> None:
    """Write the words of the next records whose words are due."""
    _write(connection, connection.execute(select(unworded.c.n).order_by(unworded.c.n).limit(AT_ONCE)).scalars().all())


def _write(connection: Connection, numbers: Sequence[int]) -> None:
    """What these records are found by: their text and number; the name, code and contact of what they hang on; initials of both names."""
    rows = connection.execute(
        select(record.c.n, record.c.kind, record.c.title, record.c.about, record.c.fields, record.c.facts).where(record.c.n.in_(numbers))
    ).all()
    abouts = sorted({row.about for row in rows if row.about})
    chosen = select(record.c.id, record.c.title, record.c.fields).where(record.c.id.in_(abouts))
    names = {row.id: (row.title, _bearing(decode(row.fields))) for row in connection.execute(chosen)} if abouts else {}
    entries = []
    for row in rows:
        name, more = names.get(row.about, ("", ""))
        said = " ".join([row.title, name, more, number(row.facts), *_texts_of(row.kind, decode(row.fields))])
        entries.append((row.n, search.grams(said, search.initials(f"{row.title} {name}"))))
    gone(connection, numbers)
    if entries:
        connection.exec_driver_sql("INSERT INTO words(rowid, grams) VALUES (?, ?)", entries)


def _bearing(fields: Mapping[str, Any]) -> str:
    """What of an organisation the records that hang on it are looked for by, besides its name."""
    return " ".join(str(fields[name]) for name in ("uscc", "contact_name", "contact_phone") if fields.get(name))


def number(facts: str) -> str:
    """The number the platform gave a record, of its stored facts."""
    return str(decode(facts).get("number") or "") if facts != "{}" else ""


def _texts_of(kind: str, fields: Mapping[str, Any]) -> list[str]:
    parts: list[str] = []
    nameless = _nameless(kind)
    for name, value in fields.items():
        if isinstance(value, str):
            if name not in nameless:
                parts.append(value)
        elif name not in nameless:
            _texts(value, parts)
    return parts


@cache
def _nameless(kind: str) -> frozenset[str]:
    """Fields nobody looks for by what stands in them: ids of other records and digests were a fifth of all words."""
    return frozenset({"sha256", "subject"} | refs_of(kind))


@cache
def refs_of(kind: str) -> frozenset[str]:
    """The fields of a kind that refer to other records."""
    fields = KINDS[kind].fields if kind in KINDS else {}
    return frozenset(name for name, declared in fields.items() if declared.type == "ref")


def _texts(value: Any, into: list[str]) -> None:
    """Every text in a value that is no text itself."""
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(part, str):
            into.append(part)
        else:
            _texts(part, into)
