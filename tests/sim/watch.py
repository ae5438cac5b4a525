"""The laws of one laptop, at every commit and after every round: I2, I6, I7, I9, I13, I14.

A commit bears on few records, so only those are looked at again: the databases in memory note in ``touched`` which
(``memory``), and what was right and has not changed is right. Every so often, after a program or a disk was replaced
and at the end everything is looked at; on files always.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec.json import decode

from sync.domain.kinds import KINDS
from sync.messages import GENESIS, link
from tests.sim.memory import padded
from tests.sim.told import Told, Violation, is_set, joined, same, same_view, shown

if TYPE_CHECKING:
    from tests.sim.oracle import Oracle
    from tests.sim.world import Laptop

COMMITS, ROUNDS = 50, 15  # so many are looked at by what they touched, then everything once

Kept = dict[str, tuple[str, str, dict[str, Any]]]  # change id -> state, text, body


class Watch:
    """What is known of a laptop's disk."""

    def __init__(self, oracle: Oracle, laptop: Laptop) -> None:
        self.oracle, self.laptop = oracle, laptop
        self.changes: dict[str, Kept] = {}  # record -> its changes, in the order they were made
        self.unseen: set[str] = set()  # records with changes that were not seen
        self.subject: dict[str, str] = {}  # paper -> what it hangs on
        self.papers: defaultdict[str, set[str]] = defaultdict(set)
        self.commits = self.rounds = 0
        self.since: set[str] = set()  # touched since the feed was compared
        self.seq, self.chain = 0, GENESIS
        self.told: dict[str, Told] = {}

    # -- at every commit ---------------------------------------------------------------------------------------

    def committed(self, whole: bool = False) -> None:
        """I9, I13 and the bookkeeping of what people have saved."""
        self.commits += 1
        with self.laptop.workspace.database.read() as connection:
            ask = connection.exec_driver_sql
            touched = self._touched(ask, whole or self.commits % COMMITS == 0)
            if not touched:
                return
            self.since |= touched
            ids = padded(sorted(touched))
            where = f"IN ({', '.join('?' * len(ids))})"
            now: defaultdict[str, Kept] = defaultdict(dict)
            for row in ask(f"SELECT id, record, body, state FROM change WHERE record {where} ORDER BY n", ids):
                known = self.changes.get(row.record, {}).get(row.id)
                body = known[2] if known is not None and known[1] == row.body else decode(row.body)
                now[row.record][row.id] = (row.state, row.body, body)
            rows = {row.id: row for row in ask(f"{_RECORD} WHERE id {where}", ids)}
            clashes: defaultdict[str, list[Any]] = defaultdict(list)
            for row in ask(f"SELECT record, body FROM conflict WHERE record {where}", ids):
                clashes[row.record].append(decode(row.body))
            fed = {(row.change, row.record) for row in ask(f"SELECT change, record FROM feed WHERE record {where}", ids)}
            for one in touched:
                self._keep(one, now[one], rows.get(one), fed)
            about = self._papers(touched, rows)
            others = about - rows.keys()
            if others:
                ids = padded(sorted(others))
                rows |= {row.id: row for row in ask(f"{_RECORD} WHERE id IN ({', '.join('?' * len(ids))})", ids)}
        for row in rows.values():
            if row.id in touched:
                self._view(row, now[row.id], clashes[row.id])
            if row.sync_state == "synced":
                waiting = row.id in self.unseen or self.papers[row.id] & self.unseen
                if not (not waiting and row.base is not None):
                    raise Violation(f"I13 {self.laptop.name}: {row.id} shows synced with unseen changes")

    def _touched(self, ask: Callable[..., Any], whole: bool) -> set[str]:
        """The records to look at."""
        if self.laptop.world.in_memory:
            touched = {row[0] for row in ask("SELECT record FROM touched")}
            if touched:
                ask("DELETE FROM touched")
            if not whole:
                return touched
        there = {row[0] for row in ask("SELECT id FROM record UNION SELECT record FROM change UNION SELECT record FROM feed")}
        return there | self.changes.keys()

    def _keep(self, record: str, now: Kept, row: Any, fed: set[tuple[str, str]]) -> None:
        """What was saved stays saved; what counts as seen is in the feed."""
        before, oracle, name = self.changes.get(record, {}), self.oracle, self.laptop.name
        view = decode(row.fields) if row is not None and before.keys() - now.keys() else {}
        for gone in before.keys() - now.keys():
            state, _text, body = before[gone]
            if state != "new":
                raise Violation(f"I2 {name}: change {gone} disappeared after it was sent")
            oracle.folded.add(gone)
            if row is None:
                continue  # an import taken back
            for each, (base, _new) in body["fields"].items():
                kept = any(state != "seen" and each in other["fields"] for state, _text, other in now.values())
                if not (kept or same(view.get(each), base)):
                    raise Violation(f"I2 {name}: {each} of {gone} was dropped while folding")
        for one, (state, text, body) in now.items():
            if state == "seen" and (one, record) not in fed:
                raise Violation(f"I13 {name}: {one} counts as seen but is not in the feed")
            if one not in before or before[one][1] != text:
                known = oracle.saved.get(one)
                if not (known is None or {**known, "unit": 0} == {**body, "unit": 0}):
                    raise Violation(f"I2 {name}: {one} names two contents")
                oracle.saved[one] = {**body, "unit": self.laptop.unit}
                oracle.owner.setdefault(record, self.laptop.unit)
        self.changes[record] = now
        if any(state != "seen" for state, _text, _body in now.values()):
            self.unseen.add(record)
        else:
            self.unseen.discard(record)

    def _papers(self, touched: Iterable[str], rows: Mapping[str, Any]) -> set[str]:
        """What the touched papers hang on, and hung on before."""
        about: set[str] = set()
        for one in touched:
            row = rows.get(one)
            before = self.subject.pop(one, None)
            if before is not None:
                self.papers[before].discard(one)
                about.add(before)
            if row is not None and row.kind == "evidence" and (subject := decode(row.fields).get("subject")):
                self.subject[one] = subject
                self.papers[subject].add(one)
                about.add(subject)
        return about

    def _view(self, row: Any, changes: Kept, clashes: list[Any]) -> None:
        """I9: what is shown is what the platform said with what was typed here and not seen there, worked out the plain way."""
        base = decode(row.base or row.fields) if row.base is not None else {}
        flows = row.kind not in KINDS or KINDS[row.kind].flow
        workflow = row.base_workflow if row.base is not None else ("draft" if flows else None)
        waiting = [body for state, _text, body in changes.values() if state != "seen" or row.base is None]
        decided = {one for body in waiting for one in body.get("resolves", ())}
        for clash in clashes:
            mine = clash["id"] not in decided and clash["device"] == self.laptop.device
            if mine and clash["field"] != "workflow":
                base[clash["field"]] = clash["mine"]
        for body in waiting:
            for name, (was, new) in body["fields"].items():
                if is_set(row.kind, name):
                    base[name] = sorted(joined(was, new, base.get(name)))
                else:
                    base[name] = new
            if body.get("workflow"):
                workflow = body["workflow"][1]
        shown = decode(row.fields)
        if not same_view(shown, base):
            raise Violation(f"I9 {self.laptop.name} {row.id}: shows {shown}, is {base}")
        if row.workflow != workflow:
            raise Violation(f"I9 {self.laptop.name} {row.id}: shows {row.workflow}, is {workflow}")

    # -- after a round -----------------------------------------------------------------------------------------

    def read_right(self, whole: bool = False) -> None:
        """I6, I7, I9, I14: base is what the feed tells, and nothing of another unit is here."""
        laptop = self.laptop
        self.rounds += 1
        with laptop.workspace.database.read() as connection:
            ask = connection.exec_driver_sql
            there = ask("SELECT chain FROM feed WHERE seq = ?", (self.seq,)).scalar()
            if not laptop.world.in_memory or whole or self.rounds % ROUNDS == 0 or (self.seq and there != self.chain):
                whole, self.seq, self.chain, self.told = True, 0, GENESIS, {}
            touched = set(self.since)
            for seq, text, chain in ask("SELECT seq, body, chain FROM feed WHERE seq > ? ORDER BY seq", (self.seq,)):
                row = decode(text)
                self.seq, self.chain = self.seq + 1, link(self.chain, row)
                good = row["seq"] == seq == self.seq and chain == self.chain
                if not good:
                    raise Violation(f"I6 {laptop.name}: its feed breaks at {self.seq}")
                shown(self.told, row)
                touched.add(row["record"])
            lost = {row[0] for row in ask("SELECT DISTINCT record FROM lost")}
            ids = () if whole else padded(sorted(touched))
            where = "" if whole else f" WHERE {{}} IN ({', '.join('?' * len(ids))})"
            records = ask(f"SELECT id, unit, base, fields, base_workflow, version, facts, amendment FROM record{where.format('id')}", ids).all()
            clashes: defaultdict[str, list[str]] = defaultdict(list)
            for row in ask(f"SELECT id, record FROM conflict{where.format('record')}", ids):
                clashes[row.record].append(row.id)
        self.since.clear()
        here = {row.id for row in records}
        left = (self.told.keys() if whole else touched & self.told.keys()) - here
        for row in records:
            if row.id in lost:
                self.since.add(row.id)  # it shows what a restored platform has not told again yet
            self._as_told(row, self.told.get(row.id), row.id in lost, sorted(clashes[row.id]))
        if left:
            raise Violation(f"I9 {laptop.name} has no record for {sorted(left)}")

    def _as_told(self, row: Any, one: Told | None, lost: bool, clashes: list[str]) -> None:
        name = self.laptop.name
        if row.unit != self.laptop.unit:
            raise Violation(f"I7 {name} holds {row.id} of {row.unit}")
        if lost:
            return
        if row.base is None:
            if one is not None:
                raise Violation(f"I9 {name} {row.id}: the feed tells of it, the base is empty")
            return
        if one is None:
            raise Violation(f"I9 {name} {row.id}: a base the feed does not tell of")
        assert one is not None
        held = (decode(row.base or row.fields), row.base_workflow, row.version, decode(row.amendment))
        good = same_view(held[0], one.fields) and held[1:] == (one.workflow, one.version, one.amendment)
        if not good:
            raise Violation(f"I9 {name} {row.id}: base {held}, feed {one}")
        facts = {key: value for key, value in decode(row.facts).items() if value is not None}
        if facts != one.facts:
            raise Violation(f"I9 {name} {row.id}: facts {facts}, feed {one.facts}")
        if clashes != sorted(clash["id"] for clash in one.conflicts):
            raise Violation(f"I14 {name} {row.id}: conflicts differ")


_RECORD = "SELECT id, kind, base, base_workflow, fields, workflow, sync_state FROM record"
