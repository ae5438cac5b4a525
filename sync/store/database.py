"""Opening a profile's database, and the one door for writing.

SQLCipher through ``sqlcipher3`` with a raw key (no key: a plain file, as the tests of speed use it); WAL,
synchronous=FULL: with NORMAL a power cut lost acknowledged commits. Every write holds an in-process lock and
begins IMMEDIATE, so two writers wait instead of failing; no transaction spans anything slow. The same library
serves every connection of a process: two SQLite libraries on one file break its locks. Versions with the
WAL-reset corruption (before 3.51.3) are refused. Driver errors leave here as ``sync.errors``.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import sqlcipher3.dbapi2 as driver
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from sync import errors
from sync.store.tables import SCHEMA, change, metadata, record, unworded


def _words_later(connection: Connection) -> None:
    """2: words of records may be written later than the records."""
    unworded.create(connection)


def _marks_and_indexes(connection: Connection) -> None:
    """3: records are marked when they change, and lists are read from indexes alone."""
    connection.exec_driver_sql("ALTER TABLE record ADD COLUMN mark INTEGER DEFAULT '0' NOT NULL")
    for name in ("record_list", "record_recent", "record_count", "record_state"):
        connection.exec_driver_sql(f"DROP INDEX {name}")
    fresh = {"record_list", "record_count", "record_mark", "record_stage", "record_digest", "change_step"}
    for index in (*record.indexes, *change.indexes):
        if index.name in fresh:
            index.create(connection)


#: From version -> step; each has a test with real data.
MIGRATIONS: dict[int, Callable[[Connection], None]] = {1: _words_later, 2: _marks_and_indexes}
SOUND = (3, 51, 3)


class Database:
    """A profile's database. Safe to use from several threads; close it before the folder goes."""

    def __init__(self, path: Path, key: bytes | None) -> None:
        """Open or create ``path``; ``key`` is 32 raw bytes. Raises ``errors`` for wrong key, damage or newer data."""
        if sqlite_version() < SOUND:
            raise errors.DamagedStore(f"SQLite {driver.sqlite_version} < {'.'.join(map(str, SOUND))}")
        self.path = path
        self._key = key
        self._door = threading.RLock()
        self._engine = create_engine(
            "sqlite://", module=driver, creator=self._connect, poolclass=QueuePool, pool_size=4, max_overflow=8,
            pool_use_lifo=True,  # the connection whose pages are in memory, deciphered, is the next one to be asked
        )
        event.listen(self._engine, "begin", _begin)
        with said(path):
            self._migrate()

    def _connect(self) -> driver.Connection:
        connection = driver.connect(str(self.path), isolation_level=None, check_same_thread=False, timeout=20)
        cursor = connection.cursor()
        cursor.execute("PRAGMA cipher_log_level = NONE")
        if self._key is not None:
            cursor.execute(f"PRAGMA key = \"x'{self._key.hex()}'\"")
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "temp_store=MEMORY",
            "foreign_keys=ON",
            "cache_size=-16000",
        ):
            cursor.execute("PRAGMA " + pragma)
        cursor.close()
        return connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for short queries; it sees the last commit."""
        with said(self.path), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, lasting: bool = True) -> Iterator[Connection]:
        """The write door: one writer at a time, committed as a whole or not at all.

        Not ``lasting``: a note that may be missing after a power cut (never after a kill), because the platform knows it
        too. It does not wait for the disk.
        """
        with said(self.path), self._door, self._engine.connect() as opened:
            connection = opened.execution_options(immediate=True)
            with _sparing(connection) if not lasting else nullcontext(), connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def problems(self) -> list[str]:
        """What SQLite and the cipher's checksums say is wrong; empty: sound."""
        with self.read() as connection:
            found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(20)") if row[0] != "ok"]
        with said(self.path):
            whole = self._checkpointed()
        with self.read() as connection:
            if self._key is not None and whole:
                found += [str(row[0]) for row in connection.exec_driver_sql("PRAGMA cipher_integrity_check")]
            return found

    def _checkpointed(self) -> bool:
        """Whether the file itself holds everything now: a killed process may have left half a page whose whole is in the log."""
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()
            return busy is not None and busy[0] == 0
        finally:
            connection.close()

    def copy(self, target: Path) -> None:
        """A consistent copy under the same key, while others go on working."""
        with said(target):
            connection = self._engine.raw_connection()  # outside any transaction, as VACUUM wants it
            try:
                connection.cursor().execute("VACUUM INTO ?", (str(target),))
            finally:
                connection.close()

    def _migrate(self) -> None:
        with self.read() as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if found == SCHEMA:
            return
        if found > SCHEMA:
            raise errors.NewerProfile(f"{found} > {SCHEMA}")
        if found:
            self.copy(self.path.with_name(f"{self.path.stem}-v{found}.sqlite"))
        with self.write() as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if found == 0:
                metadata.create_all(connection)
                connection.exec_driver_sql(
                    # "ascii" splits at spaces only where the words are cut already, and need not look every character up
                    "CREATE VIRTUAL TABLE words USING fts5(grams, content='', contentless_delete=1, tokenize='ascii')"
                )
            for step in range(found or SCHEMA, SCHEMA):
                MIGRATIONS[step](connection)
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")


@contextmanager
def _sparing(connection: Connection) -> Iterator[None]:
    """Commits of this connection do not wait for the disk meanwhile; the next lasting one takes them along."""
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101  it is connected
    raw.execute("PRAGMA synchronous=NORMAL").close()
    try:
        yield
    finally:
        raw.execute("PRAGMA synchronous=FULL").close()


def sqlite_version() -> tuple[int, ...]:
    """The version of the SQLite this process uses."""
    return tuple(int(part) for part in driver.sqlite_version.split("."))


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def said(path: Path) -> Iterator[None]:
    """Driver errors as what a person can act on."""
    try:
        yield
    except (DBAPIError, driver.Error) as error:
        text = str(error.orig if isinstance(error, DBAPIError) else error).lower()
        if "full" in text or ("disk i/o" in text and shutil.disk_usage(path.parent).free < 1_000_000):
            raise errors.DiskFull from error
        if "readonly" in text or "unable to open" in text:
            raise errors.ReadOnly(str(path.parent)) from error
        if "locked" in text or "busy" in text:
            raise errors.Busy from error
        if "disk i/o" in text:  # a quota, a dying disk; damaged pages are "malformed"
            raise errors.DiskTrouble(path.name) from error
        if "not a database" in text or "malformed" in text or "hmac" in text:
            raise errors.DamagedStore(path.name) from error
        raise
