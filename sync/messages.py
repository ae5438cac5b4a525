"""The wire: what laptop and platform say to each other, as JSON under ``/v1``, and how it is read back safely.

    POST /v1/enrol      {code, key (JWK), laptop}         -> {token, device, liaison, unit, platform, nonce}
    POST /v1/sync/pull  {cursor: [epoch, seq, chain], pending: {...}} -> Page
    POST /v1/sync/push  {changes: [Change…]}              -> {results: [[id, seq] | [id, seq, problems]…]}
    POST /v1/sync/missing {ids: […]}                      -> {missing: […]}
    POST /v1/sync/refill {rows, epoch, head, chain}       -> {taken, head}  (rows a restored platform lost)
    tus 1.0 under /v1/files                                 evidence

A ``Change`` is the unit of sync: what a person changed on one record, each touched field with the value it was
made from and the new one. A ``FeedRow`` is what the platform did with it: the record's fields after, in the
order of the unit's feed. ``chain`` = SHA-256(previous chain + canonical bytes of the row), so a cursor names a
history, not just a place in one; the head is signed by the platform, which makes every pulled row a receipt.
Unknown kinds and fields are kept untouched. This module must not know HTTP, the store or the clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

PROTOCOL = 1
OLDEST_CLIENT = 1  # the version gate: an older client may pull, not push
GENESIS = "0" * 64  # the chain before the first row
MAX_PUSH_BYTES = 8_000_000
MAX_CHANGES = 2_000
MAX_PAGE_ROWS = 2_000

#: Refusals a client acts on (problem details carry them as ``code``).
DIVERGED = "diverged"  # the cursor names a history the server does not have
NONCE = "use_dpop_nonce"  # the proof lacked a fresh server nonce
REVOKED = "device_revoked"
WIPE = "device_wipe"
TOO_OLD = "client_too_old"


class BadMessage(ValueError):
    """An answer or request that is not what the protocol says; the words name the place."""


_encode = msgspec.json.Encoder(order="sorted").encode


def canonical(value: Any) -> bytes:
    """The one byte form of a JSON value: sorted keys, no spaces, UTF-8, numbers in their shortest spelling."""
    return _encode(value)


def compact(value: Any) -> str:
    """The same as a column holds it: equal values give equal texts."""
    return _encode(value).decode()


def link(chain: str, row: Mapping[str, Any]) -> str:
    """The chain after ``row`` follows ``chain`` (both 64 hex characters)."""
    return hashlib.sha256(chain.encode() + canonical(row)).hexdigest()


@dataclass(frozen=True, slots=True)
class Change:
    """What a person changed on one record. ``fields``: name -> (base, new); ``workflow`` (paper state) and ``stage``
    (business stage) likewise.
    """

    id: str  # 32 hex characters, random: never a counter, which a restored disk would repeat
    record: str
    kind: str
    device: str
    at: str  # the laptop's clock; shown, never used to decide
    fields: Mapping[str, tuple[Any, Any]]
    workflow: tuple[str | None, str] | None = None
    resolves: tuple[str, ...] = ()
    reason: str = ""
    seen_version: int = 0  # the record's version this was made from
    stage: tuple[str | None, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """The wire form; empty parts are left out."""
        body: dict[str, Any] = {
            "id": self.id, "record": self.record, "kind": self.kind, "device": self.device, "at": self.at,
            "fields": {name: list(pair) for name, pair in self.fields.items()},
        }  # fmt: skip
        if self.workflow is not None:
            body["workflow"] = list(self.workflow)
        if self.stage is not None:
            body["stage"] = list(self.stage)
        if self.resolves:
            body["resolves"] = list(self.resolves)
        if self.reason:
            body["reason"] = self.reason
        if self.seen_version:
            body["seen"] = self.seen_version
        return body

    @classmethod
    def from_json(cls, body: Any) -> Change:
        """Read a change; ``BadMessage`` where it is none."""
        if not isinstance(body, dict):
            raise BadMessage("change: not an object")
        fields = _object(body, "fields")
        if not _are_pairs(fields):
            raise BadMessage("change: fields are not [base, new]")
        move, step = body.get("workflow"), body.get("stage")
        for name, pair in (("workflow", move), ("stage", step)):
            if pair is not None and (not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], str)):
                raise BadMessage(f"change: {name} is not [base, new]")
        resolves = body.get("resolves", [])
        if not isinstance(resolves, list) or not all(isinstance(one, str) for one in resolves):
            raise BadMessage("change: resolves is not a list of ids")
        seen = body.get("seen", 0)
        if not isinstance(seen, int) or isinstance(seen, bool) or seen < 0:
            raise BadMessage("change: seen is not a version")
        return cls(
            id=_word(body, "id", 32), record=_word(body, "record", 36), kind=_word(body, "kind", 40),
            device=_word(body, "device", 64), at=_word(body, "at", 40),
            fields=dict(zip(fields, map(tuple, fields.values()), strict=True)),
            workflow=(move[0], move[1]) if move is not None else None,
            resolves=tuple(resolves), reason=str(body.get("reason", ""))[:1000], seen_version=seen,
            stage=(step[0], step[1]) if step is not None else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One line of a unit's feed. ``body`` is the row as the platform wrote it (what the chain is made of):

    {"seq", "change", "record", "kind", "at" (platform's clock), "by" (name), "device", "what",
     "fields": {name: [before, after]}, "workflow"?: [before, after], "stage"?: [before, after], "version", "facts"?: {…},
     "unit"? (whose record it is, where it is another unit's that this one was shown), "via"? (who brought it in a parcel),
     "conflicts"?: [open conflicts of the record, whole list], "closed"?: [{conflict id, field, kept, lost}],
     "amendment"?: {…, the whole of it}, "amended"?: {name: [before, after]},
     "problems"?: [{field, code, severity, values}] (refused), "said"?: {name: [base, new]} (what the change said
     where the row does not show just that: agreed with, added to, refused), "reason"?, "made_at"?,
     "since"? (when a record that was told again after a restore was first here), "released"? (the record is another
     unit's after all, since then; what this unit wrote stays with it)}
    """

    body: Mapping[str, Any]
    chain: str
    text: bytes = b""  # its canonical form, where that is known already

    @property
    def seq(self) -> int:
        """Place in the unit's feed, from 1 without holes."""
        return int(self.body["seq"])

    @property
    def change(self) -> str:
        """Id of the change this row answers."""
        return str(self.body["change"])

    @property
    def record(self) -> str:
        """Id of the record it is about."""
        return str(self.body["record"])


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a client has read: which history (epoch), how far (seq), and its proof (chain)."""

    epoch: str = ""
    seq: int = 0
    chain: str = GENESIS

    def to_json(self) -> list[Any]:
        """``[epoch, seq, chain]``."""
        return [self.epoch, self.seq, self.chain]

    @classmethod
    def from_json(cls, body: Any) -> Cursor:
        """Read ``[epoch, seq, chain]``; ``BadMessage`` where it is none."""
        if isinstance(body, list) and len(body) == 3:
            epoch, seq, chain = body
            good = isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq < 2**53
            if isinstance(epoch, str) and good and isinstance(chain, str) and len(chain) == 64:
                return cls(epoch, seq, chain)
        raise BadMessage("cursor is not [epoch, seq, chain]")


@dataclass(frozen=True, slots=True)
class Page:
    """An answer to a pull: rows after the cursor, where they lead, and what else the platform tells.

    ``head`` (seq, chain, signature) is the place the page leads to, signed, so that every page read is a receipt;
    ``more``: the feed goes on. ``want``: digests of evidence the platform lacks, ascending, those after
    ``want_after``; ``want_more``: there are further ones. ``facts``: small tables that changed (targets, parameters,
    lists, unit), each whole, by name; ``time`` the platform's clock.
    """

    epoch: str
    rows: Sequence[FeedRow]
    more: bool
    head: tuple[int, str, str]
    want: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    time: str = ""
    want_more: bool = False
    want_after: str = ""

    def to_json(self) -> dict[str, Any]:
        """The wire form."""
        return {
            "epoch": self.epoch, "rows": [row.body for row in self.rows], "more": self.more, "head": list(self.head),
            "want": list(self.want), "want_more": self.want_more, "facts": dict(self.facts), "time": self.time,
        }  # fmt: skip

    @classmethod
    def from_json(cls, body: Any, after: Cursor, want_after: str = "") -> Page:
        """Read a page that follows ``after``: holes, disorder or a broken chain are a ``BadMessage``."""
        if not isinstance(body, dict):
            raise BadMessage("page: not an object")
        epoch = _word(body, "epoch", 64)
        if after.epoch not in ("", epoch):
            raise BadMessage("page: it is of another history")
        rows, seq, chain = [], after.seq, after.chain
        listed = body.get("rows")
        if not isinstance(listed, list) or len(listed) > MAX_PAGE_ROWS:
            raise BadMessage(f"page: rows is not a list of up to {MAX_PAGE_ROWS}")
        for row in listed:
            _sound_row(row, seq + 1)
            text = canonical(row)
            seq, chain = seq + 1, hashlib.sha256(chain.encode() + text).hexdigest()
            rows.append(FeedRow(row, chain, text))
        head = body.get("head")
        if not isinstance(head, list) or len(head) != 3 or type(head[0]) is not int or not isinstance(head[2], str):
            raise BadMessage("page: head is not [seq, chain, signature]")
        more = body.get("more") is True
        if head[0] != seq or head[1] != chain:
            raise BadMessage("page: the rows do not lead to the head")
        if more and not rows:
            raise BadMessage("page: empty, and yet there is more")
        want = body.get("want", [])
        if not isinstance(want, list) or not all(isinstance(one, str) and len(one) == 64 for one in want):
            raise BadMessage("page: want is not a list of digests")
        want_more = body.get("want_more") is True
        if want_more and (not want or max(want) <= want_after):
            raise BadMessage("page: the list of wanted digests does not go on")
        return cls(
            epoch=epoch, rows=rows, more=more, head=(head[0], str(head[1]), head[2]), want=want,
            facts=_object(body, "facts") if "facts" in body else {}, time=str(body.get("time", "")), want_more=want_more,
            want_after=want_after,
        )  # fmt: skip

    def cursor(self, before: Cursor) -> Cursor:
        """The cursor after this page was saved."""
        last = self.rows[-1] if self.rows else None
        return Cursor(self.epoch, last.seq if last else before.seq, last.chain if last else before.chain)


def head_text(unit: str, epoch: str, seq: int, chain: str) -> bytes:
    """What the platform signs: a unit's feed up to ``seq`` is exactly the history ``chain``."""
    return canonical(["liaison-head", unit, epoch, seq, chain])


