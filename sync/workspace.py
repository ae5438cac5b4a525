"""What a page or a command may ask for: one profile's records, evidence and sync state behind one face.

Writes go through the store's one door and are announced to listeners; reads are short queries. Nothing typed is
lost here: drafts may be incomplete, refusals change nothing, a losing value stays in the timeline, deleting is a
state. Rules speak through ``judging``. HTTP is unknown here: the engine asks this face for what it sends and
hands it what came. Safe to use from several threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sync import deciding, errors, judging
from sync.core.round import Saved
from sync.domain import lifecycle, lists, steps
from sync.domain.fields import empty
from sync.domain.kinds import KINDS
from sync.domain.parameters import Parameters
from sync.domain.problems import Problem
from sync.domain.quota import FINDS
from sync.domain.values import SHANGHAI, storable
from sync.evidence.papers import look
from sync.intake import UNFINISHED, Intake, known_kind, new_id, type_problems
from sync.keys import DATABASE
from sync.messages import Change, Cursor, Page, head_text, link
from sync.records import (
    Checked,
    Conflict,
    Decision,
    Identity,
    Listing,
    Moment,
    Paper,
    Pending,
    Record,
    RoundReport,
    Row,
)
from sync.sealed import signed
from sync.store.database import Database
from sync.store.edits import Edit
from sync.store.feed import Feed
from sync.store.local import Local
from sync.store.receipts import proof_of
from sync.store.view import as_conflict
from sync.vault import Vault, derive

FIXED = frozenset({"sha256", "bytes", "mime", "pages", "subject"})  # of a paper: what the file says itself
MOST_PAPER_BYTES = 100_000_000  # until the platform sends its own limit


@dataclass(frozen=True, slots=True)
class Changed:
    """What listeners are told: kinds and ids of records that look different now (empty: everything may)."""

    kinds: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record's move."""

    id: str
    workflow: str | None
    problems: list[Problem]


