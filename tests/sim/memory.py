"""SQLite in memory behind the product's two database doors, and SQLAlchemy's statements without its ceremony.

A history asks some thousand short questions. The product asks them through an engine, a pool and SQLAlchemy's result
machinery, each time with a transaction on a file: that is where nine tenths of a simulated history's time went, and
none of it is what a history is about. Here the product's own statements are compiled by SQLAlchemy once and handed to
the same SQLite (``sqlcipher3``, without a key) directly; rows are SQLAlchemy's ``Row``. ``on_files`` histories use the
real doors: a test compares the two, step for step.

A ``Disk`` is what outlives a killed process: the databases of a machine by their path.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from unittest import mock

import sqlcipher3.dbapi2 as driver
from cryptography.exceptions import InvalidSignature
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.engine.row import Row

from sync.server import database as platform
from sync.store import database as profile

_LIMIT = re.compile(r"\s+LIMIT \?( OFFSET \?)?$")
_EXPANDED = re.compile(r"__\[POSTCOMPILE_(\w+)\]")


class Statement:
    """A compiled statement: its text, what stands at its places, what its rows are called."""

    def __init__(self, compiled: Any) -> None:
        self.text = str(compiled)
        self.places: list[str] = list(compiled.positiontup or ())
        # SQLite plans a question anew each time where a parameter says how many rows it wants
        found = _LIMIT.search(self.text)
        self.most = [self.places.pop() for _ in found[0].split("?")[1:]][::-1] if found else []
        self.text = self.text[: found.start()] if found else self.text
        self.lists = {compiled.bind_names[one] for one in compiled.post_compile_params}
        assert not compiled.literal_execute_params, self.text
        self.into = [(at, compiled._bind_processors[name]) for at, name in enumerate(self.places) if name in compiled._bind_processors]
        self.given = [(one.key, one.default.arg) for one in getattr(compiled, "insert_prefetch", ())]
        self.row = None
        self.simple = _places(self.places) if not (self.into or self.lists or self.most) else None
        self.texts: dict[tuple[int, ...], str] = {}
        columns = compiled._result_columns
        if columns:
            out = [one.type._cached_result_processor(compiled.dialect, None) for one in columns]
            self.row = _rows(tuple(one.keyname for one in columns), tuple(out) if any(out) else None)

    def ready(self, values: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
        """The text and its arguments."""
        text, arguments = self._ready(values)
        for name, word in zip(self.most, (" LIMIT ", " OFFSET "), strict=False):
            text += word + str(int(values[name]))
        return text, arguments

    def _ready(self, values: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
        arguments = [values[name] for name in self.places]
        for at, convert in self.into:
            arguments[at] = convert(arguments[at])
        if not self.lists:
            return self.text, arguments
        filled = {name: padded(values[name]) for name in self.lists}
        lengths = tuple(map(len, filled.values()))
        text = self.texts.get(lengths)
        if text is None:
            text = self.texts[lengths] = _EXPANDED.sub(lambda found: ", ".join("?" * len(filled[found[1]])), self.text)
        flat: list[Any] = []
        for name, value in zip(self.places, arguments, strict=True):
            if name in self.lists:
                flat += filled[name]
            else:
                flat.append(value)
        return text, flat


def _places(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return (lambda values: (values[names[0]],)) if names else lambda _values: ()


def padded(listed: Sequence[Any]) -> tuple[Any, ...]:
    """The same to an ``IN``, in few lengths: each length is another statement to SQLite."""
    many = len(listed)
    return (*listed, *(listed[-1:] * ((1 << (many - 1).bit_length()) - many)))


@cache
def _rows(names: tuple[str, ...], out: Any) -> Any:
    meta = SimpleResultMetaData(names)
    keys = meta._key_to_index
    return lambda data: Row(meta, out, keys, data)


class Answer:
    """What came back: the part of SQLAlchemy's ``Result`` the product uses."""

    __slots__ = ("_rows", "inserted_primary_key", "rowcount")

    def __init__(self, rows: list[Any], cursor: Any) -> None:
        self._rows, self.rowcount = rows, cursor.rowcount
        self.inserted_primary_key = (cursor.lastrowid,)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def first(self) -> Any:
        return self._rows[0] if self._rows else None

    def one(self) -> Any:
        (row,) = self._rows
        return row

    def one_or_none(self) -> Any:
        return self.one() if self._rows else None

    def scalar(self) -> Any:
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        return self.one()[0] if self._rows else None

    def scalars(self) -> Scalars:
        return Scalars([row[0] for row in self._rows])

    def mappings(self) -> list[Any]:
        return [row._mapping for row in self._rows]


