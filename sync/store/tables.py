"""The tables of a profile, and the schema's version.

A record is kept twice: ``base`` is what the platform last said, ``fields`` what the liaison sees (base with his
own unseen changes on top). ``change`` rows are never dropped: after a platform was restored from a backup they
are what its lost work comes back from. ``feed`` is the platform's history of this unit, row by row, with its
chain. JSON columns hold canonical text. Times are RFC 3339 UTC.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, func, literal_column, or_

SCHEMA = 3  # PRAGMA user_version; raise it together with a step in ``database.MIGRATIONS``

metadata = MetaData()

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

record = Table(
    "record", metadata,
    Column("n", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("unit", Text, nullable=False, server_default=""),
    Column("base", Text),  # null: the platform does not have it yet; empty: the same as ``fields``
    Column("base_workflow", Text),
    Column("fields", Text, nullable=False, server_default="{}"),
    Column("workflow", Text),
    Column("facts", Text, nullable=False, server_default="{}"),
    Column("amendment", Text, nullable=False, server_default="{}"),
    Column("refusals", Text, nullable=False, server_default="[]"),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("title", Text, nullable=False, server_default=""),
    Column("about", Text),  # the record this one hangs on: its subject, company or owner
    Column("day", Text),  # the day it belongs to, for year filters
    Column("sync_state", Text, nullable=False, server_default="local"),
    Column("batch", Text),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("mark", Integer, nullable=False, server_default="0"),  # another, higher one whenever the record's look is worked out anew
)  # fmt: skip
# lists and counts must not open the records themselves: of 20,000 that took a tenth of a second for every list
Index("record_list", record.c.updated_at, record.c.kind, record.c.workflow, record.c.sync_state, record.c.unit, record.c.day)
Index("record_count", record.c.kind, record.c.workflow, record.c.sync_state, record.c.day, record.c.unit)
Index("record_about", record.c.about)
Index("record_mark", record.c.mark)
IN_SIGHT = or_(record.c.workflow.is_(None), record.c.workflow != "deleted")
#: A record's business stage as the platform told it, and the digest of a paper's file: looked up, so an index each.
STAGE = func.json_extract(record.c.facts, literal_column("'$.stage'"))
DIGEST = func.json_extract(record.c.fields, literal_column("'$.sha256'"))
Index("record_stage", STAGE, record.c.kind, sqlite_where=STAGE.is_not(None))
EVIDENCE = record.c.kind == literal_column("'evidence'")
Index("record_digest", DIGEST, sqlite_where=EVIDENCE)

change = Table(
    "change", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("record", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="new"),  # new, sent (perhaps arrived), seen
    Column("seq", Integer),
    sqlite_autoincrement=True,
)  # fmt: skip
Index("change_record", change.c.record)
Index("change_waiting", change.c.state, change.c.record, sqlite_where=change.c.state != "seen")
#: With the word in the text: given as a parameter SQLite would plan the question anew each time to see whether the index fits.
UNSEEN = change.c.state != literal_column("'seen'")
#: The stage an own step leads to.
STEP = func.json_extract(change.c.body, literal_column("'$.stage[1]'"))
Index("change_step", STEP, change.c.record, change.c.state, sqlite_where=STEP.is_not(None))

feed = Table(
    "feed", metadata,
    Column("seq", Integer, primary_key=True),
    Column("change", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("chain", Text, nullable=False),
)  # fmt: skip
Index("feed_record", feed.c.record)

#: The platform's signature under each place a page led to: proof that the rows up to there are its own.
receipt = Table(
    "receipt", metadata,
    Column("seq", Integer, primary_key=True), Column("epoch", Text, nullable=False), Column("signature", Text, nullable=False),
)  # fmt: skip

#: Rows that a platform restored from a backup had lost, by stretches between two receipts, until they were seen again.
#: ``given``: the platform's head [epoch, seq, chain] after it took a stretch back.
stretch = Table(
    "stretch", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("chain", Text, nullable=False),  # before its first row
    Column("head", Text, nullable=False),  # [epoch, seq, chain, signature] at its last row
    Column("given", Text),
)  # fmt: skip
lost = Table(
    "lost", metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("stretch", Integer, nullable=False),
    Column("change", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("body", Text, nullable=False),
)  # fmt: skip
Index("lost_record", lost.c.record)
Index("lost_stretch", lost.c.stretch)

conflict = Table(
    "conflict", metadata,
    Column("id", Text, primary_key=True),
    Column("record", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("body", Text, nullable=False),
)  # fmt: skip
Index("conflict_record", conflict.c.record)

file = Table(
    "file", metadata,
    Column("sha256", Text, primary_key=True),
    Column("bytes", Integer, nullable=False),
    Column("mime", Text, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("state", Text, nullable=False, server_default="local"),  # local, uploading, complete
    Column("offset", Integer, nullable=False, server_default="0"),
    Column("place", Text, nullable=False, server_default=""),  # the platform's address of a begun upload
    Column("problem", Text, nullable=False, server_default=""),
    Column("added_at", Text, nullable=False),
)  # fmt: skip

#: Records whose words for searching are still to be written (``words``).
unworded = Table("unworded", metadata, Column("n", Integer, primary_key=True))

round_ = Table("round", metadata, Column("n", Integer, primary_key=True), Column("body", Text, nullable=False))

batch = Table(
    "batch", metadata,
    Column("id", Text, primary_key=True), Column("at", Text, nullable=False), Column("body", Text, nullable=False),
)  # fmt: skip
