"""The platform's database: SQLite through sqlcipher3 (no key) or PostgreSQL, with one door for writing.

SQLite runs in WAL mode with synchronous=FULL, so what was answered survives a power cut; every write begins with
BEGIN IMMEDIATE, because a read that turns into a write half-way fails with "database is locked" instead of
waiting. On PostgreSQL a write first locks the feed heads of its units in ascending order: one unit's changes are
decided one after the other, and two writers can never wait for each other in a circle.
The standard library's sqlite3 must never open the same file: two SQLite libraries in one process break locks.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    Engine,
    Table,
    bindparam,
    create_engine,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from sync.errors import Damage, NeedsPerson
from sync.messages import GENESIS, compact
from sync.server import schema

dumps = compact
_T = TypeVar("_T")
RETRIES = 5
SAFE_SQLITE = (3, 51, 3)  # older ones can damage a WAL database when it is reset
FILE = "platform.sqlite"
RECEIVED = "received"  # counts up whenever a paper is in
MARK = "tables"  # counts up whenever a small table or an official figure may have changed

_SETTING = select(schema.meta.c.value).where(schema.meta.c.name == bindparam("name"))


class NewerPlatform(NeedsPerson):
    """平台数据库是更新版本的程序写的."""

    code = "newer_platform"
    exit_status: ClassVar[int] = 7
    sentence = ("平台数据库是更新版本的程序写的（{detail}）", "The platform's database was written by a newer version ({detail})")
    help = ("请更新平台程序；数据没有动过。", "Update the platform; nothing was touched.")


class UnsafeSqlite(Damage):
    """SQLite 版本过旧，可能损坏数据库."""

    code = "unsafe_sqlite"
    exit_status = 7
    sentence = ("SQLite {detail} 有已知的损坏缺陷，平台拒绝启动", "SQLite {detail} has a known corruption bug; the platform will not start")
    help = ("请安装 sqlcipher3 0.6.4 或更新版本。", "Install sqlcipher3 0.6.4 or newer.")


def now() -> str:
    """This moment, RFC 3339 UTC with microseconds, always of the same width."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Database:
    """One engine and the doors to it. ``directory`` is used by SQLite; ``url`` names a PostgreSQL database."""

    def __init__(self, directory: Path | None = None, url: str = "") -> None:
        self.directory = directory
        self.postgres = bool(url)
        self._door = threading.Lock()
        if url:
            self.engine = create_engine(url, pool_size=8, max_overflow=16, pool_pre_ping=True)
        elif directory is not None:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.engine = _sqlite(directory / FILE)
        else:
            raise ValueError("a database needs a directory or an address")
        self._open()

    def _open(self) -> None:
        """Make the tables of a new database; refuse one written by a newer version."""
        with self.write() as connection:
            self._tables(connection)
            held = self.value(connection, "schema")
            if held is None:
                self.set(connection, "schema", str(schema.VERSION))
                self.set(connection, "epoch", secrets.token_hex(8))
                self.set(connection, "created_at", now())
            elif int(held) > schema.VERSION:
                raise NewerPlatform(held)

    def _tables(self, connection: Connection) -> None:
        if self.postgres:  # two starting workers must not both create the tables
            connection.execute(text("SELECT pg_advisory_xact_lock(7146021)"))
        schema.metadata.create_all(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """For a few questions; never waits for a writer."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One view of everything for as long as it takes, whatever is written meanwhile."""
        level = {"isolation_level": "REPEATABLE READ"} if self.postgres else {}
        with self.engine.connect().execution_options(**level) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *units: str, lasting: bool = True) -> Iterator[Connection]:
        """One transaction that may write to the feeds of ``units``; commits at the end, rolls back on any error.

        Not ``lasting``: what may be missing after a power cut, because nobody was promised it; it waits for no disk.
        """
        with (
            self._door, self.engine.connect().execution_options(write=True) as connection,
            nullcontext() if lasting else self._sparing(connection), connection.begin(),
        ):  # fmt: skip
            if self.postgres and not lasting:
                connection.execute(text("SET LOCAL synchronous_commit TO off"))
            if units and self.postgres:
                connection.execute(
                    select(schema.head.c.unit)
                    .where(schema.head.c.unit.in_(units))
                    .order_by(schema.head.c.unit)
                    .with_for_update()
                )
            yield connection

    @contextmanager
    def _sparing(self, connection: Connection) -> Iterator[None]:
        """SQLite's commits on this connection do not wait for the disk meanwhile; the next lasting one takes them along."""
        raw = None if self.postgres else connection.connection.driver_connection
        try:
            if raw is not None:
                raw.execute("PRAGMA synchronous=NORMAL").close()
            yield
        finally:
            if raw is not None:
                raw.execute("PRAGMA synchronous=FULL").close()

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @staticmethod
    def value(connection: Connection, name: str) -> str | None:
        """A setting of the platform itself (epoch, schema …)."""
        found = connection.execute(_SETTING, {"name": name}).scalar()
        return None if found is None else str(found)

    @staticmethod
    def set(connection: Connection, name: str, value: str) -> None:
        """Write a setting of the platform itself."""
        put(connection, schema.meta, ("name",), [{"name": name, "value": value}])

    def mark(self, connection: Connection) -> None:
        """Say that small tables or official figures may have changed."""
        self.count_up(connection, MARK)

    @classmethod
    def count_up(cls, connection: Connection, name: str) -> None:
        """Raise a counter of the platform (MARK, RECEIVED)."""
        cls.set(connection, name, str(int(cls.value(connection, name) or 0) + 1))

    def epoch(self, connection: Connection) -> str:
        """The name of this history; a restored backup gets a new one."""
        return self.value(connection, "epoch") or ""

    @staticmethod
    def open_feed(connection: Connection, unit: str) -> None:
        """Give a unit its feed, once."""
        if connection.execute(select(schema.head.c.unit).where(schema.head.c.unit == unit)).first() is None:
            connection.execute(insert(schema.head).values(unit=unit, seq=0, chain=GENESIS))


