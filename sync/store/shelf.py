"""Many records at once, for judging them: read some hundreds a statement, JSON opened only where somebody looks.

Answers the same questions as ``Local`` for single records (``get``, ``values``, ``kind_of``), so the same judgement
runs over either. A shelf is a moment's picture, read as it is asked: make one, use it, drop it. ``Kept`` holds what was
made of records from one shelf to the next, for as long as nothing that was looked at for it has changed.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import func, select

from sync.errors import NoSuch
from sync.records import Paper, Record
from sync.store.database import Database
from sync.store.local import as_record, papers_of, steps_of
from sync.store.tables import IN_SIGHT, STAGE, record
from sync.store.view import AT_ONCE
from sync.store.words import refs_of

T = TypeVar("T")
MOST_HELD = 4 * AT_ONCE  # records ``taken`` keeps in memory at a time


class Shelf:
    """Records that are not deleted, each read when it is first asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: dict[str, Any] = {}  # None: looked for and not there
        self._papers: dict[str, list[Paper]] = {}
        self._steps: dict[str, str | None] = {}
        self._read: dict[str, dict[str, Any]] = {}

    def taken(self, ids: Iterable[str]) -> Iterator[Any]:
        """These records one after the other, with their papers at hand; what lies too far back is let go again."""
        wanted = list(ids)
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            if len(self._rows) > MOST_HELD:
                for held in (self._rows, self._papers, self._steps, self._read):
                    held.clear()
            self._load(some)
            self._look_up({str(value) for one in some if self._rows[one] is not None for value in self._refers(self._rows[one])})
            for one in some:
                if self._rows[one] is not None:
                    yield self._rows[one]

    def _load(self, ids: Sequence[str]) -> None:
        with self._database.read() as connection:
            found = connection.execute(select(record).where(record.c.id.in_(ids), IN_SIGHT)).all()
            papers, steps = papers_of(connection, ids), steps_of(connection, ids)
        self._rows.update(dict.fromkeys(ids))
        self._rows.update({row.id: row for row in found})
        for one in ids:
            self._papers[one], self._steps[one] = papers.get(one, []), steps.get(one)
            self._read.pop(one, None)

    def _refers(self, row: Any) -> Iterator[Any]:
        """What a record refers to: companies, visits, the find a landing is of."""
        fields = self._fields(row)
        for name in refs_of(row.kind):
            if value := fields.get(name):
                yield from value if isinstance(value, list) else (value,)

    def _look_up(self, ids: set[str]) -> None:
        """Records without papers and steps, as ``values`` needs them."""
        unknown = sorted(ids - self._rows.keys())
        self._rows.update(dict.fromkeys(unknown))
        for start in range(0, len(unknown), AT_ONCE):
            with self._database.read() as connection:
                found = connection.execute(select(record).where(record.c.id.in_(unknown[start : start + AT_ONCE]), IN_SIGHT)).all()
            self._rows.update({row.id: row for row in found})

    def _row(self, record_id: str) -> Any:
        if record_id not in self._rows:
            self._look_up({record_id})
        return self._rows[record_id]

    def of(self, kinds: Sequence[str], stages: Sequence[str] = ()) -> list[Any]:
        """The rows of some kinds, oldest first: ``id``, ``kind``, ``workflow``, ``facts`` (text), ``about``.

        ``stages``: only those that stand there in their business, be it by an own step the platform has not confirmed.
        """
        with self._database.read() as connection:
            wanted = [record.c.kind.in_(list(kinds)), IN_SIGHT]
            if stages:
                told = select(record.c.id).where(STAGE.is_not(None), STAGE.in_(list(stages)), record.c.kind.in_(list(kinds)))
                ids = [*connection.execute(told).scalars(), *steps_of(connection, None)]
                if not ids:
                    return []
                wanted.append(record.c.id.in_(ids))
            found = connection.execute(select(record).where(*wanted).order_by(record.c.n)).all()
        self._rows.update({row.id: row for row in found if row.id not in self._rows})
        return [row for row in found if not stages or self.stage(row.id) in stages]

    def _fields(self, row: Any) -> dict[str, Any]:
        fields = self._read.get(row.id)
        if fields is None:
            fields = self._read[row.id] = json.loads(row.fields)
        return fields

    def get(self, record_id: str) -> Record:
        """A record without its open conflicts; ``NoSuch`` where there is none."""
        if self._row(record_id) is None:
            raise NoSuch(record_id)
        if record_id not in self._papers:
            self._load([record_id])
        row = self._row(record_id)
        if row is None:
            raise NoSuch(record_id)
        return as_record(row, self._fields(row), 0, [], self._papers[record_id], self._steps[record_id])

    def values(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The fields of several records by id; missing ids are left out."""
        return {one: self._fields(row) for one in ids if one and (row := self._row(one)) is not None}

    def stage(self, record_id: str) -> str | None:
        """Where a record stands in its business, as ``get`` has it; None where there is none."""
        row = self._row(record_id)
        if row is None:
            return None
        if record_id not in self._steps:
            with self._database.read() as connection:
                self._steps[record_id] = steps_of(connection, [record_id]).get(record_id)
        told: str | None = json.loads(row.facts).get("stage") if '"stage"' in row.facts else None
        return self._steps[record_id] or told

    def kind_of(self, record_id: str) -> str | None:
        """The kind of a record, or None."""
        row = self._row(record_id)
        return row.kind if row is not None else None


class Watched:
    """A shelf that notes which records were looked at."""

    def __init__(self, shelf: Shelf, record_id: str) -> None:
        self._shelf, self.asked = shelf, {record_id}

    def get(self, record_id: str) -> Record:
        """As the shelf's."""
        self.asked.add(record_id)
        return self._shelf.get(record_id)

    def values(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """As the shelf's."""
        wanted = list(ids)
        self.asked.update(wanted)
        return self._shelf.values(wanted)

    def kind_of(self, record_id: str) -> str | None:
        """As the shelf's."""
        self.asked.add(record_id)
        return self._shelf.kind_of(record_id)


class Kept(Generic[T]):
    """``make(shelf, row)`` of records, made again only where something it looked at is no longer as it was.

    Stands on the marks every record bears (``view.review``): one small question tells what changed since, whoever did
    it, this process or another. A shortcut and nothing else: an empty one gives the same answers. Safe in any thread.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._door = threading.Lock()
        self._stands_on: Any = None
        self._made: dict[str, tuple[tuple[str, ...], T]] = {}  # with the ids looked at for it
        self._all: list[T] | None = None
        self._seen = 0  # the mark up to which everything is known

    def of(self, ids: Iterable[str], stands_on: Any, make: Callable[[Watched, Any], T]) -> dict[str, T]:
        """What was made of these records; ``stands_on``: what ``make`` depends on besides, another value forgets everything."""
        listed = list(ids)
        with self._door:
            self._catch_up(stands_on)
            self._make((one for one in listed if one not in self._made), make)
            return {one: self._made[one][1] for one in listed if one in self._made}

    def all(self, kinds: Sequence[str], stands_on: Any, make: Callable[[Watched, Any], T]) -> list[T]:
        """The same of all records of some kinds, in no order; always to be asked of the same kinds.

        It is the same list as the last time where nothing has changed.
        """
        there = (record.c.kind.in_(list(kinds)), IN_SIGHT)
        with self._door:
            again = self._catch_up(stands_on)
            with self._database.read() as connection:
                number = connection.execute(select(func.count()).select_from(record).where(*there)).scalar_one()
            self._make(again, make, kinds)
            self._all = None if again else self._all
            if len(self._made) != number:  # the first time, and where records were removed
                with self._database.read() as connection:
                    listed = set(connection.execute(select(record.c.id).where(*there)).scalars())
                self._made = {one: kept for one, kept in self._made.items() if one in listed}
                self._make(listed - self._made.keys(), make, kinds)
                self._all = None
            if self._all is None:
                self._all = [made for _asked, made in self._made.values()]
            return self._all

    def _catch_up(self, stands_on: Any) -> set[str]:
        """Forget what changed since the last time; the records to look at again."""
        if self._stands_on != stands_on:
            self._stands_on, self._made, self._seen, self._all = stands_on, {}, 0, None
        with self._database.read() as connection:  # before anything is read: what changes from here on is for the next time
            newest = connection.execute(select(func.max(record.c.mark))).scalar_one() or 0
            if not self._made:
                self._seen = newest
                return set()
            changed = set(connection.execute(select(record.c.id).where(record.c.mark > self._seen)).scalars())
        self._seen = max(self._seen, newest)
        again = {one for one, (asked, _made) in self._made.items() if not changed.isdisjoint(asked)} if changed else set()
        for one in again:
            del self._made[one]
        return again | changed

    def _make(self, ids: Iterable[str], make: Callable[[Watched, Any], T], kinds: Sequence[str] = ()) -> None:
        shelf = Shelf(self._database)
        for row in shelf.taken(ids):
            if not kinds or row.kind in kinds:
                watched = Watched(shelf, row.id)
                made = make(watched, row)
                self._made[row.id] = (tuple(map(sys.intern, watched.asked)), made)
