"""Tables of the platform, the same on SQLite and PostgreSQL.

JSON values are kept as text in their canonical form: the feed's chain is made of those bytes, so they must come
back as they went in. Instants are RFC 3339 UTC text of one width, which sorts by time. Everything a unit owns
carries its ``unit``; every question a liaison's laptop can ask is asked with it.
This module must not know the rules, HTTP or files.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, UniqueConstraint

VERSION = 1  # of this schema; a newer database is refused, never guessed at

metadata = MetaData()


def _key(name: str, length: int = 64) -> Column[str]:
    return Column(name, String(length), primary_key=True)


def _word(name: str, length: int = 64, default: str = "") -> Column[str]:
    return Column(name, String(length), nullable=False, default=default, server_default=default)


def _text(name: str, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, default=default, server_default=default)


def _number(name: str, default: int = 0) -> Column[int]:
    return Column(name, BigInteger, nullable=False, default=default, server_default=str(default))


# ---------------------------------------------------------------------------------- the platform and its units

meta = Table("meta", metadata, _key("name"), _text("value"))
secret = Table("secret", metadata, _key("name"), Column("value", LargeBinary, nullable=False))

unit = Table(
    "unit", metadata, _key("code"), _text("name"), _text("name_en"), _text("pinyin"), _word("kind"), _word("tier"),
    _word("counts"), _number("has_liaison"), _number("active"), _text("source"), _text("note"),
)  # fmt: skip

#: A target that is issued again gets a higher ``rev``; the old ones stay to be seen.
target = Table(
    "target", metadata, _key("unit"), Column("year", Integer, primary_key=True), _key("metric"),
    Column("rev", Integer, primary_key=True), _number("value"), _text("doc"), _word("issued_at"),
)  # fmt: skip

#: Lists and parameters the platform publishes: ``area`` is "lists" or "parameters".
published = Table("published", metadata, _key("area"), _key("name"), _text("value"), _word("at"))

# ------------------------------------------------------------------------------------------------- who may enter

liaison = Table(
    "liaison", metadata, _key("id"), _word("unit"), _text("name"), _word("role"), _word("created_at"),
    _word("closed_at"), _word("successor"), Index("liaison_unit", "unit"),
)  # fmt: skip

#: ``handle`` is the first group of an enrolment code and finds the row; of the rest only a hash is kept.
code = Table(
    "code", metadata, _key("handle"), _word("hash"), _word("liaison"), _word("expires_at"), _number("tries"),
    _word("used_at"), _word("used_by"), _word("device"),
)  # fmt: skip

#: Wrong codes by network address: the wait grows with ``wrong``.
attempt = Table("attempt", metadata, _key("address"), _number("wrong"), _word("last"))

device = Table(
    "device", metadata, _key("id"), _word("liaison"), _word("unit"), _word("key"), _text("jwk"), _word("token"),
    _word("state", default="active"), _text("name"), _word("enrolled_at"), _word("last_seen"), _text("pending", "{}"),
    _word("version"), UniqueConstraint("token", name="device_token"), Index("device_liaison", "liaison"),
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ records, feeds

record = Table(
    "record", metadata, _key("id"), _word("unit"), _word("kind"), _text("fields", "{}"), _word("workflow"),
    _word("stage"), _number("version"), _word("number"), _word("received_at"), _text("facts", "{}"),
    _text("amendment", "{}"), _text("stamps", "{}"), _word("created_at"), _word("updated_at"),
    Index("record_unit", "unit", "kind"), Index("record_kind", "kind", "workflow"), Index("record_number", "number"),
)  # fmt: skip

#: Every change ever decided, never dropped: a laptop may send one again years later.
change = Table(
    "change", metadata, _key("id"), _word("hash"), _word("unit"), _word("record"), _number("seq"), _text("problems", "[]"),
)  # fmt: skip

head = Table("head", metadata, _key("unit"), _number("seq"), _word("chain"))

feed = Table(
    "feed", metadata, _key("unit"), Column("seq", BigInteger, primary_key=True), _word("record"), _word("change"),
    _word("device"), _number("version"), _text("body"), _word("chain"),
    Index("feed_record", "record", "version"), Index("feed_change", "change"),
)  # fmt: skip

conflict = Table(
    "conflict", metadata, _key("id"), _word("unit"), _word("record"), _word("state", default="open"), _text("body"),
    _text("outcome"), Index("conflict_record", "record", "state"), Index("conflict_unit", "unit", "state"),
)  # fmt: skip

#: Changes that were refused: what was typed is kept for the centre.
quarantine = Table(
    "quarantine", metadata, _key("id"), _word("unit"), _word("record"), _word("code"), _text("body"), _word("at"),
)  # fmt: skip

series = Table("series", metadata, _key("name"), _number("last"))

# ------------------------------------------------------------------------------------------------------ evidence

#: What evidence records say of files, one row a record; ``complete`` once this unit has delivered the bytes.
paper = Table(
    "paper", metadata, _key("id"), _word("unit"), _word("subject"), _word("kind"), _word("sha256"), _number("bytes"),
    _number("removed"), _number("complete"), Index("paper_subject", "subject"), Index("paper_wanted", "unit", "complete"),
    Index("paper_digest", "sha256"),
)  # fmt: skip

blob = Table("blob", metadata, _key("sha256"), _number("bytes"), _word("at"))

#: A unit that delivered the bytes of a digest itself; only that opens the file to it.
holding = Table("holding", metadata, _key("unit"), _key("sha256"), _word("at"))

upload = Table(
    "upload", metadata, _key("unit"), _key("sha256"), _number("length"), _text("filename"), _word("created_at"),
    _word("device"),
)  # fmt: skip