def put(connection: Connection, table: Table, keys: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows or replace those with the same ``keys``; all rows have the same columns."""
    _many(connection, table, tuple(keys), rows)


def add(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert new rows; all have the same columns."""
    _many(connection, table, (), rows)


def _many(connection: Connection, table: Table, keys: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> None:
    """The statement is compiled once and the driver is given plain rows: a third of what Core takes for a push."""
    listed = list(rows)
    if listed:
        text, places = _statement(connection.dialect, table, keys, tuple(listed[0]))
        plain = [*map(itemgetter(*places), listed)] if places else [dict(row) for row in listed]
        connection.exec_driver_sql(text, plain)


@lru_cache(256)
def _statement(dialect: Dialect, table: Table, keys: tuple[str, ...], columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """An insert's text and, where the driver counts places instead of naming them, which column stands in which."""
    if dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as upsert
    else:
        from sqlalchemy.dialects.sqlite import insert as upsert  # type: ignore[assignment]
    statement = upsert(table)
    others = {name: statement.excluded[name] for name in columns if name not in keys}
    if keys and others:
        statement = statement.on_conflict_do_update(index_elements=list(keys), set_=others)
    elif keys:
        statement = statement.on_conflict_do_nothing(index_elements=list(keys))
    compiled = statement.compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), tuple(compiled.positiontup or ()) if dialect.positional else ()


def retried(act: Callable[[], _T]) -> _T:
    """Run a transaction again where PostgreSQL chose it to end a deadlock (a recount reached another unit's feed)."""
    for attempt in range(RETRIES):
        try:
            return act()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") not in ("40P01", "40001") or attempt == RETRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


_BUMP = (
    update(schema.head)
    .where(schema.head.c.unit == bindparam("of"))
    .values(seq=schema.head.c.seq + bindparam("by", type_=BigInteger))
    .returning(schema.head.c.seq, schema.head.c.chain)
)


def bump(connection: Connection, unit: str, by: int) -> tuple[int, str]:
    """Take ``by`` places in a unit's feed; returns the last seq before and the chain there."""
    row = connection.execute(_BUMP, {"of": unit, "by": by}).one()
    return int(row.seq) - by, str(row.chain)


def _sqlite(path: Path) -> Engine:
    import sqlcipher3.dbapi2 as driver

    if driver.sqlite_version_info < SAFE_SQLITE:
        raise UnsafeSqlite(driver.sqlite_version)

    def connect() -> Any:
        connection = driver.connect(str(path), timeout=30, isolation_level=None, check_same_thread=False)
        for pragma in ("cipher_log_level=NONE", "busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "cache_size=-32000"):
            connection.execute(f"PRAGMA {pragma}").close()
        return connection

    path.touch(mode=0o600)
    engine = create_engine("sqlite://", module=driver, creator=connect, poolclass=QueuePool, pool_size=8, max_overflow=32)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