def wipe_text(token: str) -> bytes:
    """What the platform signs when it orders a lost laptop to erase itself; ``token`` is the SHA-256 of the device's, in hex."""
    return canonical(["liaison-wipe", token])


def _sound_row(row: Any, seq: int) -> None:
    """A row at place ``seq`` of which everything that is read later has its form."""
    if not isinstance(row, dict) or type(row.get("seq")) is not int or row["seq"] != seq:
        raise BadMessage(f"page: row {seq} is missing or out of order")
    _word(row, "change", 64), _word(row, "record", 64), _word(row, "kind", 64)
    fields, version = row.get("fields", {}), row.get("version", 0)
    pairs = isinstance(fields, dict) and _are_pairs(fields)
    move = row.get("workflow")
    good = pairs and type(version) is int and version >= 0
    good = good and (move is None or (isinstance(move, list) and len(move) == 2 and isinstance(move[1], str)))
    for name in _OBJECTS & row.keys():
        good = good and isinstance(row[name] or {}, dict)
    for name in _LISTS.keys() & row.keys():
        listed = row[name] or []
        good = good and isinstance(listed, list) and all(
            isinstance(one, dict) and all(isinstance(one.get(key), str) for key in _LISTS[name]) for one in listed
        )  # fmt: skip
    if not good:
        raise BadMessage(f"page: row {seq} is not a row")


_OBJECTS = frozenset({"facts", "amendment", "said"})
_LISTS = {"conflicts": ("id", "field"), "closed": ("id", "field"), "problems": ("code",)}


_LIST, _TWO = {list}, {2}


def _are_pairs(fields: Mapping[str, Any]) -> bool:
    """Whether every value is a list of two."""
    pairs = fields.values()  # not one by one: there are twenty-five of them a row
    return {*map(type, pairs)} <= _LIST and {*map(len, pairs)} <= _TWO


def _object(body: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = body.get(key)
    if not isinstance(value, dict):
        raise BadMessage(f"{key} is not an object")
    return value


def _word(body: Mapping[str, Any], key: str, most: int) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value or len(value) > most:
        raise BadMessage(f"{key} is not a text of 1 to {most} characters")
    return value
