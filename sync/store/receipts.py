"""What the platform has confirmed of a record, with the proof: its row in the feed and the next signed head.

The rows from there to the head lead from one chain to the other, and the platform's signature stands under the head;
so the row is the platform's own word, whatever it says later. Must not know keys or rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from sync.messages import GENESIS
from sync.store.database import Database
from sync.store.tables import feed, meta, receipt


@dataclass(frozen=True, slots=True)
class Proof:
    """A record's newest row and what proves it. ``rows``: from it to the head's, in order; ``before``: the chain before."""

    before: str
    rows: Sequence[Mapping[str, Any]]
    head: tuple[str, int, str, str]  # epoch, seq, chain, signature


def proof_of(database: Database, record_id: str) -> Proof | None:
    """The proof of a record's newest version the platform told; None where it told none, or nothing signed yet."""
    with database.read() as connection:
        rows = connection.execute(select(feed.c.seq, feed.c.body).where(feed.c.record == record_id).order_by(feed.c.seq.desc()))
        first = next((row.seq for row in rows if _says_something(json.loads(row.body))), None)
        if first is None:
            return None
        signed = connection.execute(select(receipt).where(receipt.c.seq >= first).order_by(receipt.c.seq).limit(1)).one_or_none()
        if signed is None:
            return None
        before = connection.execute(select(feed.c.chain).where(feed.c.seq == first - 1)).scalar_one_or_none()
        span = select(feed.c.seq, feed.c.body, feed.c.chain).where(feed.c.seq.between(first, signed.seq)).order_by(feed.c.seq)
        held = connection.execute(span).all()
        epoch = signed.epoch or json.loads(connection.execute(select(meta.c.value).where(meta.c.key == "cursor")).scalar_one())[0]
    head = (epoch, int(signed.seq), str(held[-1].chain), str(signed.signature))
    return Proof(before or GENESIS, [json.loads(row.body) for row in held], head)


def _says_something(body: Mapping[str, Any]) -> bool:
    """Whether a row is about what the record holds now: it has a version and was not a refusal."""
    return bool(body.get("version")) and not body.get("problems")