class Scalars(list[Any]):
    """The first column."""

    def all(self) -> list[Any]:
        return self

    def first(self) -> Any:
        return self[0] if self else None


class Thin:
    """What the product takes for a SQLAlchemy connection."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.dialect = _dialect()

    def execute(self, statement: Any, given: Any = None) -> Answer:
        if isinstance(given, (list, tuple)):
            keys = list(given[0])
            plan, fixed = _planned(statement, keys, many=True)
            ready = [plan.ready({**fixed, **dict(plan.given), **one}) for one in given]
            return Answer([], self.raw.executemany(ready[0][0], [arguments for _text, arguments in ready]))
        kept = _KEPT.get(id(statement))
        if kept is not None and kept[0] is statement and (not given or kept[3] == given.keys()):
            plan, fixed = kept[1], kept[2]
        else:
            plan, fixed = _planned(statement, list(given or ()))
            if len(_KEPT) > MOST_KEPT:
                _KEPT.clear()
            _KEPT[id(statement)] = (statement, plan, fixed, frozenset(given or ()))
        values = {**fixed, **given} if given else fixed
        if plan.simple is not None:
            cursor = self.raw.execute(plan.text, plan.simple(values))
        else:
            cursor = self.raw.execute(*plan.ready(values))
        if plan.row is None:
            return Answer([], cursor)
        return Answer(list(map(plan.row, cursor.fetchall())), cursor)

    def exec_driver_sql(self, text: str, given: Any = None) -> Answer:
        if isinstance(given, list):
            return Answer([], self.raw.executemany(text, given))
        cursor = self.raw.execute(text, given or ())
        row = _TEXTS.get(text)
        if row is None:
            if cursor.description is None:
                return Answer([], cursor)
            row = _TEXTS[text] = _rows(tuple(one[0] for one in cursor.description), None)
        return Answer(list(map(row, cursor.fetchall())), cursor)


MOST_KEPT = 2_000
#: By the statement itself, which is kept alive with it: those the product builds once are found here ever after.
_KEPT: dict[int, tuple[Any, Statement, dict[str, Any], frozenset[str]]] = {}
_TEXTS: dict[str, Any] = {}  # what the rows of a text are called
_COMPILED: dict[Any, Any] = {}
_PLANS: dict[int, Statement] = {}


def _planned(statement: Any, keys: Sequence[str], many: bool = False) -> tuple[Statement, dict[str, Any]]:
    """The compiled form, from the shelf where the same was asked before, and the values the statement itself holds."""
    found = statement._compile_w_cache(_dialect(), compiled_cache=_COMPILED, column_keys=keys, for_executemany=many)
    compiled, extracted, held = found[0], found[1], found[2]
    plan = _PLANS.get(id(compiled))
    if plan is None:
        plan = _PLANS[id(compiled)] = Statement(compiled)
        _COMPILED[id(compiled)] = compiled  # an id is only as good as the object is alive
    values = dict(compiled.construct_params(held, extracted_parameters=extracted, _check=False))
    values.update(plan.given)
    return plan, values


@cache
def _dialect() -> Any:
    engine = create_engine("sqlite://", module=driver)
    with engine.connect():
        return engine.dialect


@cache
def _empty(which: type) -> Any:
    """A database as the product makes it, without anything in it."""
    raw = driver.connect(":memory:", isolation_level=None, check_same_thread=False)
    with TemporaryDirectory(prefix="liaison-sim-") as folder:
        if which is Profile:
            made: Any = profile.Database(Path(folder) / "made", None)
            source = made._engine.raw_connection()
        else:
            made = platform.Database(Path(folder))
            source = made.engine.raw_connection()
        source.driver_connection.backup(raw)
        source.close()
        made.close()
    if which is Platform:
        raw.execute("DELETE FROM meta")
    else:
        raw.executescript(_TOUCHED)
    return raw


#: Which records a commit bears on: ``watch`` looks at no other.
_TOUCHED = "CREATE TABLE touched (record TEXT PRIMARY KEY) WITHOUT ROWID;" + "".join(
    f"CREATE TRIGGER touched_{table}_{act} AFTER {act} ON {table} BEGIN INSERT OR IGNORE INTO touched VALUES ({row}.{name}); END;"
    for table, name in (("record", "id"), ("change", "record"), ("feed", "record"), ("conflict", "record"))
    for act, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old"))
)


class Disk(dict[Path, Any]):
    """The databases of a world by path."""

    def new(self, path: Path, which: type) -> Any:
        """The database at a path, made where there is none."""
        if path not in self:
            self[path] = _USED[which].pop() if _USED[which] else _copied(_empty(which))
        return self[path]

    def copy(self, source: Path, target: Path) -> None:
        """The database of one folder copied into another, over what is there."""
        for path, raw in list(self.items()):
            if path.parent == source:
                self[target / path.name] = _copied(raw, self.get(target / path.name))

    def close(self) -> None:
        """Emptied databases are used again: what SQLite knows of their statements is half of what a short question costs."""
        for path, raw in self.items():
            which = Platform if path.name == platform.FILE else Profile
            if raw.in_transaction or len(_USED[which]) > MOST_USED:
                raw.close()
            else:
                for table in _tables(which):
                    raw.execute(f"DELETE FROM {table}")
                _USED[which].append(raw)
        self.clear()


MOST_USED = 40
_USED: defaultdict[type, list[Any]] = defaultdict(list)


@cache
def _tables(which: type) -> list[str]:
    """All tables of a database that hold something of their own."""
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'words%' ORDER BY name = 'touched'"
    return [f'"{row[0]}"' for row in _empty(which).execute(named)]


def _copied(raw: Any, into: Any = None) -> Any:
    made = into or driver.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=600)
    raw.backup(made)
    return made


DISK = Disk()


class _Reading:
    """What a ``with`` gets for reading."""

    def __init__(self, thin: Thin) -> None:
        self.thin = thin

    def __enter__(self) -> Connection:
        assert not self.thin.raw.in_transaction, "on files this would see what was before"
        return cast(Connection, self.thin)

    def __exit__(self, *_error: object) -> None:
        pass


class _Door:
    """Reading and writing over one connection: a history has one thread, and nobody reads while somebody writes."""

    raw: Any
    thin: Thin

    def read(self) -> Any:
        return _Reading(self.thin)

    @contextmanager
    def write(self, *_units: str, lasting: bool = True) -> Iterator[Connection]:
        raw = self.raw
        raw.execute("BEGIN IMMEDIATE")
        try:
            yield cast(Connection, self.thin)
        except BaseException:
            raw.execute("ROLLBACK")
            raise
        raw.execute("COMMIT")

    def close(self) -> None:
        """The process goes, the disk stays."""


class Profile(_Door, profile.Database):
    """A laptop's database."""

    def __init__(self, path: Path, key: bytes | None) -> None:
        self.path, self.raw = path, DISK.new(path, Profile)
        self.thin = Thin(self.raw)