class Workspace:
    """One profile. ``directory`` holds database, vault and header; ``key`` is its data key."""

    def __init__(self, directory: Path, key: bytes) -> None:
        """Open or create. Raises ``sync.errors`` for damage, a newer profile or a folder that cannot be written."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise errors.ReadOnly(str(directory)) from error
        self.directory = directory
        self.database = Database(directory / DATABASE, derive(key, b"database"))
        self.local = Local(self.database)
        self.feed = Feed(self.database)
        self.vault = Vault(directory / "evidence", key)
        self._listeners: list[Callable[[Changed], None]] = []
        self._reckoned = judging.Reckoned(self.database)
        self._identity = self._read_identity()
        self.local.catch_up(self._identity.device if self._identity is not None else "", now())

    # -- who ---------------------------------------------------------------------------------------------------

    @property
    def identity(self) -> Identity | None:
        """Who this profile belongs to; None before enrolment."""
        return self._identity

    def required(self) -> Identity:
        """The identity; ``NotEnrolled`` where there is none."""
        if self._identity is None:
            raise errors.NotEnrolled
        return self._identity

    def enrolled(self, identity: Identity, secrets: Mapping[str, Any]) -> None:
        """Keep who this profile belongs to and what its access needs (all inside the encrypted database)."""
        body = {name: getattr(identity, name) for name in Identity.__slots__}
        self.local.remember({"identity": body, "access": dict(secrets)})
        self._identity = identity
        self._announce()

    def access(self) -> dict[str, Any]:
        """What the client needs: device key, token, nonce, the platform's public key."""
        return {**(self.local.recall("access") or {}), "nonce": self.local.recall("nonce", "")}

    def keep_nonce(self, nonce: str) -> None:
        """Keep the platform's last nonce, so that the next round needs no extra request."""
        if nonce and nonce != self.local.recall("nonce", ""):
            self.local.remember({"nonce": nonce})

    def remember(self, key: str, value: Any) -> None:
        """Keep a small JSON value (settings, where the cursor stood)."""
        self.local.remember({f"own:{key}": value})

    def recall(self, key: str, default: Any = None) -> Any:
        """A value kept by ``remember``."""
        return self.local.recall(f"own:{key}", default)

    def listen(self, call: Callable[[Changed], None]) -> Callable[[], None]:
        """Be told of changes, in the thread that made them; returns what ends it."""
        self._listeners.append(call)
        return lambda: self._listeners.remove(call) if call in self._listeners else None

    def close(self) -> None:
        """Close the database; listeners are dropped."""
        self._listeners.clear()
        self.database.close()

    # -- reading -----------------------------------------------------------------------------------------------

    def get(self, record_id: str) -> Record:
        """Everything known of a record; ``LookupError`` where there is none."""
        return self.local.get(record_id)

    def rows(
        self, kinds: Sequence[str] = (), *, workflow: str = "", sync: str = "", search: str = "", year: int | None = None,
        about: str = "", mine: bool = False, limit: int = 200, offset: int = 0,
    ) -> Listing:  # fmt: skip
        """Records as list rows, newest first. ``search``: any text, codes, numbers, pinyin initials.

        ``mine``: only this unit's own, not what the platform has shown it of others.
        """
        states = [one for one in workflow.split(",") if one]
        unit = self._identity.unit if mine and self._identity is not None else ""
        return self.local.rows(
            kinds, workflow=states, sync=sync, typed=search, year=year, about=about, unit=unit, limit=limit, offset=offset
        )

    def timeline(self, record_id: str) -> list[Moment]:
        """What happened to a record and its papers, newest first."""
        who = self.required()
        return self.local.timeline(record_id, who.device, who.liaison_name)

    def organisations(self, text: str, limit: int = 8) -> list[Row]:
        """The unit's own organisations by name, credit code or pinyin initials."""
        return self.local.rows(("organisation",), typed=text, unit=self.required().unit, limit=limit).rows

    def list_choices(self, source: str) -> tuple[str, ...] | None:
        """A platform list that replaces a field's choices; None where the platform sent none."""
        found = (self.feed.facts("lists") or {}).get(source)
        return tuple(found) if found else None

    def conflicts(self, record_id: str | None = None) -> list[Conflict]:
        """Fields two sides changed that nobody has decided yet."""
        return [as_conflict(body, self.required().device) for body in self.local.conflicts(record_id)]

    def pending(self) -> Pending:
        """What the platform has not confirmed yet."""
        return self.local.pending()

    def rounds(self, limit: int = 20) -> list[RoundReport]:
        """The last rounds, newest first."""
        return [RoundReport(**body) for body in self.local.rounds(limit)]

    def read(self, sha256: str) -> bytes:
        """An evidence file, decrypted and verified."""
        return self.vault.read(sha256)

    def dump(self) -> list[dict[str, Any]]:
        """Every record as the contract's lines."""
        return self.local.dump()

    # -- judging -----------------------------------------------------------------------------------------------

    def problems(self, kind: str, values: Mapping[str, Any], record_id: str | None = None) -> list[Problem]:
        """What would stop ``values`` from being submitted; nothing is saved."""
        found = judging.submit_problems(self.local, kind, values, record_id, today())
        closed = kind == "ledger_row" and record_id is None and steps.frozen(values.get("month"), today(), self._params())
        return [*found, closed] if closed else found

    def check(self, record_id: str) -> Checked:
        """The rules on one record, as before submission. ``LookupError`` where there is none."""
        record, unit = self.get(record_id), self.required().unit
        known_kind(record.kind)
        others = judging.others_of(self.local, record) if record.kind in judging.JUDGED else ()
        landed = record.kind == "landing" and judging.landed_already(self.local, record)
        known = judging.known_elsewhere(self.feed) if record.kind in FINDS else None
        return judging.check(self.local, self._params(), record, unit, today(), others, landed, known)

    def quota(self, year: int) -> dict[str, Any]:
        """The official figure as last received and what waits here (the contract's ``quota``)."""
        return self.quotas((year,))[year]

    def quotas(self, years: Iterable[int], *, naming: bool = True) -> dict[int, dict[str, Any]]:
        """The same of several years, read once. Not ``naming``: figures only, ``not_counted`` stays empty."""
        return judging.quotas(self.local, self.feed, self.required(), years, today(), self._reckoned, naming)

    def todo(self) -> list[judging.Todo]:
        """What waits for the liaison, most urgent first."""
        return judging.todo(self.local, self.feed, self.required().unit, today(), self._reckoned)

    # -- writing -----------------------------------------------------------------------------------------------

    def add(
        self, kind: str, values: Sequence[Mapping[str, Any]], batch: str | None = None, *, strict: bool = True
    ) -> list[str]:
        """New drafts in one transaction; references may be embedded objects. ``Refused`` with all problems.

        A draft may be unfinished; what is there must be of its kind. Not ``strict`` (an imported ledger): what a draft
        should have may be missing too.
        """
        taken = self._intake()
        ids = []
        for number, one in enumerate(values):
            ids.append(taken.record(kind, one, f"{number}." if len(values) > 1 else "", batch))
        allowed = UNFINISHED if strict else UNFINISHED | {"REQUIRED"}
        if any(problem.severity == "block" and problem.code not in allowed for problem in taken.problems):
            raise errors.Refused(taken.problems)
        self._put(taken.edits)
        return ids

    def undo_batch(self, batch: str) -> list[str]:
        """Take an import back: its records that never left this laptop; the others stay."""
        gone = self.local.forget_batch(batch)
        self._announce(ids=frozenset(gone))
        return gone

    def draft(self, kind: str, values: Mapping[str, Any]) -> str:
        """A new draft from whatever is there; only what must never enter (state secrets) is refused."""
        taken = self._intake()
        record_id = taken.started(kind, values)
        self._put(taken.edits)
        return record_id

    def edit(
        self, record_id: str, values: Mapping[str, Any], *, strict: bool = False, seen: Mapping[str, Any] | None = None
    ) -> list[Problem]:  # fmt: skip
        """Change the named fields (None clears); returns what still stops submission.

        ``strict``: a wrong type or unknown field refuses the whole edit. Otherwise what has the right type is
        saved and the rest is among the problems, so that a form loses nothing. ``seen``: what these fields held when
        the person began to write in them; what another wrote meanwhile is then a conflict and not lost under it.
        """
        record = self._own(record_id)
        if record.workflow in lifecycle.CLOSED:
            raise errors.Refused([Problem(None, "RECORD_CLOSED", "block", lifecycle.WORKFLOW.told(state=record.workflow))])
        closed = record.kind == "ledger_row" and steps.frozen_edit(record.fields, record.workflow, values, today(), self._params())
        if closed:
            raise errors.Refused([closed])
        taken = self._intake()
        overtaken = {name: value for name, value in (seen or {}).items() if name in values and value != record.fields.get(name)}
        wrong = taken.changed(record_id, record.kind, values, overtaken)
        if wrong and strict:
            raise errors.Refused(wrong)
        self._put(taken.edits)
        return wrong + self.problems(record.kind, self.get(record_id).fields, record_id)

    def submit(self, ids: Iterable[str]) -> list[Outcome]:
        """Send to the platform with the next sync; records the rules stop stay as they are, with the reasons."""
        outcomes = []
        for record_id in ids:
            record = self.get(record_id)
            checked = self.check(record_id)
            stopping = [p for p in checked.problems if p.severity == "block"]
            outcomes.append(self._move(record, "queued", stopping, values=self._stated(record, checked)))
        return outcomes

    def _stated(self, record: Record, checked: Checked) -> dict[str, Any]:
        """What the program itself states of a record that is sent: fields nobody types."""
        held = record.fields
        if record.kind == "landing":
            return {"landed_on": checked.ready}
        if record.kind == "request":
            return {"entered_by": held.get("entered_by") or self.required().liaison_name}
        if record.kind == "ledger_row" and self.local.kind_of(str(held.get("subject"))):
            subject = self.get(str(held["subject"]))
            machine = lifecycle.MACHINES[KINDS[subject.kind].machine]
            stage = steps.stage_of(subject.kind, subject.stage, subject.workflow)
            return {"stage": machine.states[stage or ""][0] if stage in machine.states else None}
        return {}

    def fill(self, record_id: str, values: Mapping[str, Any]) -> None:
        """State what the program itself says of a record (fields owned by the client); the platform's kinds included.

        Raises ``Refused`` READ_ONLY for any other field, NOT_OWN_UNIT for another unit's record.
        """
        record = self._own(record_id)
        fields = KINDS[record.kind].fields if record.kind in KINDS else {}
        wrong = [name for name in values if name not in fields or fields[name].owner != "client"]
        if wrong:
            labels = [(fields[name].label, fields[name].en) if name in fields else (name, name) for name in wrong]
            raise errors.Refused([
                Problem(name, "READ_ONLY", "block", {"label": zh, "label_en": en}) for name, (zh, en) in zip(wrong, labels, strict=True)
            ])  # fmt: skip
        self._put([Edit(record_id, record.kind, values)])

    def mark_read(self, ids: Iterable[str]) -> list[str]:
        """Note that notices were read; the platform is told. Ids of those that were not read before."""
        unread = [one for one in map(self.get, ids) if one.kind == "notice" and not one.fields.get("read_at")]
        self._put([Edit(one.id, one.kind, {"read_at": now()}) for one in unread])
        return [one.id for one in unread]

    def follow(self, evaluation_id: str, number: int, done: bool = True) -> None:
        """Tick off a piece of an evaluation's advice (or take the tick back). ``Refused`` where there is no such piece."""
        record = self._own(evaluation_id)
        advice = [one.get("n") for one in record.fields.get("advice") or () if isinstance(one, dict)]
        if record.kind != "evaluation" or number not in advice:
            label = {"label": "落地建议", "label_en": "Advice", "value": str(number)}
            raise errors.Refused([Problem("advice", "BAD_REF", "block", label)])
        kept = [one for one in record.fields.get("followed") or () if one != str(number)]
        self.fill(evaluation_id, {"followed": [*kept, str(number)] if done else kept})

    def steps(self, record_id: str) -> list[str]:
        """The business stages the liaison may move a record to now; of another unit's only where this one serves it."""
        record = self.get(record_id)
        may = record.unit == self.required().unit or self._serves(record)
        return steps.offers(record.kind, record.stage, record.workflow) if may else []

    def stage(self, record_id: str, target: str, note: str = "") -> Outcome:
        """Move a record's business stage, where the step is the liaison's; ``note`` says why or what was done."""
        record = self.get(record_id)
        target = steps.told_stage(record.kind, target) or target
        if record.unit != self.required().unit and not self._serves(record):
            return Outcome(record_id, record.workflow, [self._foreign(record)])
        papers = {paper.kind for paper in record.papers}
        held = {**record.fields, **record.amendment}
        wrong = steps.step_problems(record.kind, record.stage, record.workflow, target, held, papers, note)
        if not wrong:
            source = steps.stage_of(record.kind, record.stage, record.workflow)
            self._put([Edit(record_id, record.kind, reason=note, stage=(source, target))])
        return Outcome(record_id, record.workflow, wrong)

    def withdraw(self, record_id: str, reason: str = "") -> Outcome:
        """Take back: before sending it is a draft again, after that it is withdrawn, with a reason."""
        record = self.get(record_id)
        unsent = record.workflow == "queued"
        missing = [] if unsent or reason.strip() else [Problem("reason", "REASON_MISSING", "block", {})]
        return self._move(record, "draft" if unsent else "withdrawn", missing, reason)

    def delete(self, record_id: str) -> Outcome:
        """Delete a draft (a state; ``restore`` undoes it)."""
        record = self.get(record_id)
        if record.kind == "evidence":
            return self._move_plain(record, {"removed": True})
        return self._move(record, "deleted", [])

    def restore(self, record_id: str) -> Outcome:
        """Undo ``delete``."""
        record = self.get(record_id)
        if record.kind == "evidence":
            return self._move_plain(record, {"removed": None})
        if record.workflow != "deleted":
            return Outcome(record_id, record.workflow, [_bad_move(record.workflow, "draft")])
        self._put([Edit(record_id, record.kind, {}, "draft")])
        return Outcome(record_id, "draft", [])

    def resolve(self, record_id: str, field: str, take: deciding.Take, value: Any = None) -> None:
        """Decide a field's conflicts; the losing value stays in the timeline. ``Refused`` where there is none."""
        record = self.get(record_id)
        self._put([deciding.decision(self.local, self.feed, record, field, take, value, self.required().device)])

    def decisions(self, record_id: str | None = None) -> list[Decision]:
        """What the unit decided in the last 30 days, on whichever laptop, newest first."""
        who = self.required()
        return deciding.decisions(self.local, record_id, who.device, who.liaison_name, self._platform_time())

    def undo(self, record_id: str, field: str) -> None:
        """Take a field's last decision back, whoever made it. ``Refused`` where there is none or it was changed since."""
        who = self.required()
        record = self._own(record_id)
        self._put([deciding.undone(self.local, record, field, who.device, who.liaison_name, self._platform_time())])

    def receipt(self, record_id: str) -> dict[str, Any]:
        """What proves that the platform has a record as it last told it; ``Refused`` NO_RECEIPT where it told nothing yet.

        ``verified``: the rows lead from the record's row to the head, and the platform's signature stands under it.
        """
        record = self.get(record_id)
        found = proof_of(self.database, record_id)
        if found is None:
            raise errors.Refused([Problem(None, "NO_RECEIPT", "block", {})])
        chains = [found.before]
        for body in found.rows:
            chains.append(link(chains[-1], body))
        row, (epoch, seq, chain, signature) = found.rows[0], found.head
        public = str(self.access().get("pinned") or "")
        proved = chains[-1] == chain and signed(public, signature, head_text(self.required().unit, epoch, seq, chain))
        return {
            "id": record_id, "version": row["version"], "seq": row["seq"], "at": row["at"], "chain": chains[1],
            "head": {"epoch": epoch, "seq": seq, "chain": chain, "signature": signature}, "signature": signature, "platform": public,
            "number": record.facts.get("number"), "received_at": record.facts.get("received_at"), "workflow": record.workflow,
            "evidence": sorted({paper.sha256 for paper in record.papers if paper.state == "complete"}), "verified": proved,
        }  # fmt: skip

    # -- evidence ----------------------------------------------------------------------------------------------

    def attach(
        self, record_id: str, path: Path, kind: str, facts: Mapping[str, Any] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Paper:  # fmt: skip
        """Copy a file into the vault and hang it on a record. ``BadPaper`` where it cannot be evidence."""
        record = self._own(record_id)
        if kind not in lists.EVIDENCE_KINDS:
            wrong_kind = KINDS["evidence"].fields["kind"].check(kind)
            raise errors.Refused([wrong_kind] if wrong_kind is not None else [])
        seen = look(path, int(judging.parameter(self.feed, "max_file_bytes", MOST_PAPER_BYTES)))
        given = {name: value for name, value in (facts or {}).items() if name not in FIXED and not empty(value)}
        wrong = type_problems(KINDS["evidence"], given)
        if wrong:
            raise errors.Refused(wrong)
        sha256, size = self.vault.put(path, progress)
        self.local.add_file(sha256, size, seen.mime, seen.pages, now())
        for paper in record.papers:
            if paper.sha256 == sha256 and paper.kind == kind:
                if given:
                    self.describe(paper.id, given)
                return next(one for one in self.get(record_id).papers if one.id == paper.id)
        paper_id = new_id()
        values = {
            "subject": record_id, "kind": kind, "file": storable(path.name)[:255], "sha256": sha256, "bytes": size, "mime": seen.mime,
            "pages": seen.pages, "covers": list(lists.COVERS.get(kind, (kind,))), **judging.paper_facts(record, kind), **given,
        }  # fmt: skip
        self._put([Edit(paper_id, "evidence", values)], also=record_id)
        return next(one for one in self.get(record_id).papers if one.id == paper_id)

    def describe(self, paper_id: str, facts: Mapping[str, Any]) -> list[Problem]:
        """Change what is known of a paper (doc_on, signed, stamped, seal_name, kind …)."""
        return self.edit(paper_id, {name: value for name, value in facts.items() if name not in FIXED}, strict=True)

    def detach(self, paper_id: str) -> None:
        """Take a paper off its record; the file stays and ``reattach`` undoes it."""
        self._move_plain(self.get(paper_id), {"removed": True})

    def reattach(self, paper_id: str) -> None:
        """Undo ``detach``."""
        self._move_plain(self.get(paper_id), {"removed": None})

    # -- for the engine ----------------------------------------------------------------------------------------

    def save_page(self, page: Page) -> Saved:
        """Save what the platform sent; listeners are told what looks different."""
        who = self.required()
        saved = self.feed.save(page, who.device, who.unit, now())
        if page.rows or page.facts:
            self._announce(ids=frozenset(row.record for row in page.rows))
        return saved

    def take_in(self, changes: Sequence[Change]) -> int:
        """Changes of another laptop of the unit, from a rescue parcel; how many records they were new for."""
        who = self.required()
        for one in changes:
            kind = KINDS.get(one.kind)
            written = {name for name in one.fields if kind is None or name not in kind.fields or kind.fields[name].owner != "client"}
            if kind is not None and kind.writer != "liaison" and (written or one.workflow or one.stage):
                raise errors.DamagedParcel("kind")
        fresh = self.feed.take_in(changes, who.device, who.unit, now())
        self._announce()
        return len({one.record for one in changes}) if fresh else 0

    def rewind(self, common: int, epoch: str) -> Cursor:
        """Back to a common point with a restored platform."""
        cursor = self.feed.rewind(common, epoch, self.required().device, now())
        self._announce()
        return cursor

    def uploads(self, want: Sequence[str]) -> list[tuple[str, int, bool]]:
        """Which wanted files lie here: (sha256, bytes, whether it failed before)."""
        wanted = set(want)
        return [
            (one["sha256"], one["bytes"], bool(one["problem"]))
            for one in self.local.files()
            if one["sha256"] in wanted and self.vault.has(one["sha256"])
        ]

    def begun_upload(self, sha256: str) -> tuple[str, str, int]:
        """(name to show, the platform's address of a begun upload, bytes it confirmed)."""
        return sha256[:12], *self.local.begun(sha256)

    def upload_reached(self, sha256: str, place: str, offset: int) -> None:
        """The platform confirmed ``offset`` bytes."""
        self._file(sha256, state="uploading", place=place, offset=offset)

    def upload_done(self, sha256: str) -> None:
        """The platform confirmed the digest."""
        self._file(sha256, state="complete", place="", problem="")

    def upload_failed(self, sha256: str, problem: str) -> None:
        """A file could not be sent; the reason stays until it goes through."""
        self._file(sha256, problem=problem)

    def add_round(self, body: Mapping[str, Any]) -> None:
        """Keep a round's report."""
        self.local.add_round(body)
        self._announce()

    # -- within ------------------------------------------------------------------------------------------------

    def _file(self, sha256: str, **state: Any) -> None:
        self.local.file_state(sha256, self.required().device, now(), **state)
        self._announce(kinds=frozenset({"evidence"}))

    def _put(self, edits: Sequence[Edit], also: str | None = None) -> None:
        who = self.required()
        for edit in edits:
            known_kind(edit.kind)
        changed = self.local.put(edits, who.device, who.unit, now())
        if changed:
            ids = frozenset(changed) | ({also} if also else set())
            self._announce(frozenset(edit.kind for edit in edits), ids)

    def _announce(self, kinds: frozenset[str] = frozenset(), ids: frozenset[str] = frozenset()) -> None:
        for call in list(self._listeners):
            call(Changed(kinds, ids))

    def _platform_time(self) -> str:
        """The platform's clock when it was last heard; before that this laptop's."""
        return next((one.server_time for one in self.rounds(20) if one.server_time), now())

    def _params(self) -> Parameters:
        return judging.parameters(self.feed)

    def _serves(self, record: Record) -> bool:
        """Whether the centre has made this unit responsible for a record."""
        return bool((record.facts.get("responsible") or {}).get("unit") == self.required().unit)

    def _own(self, record_id: str) -> Record:
        """A record of this unit; ``Refused`` for one that was only shown to it."""
        record = self.get(record_id)
        if record.unit != self.required().unit:
            raise errors.Refused([self._foreign(record)])
        known_kind(record.kind)
        return record

    def _foreign(self, record: Record) -> Problem:
        names = {one.get("code"): one.get("name") for one in self.feed.facts("units") or ()}
        return Problem(None, "NOT_OWN_UNIT", "block", {"unit": names.get(record.unit) or "平台"})

    def _move(
        self, record: Record, target: str, problems: list[Problem], reason: str = "", values: Mapping[str, Any] | None = None
    ) -> Outcome:
        """A workflow move by the liaison, if it may be made and nothing stops it; ``values`` go with it."""
        if record.unit != self.required().unit:
            return Outcome(record.id, record.workflow, [self._foreign(record)])
        if record.workflow is None and not KINDS[record.kind].flow:
            labels = {"label": KINDS[record.kind].label, "label_en": KINDS[record.kind].en}
            problems = [Problem("workflow", "NO_PAPER_PATH", "block", labels)]
        elif record.workflow is None or not lifecycle.WORKFLOW.allows(record.workflow, target, "liaison"):
            problems = [_bad_move(record.workflow, target)]
        if problems:
            return Outcome(record.id, record.workflow, problems)
        self._put([Edit(record.id, record.kind, dict(values or {}), target, reason)])
        return Outcome(record.id, target, [])

    def _move_plain(self, record: Record, values: Mapping[str, Any]) -> Outcome:
        self._own(record.id)
        self._put([Edit(record.id, record.kind, values)], also=str(record.fields.get("subject", "")) or None)
        return Outcome(record.id, record.workflow, [])

    def _intake(self) -> Intake:
        return Intake(self.local, self.required().unit, today())

    def _read_identity(self) -> Identity | None:
        body = self.local.recall("identity")
        return Identity(**body) if body else None


def now() -> str:
    """This laptop's clock as RFC 3339 UTC with milliseconds; shown, never used to decide."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def today() -> date:
    """The calendar day in Dongguan by this laptop's clock; ``LIAISON_TODAY`` replaces it for practice and tests."""
    fixed = os.environ.get("LIAISON_TODAY")
    return date.fromisoformat(fixed) if fixed else datetime.now(SHANGHAI).date()


def _bad_move(source: str | None, target: str) -> Problem:
    return Problem("workflow", "BAD_TRANSITION", "block", lifecycle.WORKFLOW.told(source=source, target=target))
