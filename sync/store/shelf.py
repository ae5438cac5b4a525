"""All records at once, for judging many of them: two queries, JSON opened only where somebody looks.

Answers the same questions as ``Local`` for single records (``get``, ``values``, ``kind_of``), so the same judgement
runs over either. A shelf is a moment's picture: make one, use it, drop it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import or_, select

from sync.errors import NoSuch
from sync.records import Paper, Record
from sync.store.database import Database
from sync.store.local import as_record, papers_of, steps_of
from sync.store.tables import record


class Shelf:
    """A moment's picture of every record that is not deleted."""

    def __init__(self, database: Database) -> None:
        """Read everything once."""
        with database.read() as connection:
            found = connection.execute(
                select(record).where(or_(record.c.workflow.is_(None), record.c.workflow != "deleted")).order_by(record.c.n)
            ).all()
            self._rows: dict[str, Any] = {row.id: row for row in found}
            self._papers: dict[str, list[Paper]] = papers_of(connection, None)
            self._steps = steps_of(connection, None)
        self._fields = lru_cache(None)(self._read)

    def _read(self, record_id: str) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(self._rows[record_id].fields)
        return fields

    def of(self, kinds: Sequence[str]) -> list[Any]:
        """The rows of some kinds, oldest first: ``id``, ``kind``, ``workflow``, ``facts`` (text), ``about``."""
        wanted = set(kinds)
        return [row for row in self._rows.values() if row.kind in wanted]

    def get(self, record_id: str) -> Record:
        """A record without its open conflicts; ``NoSuch`` where there is none."""
        row = self._rows.get(record_id)
        if row is None:
            raise NoSuch(record_id)
        return as_record(row, self._fields(record_id), 0, [], self._papers.get(record_id, []), self._steps.get(record_id))

    def values(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The fields of several records by id; missing ids are left out."""
        return {one: self._fields(one) for one in ids if one in self._rows}

    def stage(self, record_id: str) -> str | None:
        """Where a record stands in its business, as ``get`` has it; None where there is none."""
        row = self._rows.get(record_id)
        if row is None:
            return None
        told: str | None = json.loads(row.facts).get("stage") if '"stage"' in row.facts else None
        return self._steps.get(record_id) or told

    def mark(self, record_id: str) -> int:
        """A number that is another one when anything of the record or its papers changed; 0 where there is none."""
        row = self._rows.get(record_id)
        if row is None:
            return 0
        papers, steps = self._papers.get(record_id), self._steps.get(record_id)
        return hash((tuple(row), repr(papers) if papers else "", repr(steps) if steps else ""))

    def kind_of(self, record_id: str) -> str | None:
        """The kind of a record, or None."""
        row = self._rows.get(record_id)
        return row.kind if row is not None else None