class Platform(_Door, platform.Database):
    """The platform's database."""

    snapshot = _Door.read

    def __init__(self, directory: Path | None = None, url: str = "") -> None:
        assert directory is not None and not url
        directory.mkdir(parents=True, exist_ok=True)
        self.directory, self.postgres, self.raw = directory, False, DISK.new(directory / platform.FILE, Platform)
        self.thin = Thin(self.raw)
        self._open()

    def _tables(self, connection: Connection) -> None:
        """They were copied."""


class PublicKey:
    """A key that tells who signed, as Ed25519 does, at a hundredth of the cost. Nobody in a history knows how it is made."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    from_public_bytes = classmethod(lambda cls, raw: cls(raw))

    def public_bytes_raw(self) -> bytes:
        return self.raw

    def verify(self, signature: bytes, message: bytes) -> None:
        if not hmac.compare_digest(signature, hmac.digest(self.raw, message, "sha512")):
            raise InvalidSignature


class Key:
    """Its private half."""

    def __init__(self, raw: bytes) -> None:
        self._public = PublicKey(hashlib.sha256(b"public" + raw).digest())

    from_private_bytes = classmethod(lambda cls, raw: cls(raw))

    def public_key(self) -> PublicKey:
        return self._public

    def sign(self, message: bytes) -> bytes:
        return hmac.digest(self._public.raw, message, "sha512")


def instead() -> list[Any]:
    """The patches that put these doors into the product."""
    for which in (Profile, Platform):
        _empty(which)  # before anybody's chance is in a history's hands
    return [
        mock.patch("sync.workspace.Database", Profile),
        mock.patch("sync.server.service.Database", Platform),
        mock.patch("sync.server.seal.Ed25519PrivateKey", Key),
        mock.patch("sync.sealed.Ed25519PublicKey", PublicKey),
    ]
