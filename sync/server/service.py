"""The platform put together: database, keys, accounts, ledger and files, opened from its settings.

The web application and every command open the same thing, so commands work beside a running ``serve``: what they
share is the database. Settings come from options or from ``LIAISON_SERVER_*``. This module must not know HTTP.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from sync.messages import canonical
from sync.server import counting, judge, units
from sync.server.accounts import Accounts
from sync.server.blobs import open_blobs
from sync.server.database import MARK, RECEIVED, Database
from sync.server.elsewhere import Elsewhere
from sync.server.ledger import Ledger
from sync.server.schema import meta, published
from sync.server.seal import Seal
from sync.server.settings import Settings
from sync.server.uploads import MAX_FILE_BYTES, Uploads


class Service:
    """One opened platform."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.database = Database(None if settings.database_url else settings.data, settings.database_url)
        self.seal = Seal(self.database)
        self.accounts = Accounts(self.database, self.seal)
        self.ledger = Ledger(self.database, self.seal)
        self.blobs = open_blobs(settings.data, settings.blobs)
        self.uploads = Uploads(self.database, self.blobs, self.ledger, self.largest_file)
        self.elsewhere = Elsewhere(self.seal)
        self._digests: dict[tuple[str, str], tuple[Any, str]] = {}
        self._cached: tuple[str, dict[str, dict[str, Any]], list[Any]] = ("", {}, [])

    def close(self) -> None:
        """Give everything back."""
        self.database.close()

    def parameter(self, name: str, default: int) -> int:
        """A published whole-number parameter of the platform, else ``default``."""
        with self.database.read() as connection:
            text = connection.execute(_PARAMETER, {"name": name}).scalar()
        value = json.loads(text) if text else None
        return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default

    def largest_file(self) -> int:
        """The most bytes one file may have."""
        return self.parameter("max_file_bytes", MAX_FILE_BYTES)

    def tables(self, unit_code: str) -> dict[str, Any]:
        """The small tables of a unit, official figures among them; computed again only after something changed."""
        with self.database.read() as connection:
            told = {row.name: row.value for row in connection.execute(_MARKS)}
            mark = f"{told.get('epoch', '')}{told.get(MARK)}"
            received = f"{mark}/{told.get(RECEIVED)}"
            if self._cached[0] != mark:
                self._cached = (mark, {}, counting.items(connection))
            _mark, known, items = self._cached
            if unit_code not in known:
                tables = units.small_tables(connection, unit_code)
                tables["unit"]["parcel_key"] = self.seal.unit_key(unit_code)
                tables["counted"] = counting.figures(connection, unit_code, items, judge.parameters(connection))
                known[unit_code] = tables
            return {**known[unit_code], "known": self.elsewhere.table(connection, unit_code, received)}

    def news(self, unit_code: str, held: Mapping[str, Any]) -> dict[str, Any]:
        """Those small tables whose hash does not begin with what the laptop says it holds (16 or more of the 64 hex
        characters of the SHA-256 of the canonical bytes).
        """
        return {
            name: value
            for name, value in self.tables(unit_code).items()
            if not _knows(held.get(name), self._digest(unit_code, name, value))
        }

    def _digest(self, unit_code: str, name: str, value: Any) -> str:
        known = self._digests.get((unit_code, name))
        if known is None or known[0] is not value:  # a table is made anew where it may have changed
            known = self._digests[unit_code, name] = (value, hashlib.sha256(canonical(value)).hexdigest())
        return known[1]


_PARAMETER = select(published.c.value).where(published.c.area == "parameters", published.c.name == bindparam("name"))
_MARKS = select(meta.c.name, meta.c.value).where(meta.c.name.in_(("epoch", MARK, RECEIVED)))


def _knows(said: Any, digest: str) -> bool:
    return isinstance(said, str) and len(said) >= 16 and digest.startswith(said)
