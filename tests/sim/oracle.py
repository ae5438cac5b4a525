"""The laws, checked from outside: at every commit of a laptop, after rounds, and when everything has healed.

Nothing here uses the product's merging: values, unions and views are worked out again in the plainest way. The oracle
knows every change a person ever made (from the laptops' own tables, at each commit) and which of them may be gone
because their last physical copy was destroyed. Names of laws (I1 …) are those of the design's list:

    I1 all laptops of a unit equal the platform   I2 nothing saved is lost        I3 applied exactly once
    I4 counted = recount                          I5 no silent overwriting        I6 feed 1..n, right chain
    I7 nothing of another unit                    I8 comes to rest                I9 view = base + own unseen
    I10 scans are on the platform                 I13 "synced" only what was seen I14 no conflict ends undecided
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sync.domain.kinds import KINDS
from sync.messages import GENESIS, link
from sync.server import counting, judge
from sync.server.work import Work

if TYPE_CHECKING:
    from tests.sim.world import Laptop, World


class Violation(AssertionError):
    """A law does not hold."""


@dataclass(slots=True)
class Told:
    """A record as a feed tells it."""

    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    workflow: str | None = None
    version: int = 0
    amendment: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)  # field of the amendment -> device that asked for it
    stood: dict[str, Any] = field(default_factory=dict)  # and what was in force then
    wrote: dict[str, str] = field(default_factory=dict)  # field -> device that changed it last

    @property
    def view(self) -> dict[str, Any]:
        return {name: value for name, value in {**self.fields, **self.amendment}.items() if not blank(value)}


def blank(value: Any) -> bool:
    return value is None or value == "" or value == []


def same(one: Any, other: Any) -> bool:
    return (blank(one) and blank(other)) or (type(one) is type(other) and one == other)


def same_view(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Equality of fields: empties count as missing, words have no order."""

    def clean(view: Mapping[str, Any]) -> dict[str, Any]:
        return {k: sorted(v) if words(v) else v for k, v in view.items() if not blank(v)}

    return clean(one) == clean(other)


def words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def is_set(kind: str, name: str) -> bool:
    known = KINDS[kind].fields.get(name) if kind in KINDS else None
    return known is not None and (known.type == "set" or (known.type == "list" and not known.items))


def joined(base: Any, new: Any, held: Any) -> set[str]:
    """What a set is after somebody who saw ``base`` made ``new`` of it while it is ``held``."""
    return (set(held or ()) - (set(base or ()) - set(new or ()))) | (set(new or ()) - set(base or ()))


def tell(rows: Iterable[Mapping[str, Any]]) -> dict[str, Told]:
    """Records as rows tell them."""
    told: dict[str, Told] = {}
    for row in rows:
        if row["version"]:
            step(told.setdefault(row["record"], Told(row["kind"])), row)
    return told


def step(record: Told, row: Mapping[str, Any]) -> None:
    for name, (_before, after) in row["fields"].items():
        if blank(after):
            record.fields.pop(name, None)
        else:
            record.fields[name] = after
    if row.get("workflow"):
        record.workflow = row["workflow"][1]
    for name, value in (row.get("facts") or {}).items():
        if value is None:
            record.facts.pop(name, None)
        else:
            record.facts[name] = value
    if row.get("amendment") is not None:
        for name, value in row["amendment"].items():
            if name not in record.amendment or not same(record.amendment[name], value):
                record.asked[name], record.stood[name] = row["device"], record.fields.get(name)
        record.amendment = dict(row["amendment"])
    if row.get("conflicts") is not None:
        record.conflicts = list(row["conflicts"])
    record.version = row["version"]


class Oracle:
    """What must hold in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.saved: dict[str, dict[str, Any]] = {}  # change id -> its body, with "unit"
        self.excused: set[str] = set()  # the last physical copy is gone
        self.folded: set[str] = set()  # never left the laptop and became part of another change
        self.forged: set[str] = set()
        self.last: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {}  # laptop -> change id -> (state, body)

    def expect(self, good: bool, words: str) -> None:
        if not good:
            raise Violation(words)

    # -- at every commit of a laptop ---------------------------------------------------------------------------

    def committed(self, laptop: Laptop) -> None:
        """I9, I13 and the bookkeeping of what people have saved."""
        with laptop.workspace.database.read() as connection:
            changes = connection.exec_driver_sql("SELECT id, record, body, state, seq FROM change ORDER BY n").all()
            records = connection.exec_driver_sql(
                "SELECT id, kind, base, base_workflow, fields, workflow, sync_state FROM record").all()  # fmt: skip
            clashes = [json.loads(row[0]) for row in connection.exec_driver_sql("SELECT body FROM conflict")]
            rows = dict(connection.exec_driver_sql("SELECT change, record FROM feed").all())
        bodies = {row.id: json.loads(row.body) for row in changes}
        self._keep(laptop, changes, bodies, {row.id: json.loads(row.fields) for row in records})
        for row in changes:
            if row.state == "seen":
                self.expect(rows.get(row.id) == row.record, f"I13 {laptop.name}: {row.id} counts as seen but is not in the feed")
        by_record: dict[str, list[Any]] = {}
        for row in changes:
            by_record.setdefault(row.record, []).append(row)
        unseen = {row.record for row in changes if row.state != "seen"}
        about = {row.id: json.loads(row.fields).get("subject") for row in records if row.kind == "evidence"}
        for row in records:
            self._view(laptop, row, by_record.get(row.id, ()), bodies, clashes)
            if row.sync_state == "synced":
                waiting = row.id in unseen or any(paper in unseen for paper, subject in about.items() if subject == row.id)
                self.expect(not waiting and row.base is not None, f"I13 {laptop.name}: {row.id} shows synced with unseen changes")

    def _keep(self, laptop: Laptop, changes: Sequence[Any], bodies: Mapping[str, dict[str, Any]], views: Mapping[str, Any]) -> None:
        before = self.last.get(laptop.name, {})
        now = {row.id: (row.state, bodies[row.id]) for row in changes}
        self.last[laptop.name] = now
        for gone in before.keys() - now.keys():
            state, body = before[gone]
            self.expect(state == "new", f"I2 {laptop.name}: change {gone} disappeared after it was sent")
            self.folded.add(gone)
            view = views.get(body["record"])
            if view is None:
                continue  # an import taken back
            for name, (base, _new) in body["fields"].items():
                kept = any(state != "seen" and other["record"] == body["record"] and name in other["fields"] for state, other in now.values())
                self.expect(kept or same(view.get(name), base), f"I2 {laptop.name}: {name} of {gone} was dropped while folding")
        for one, body in bodies.items():
            known = self.saved.get(one)
            self.expect(known is None or {**known, "unit": 0} == {**body, "unit": 0}, f"I2 {laptop.name}: {one} names two contents")
            self.saved[one] = {**body, "unit": laptop.unit}

    def _view(self, laptop: Laptop, row: Any, changes: Sequence[Any], bodies: Mapping[str, Any], clashes: Sequence[Any]) -> None:
        base = json.loads(row.base) if row.base is not None else {}
        flows = row.kind not in KINDS or KINDS[row.kind].flow
        workflow = row.base_workflow if row.base is not None else ("draft" if flows else None)
        waiting = [bodies[one.id] for one in changes if one.state != "seen" or row.base is None]
        decided = {one for body in waiting for one in body.get("resolves", ())}
        for clash in clashes:
            mine = clash["record"] == row.id and clash["id"] not in decided and clash["device"] == laptop.device
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
        shown = json.loads(row.fields)
        self.expect(same_view(shown, base), f"I9 {laptop.name} {row.id}: shows {shown}, is {base}")
        self.expect(row.workflow == workflow, f"I9 {laptop.name} {row.id}: shows {row.workflow}, is {workflow}")

    # -- copies ------------------------------------------------------------------------------------------------

    def going(self, laptop: Laptop) -> None:
        """A laptop's folder is about to be lost or replaced."""
        self.last.pop(laptop.name, None)

    def rolled_back(self, laptop: Laptop) -> None:
        self.committed(laptop)
        self.census()

    def census(self) -> None:
        """After something was destroyed: changes without any copy left are excused."""
        present: set[str] = set()
        with self.world.server.service.database.read() as connection:
            present |= {row[0] for row in connection.exec_driver_sql("SELECT change FROM feed")}
        for laptop in self.world.laptops:
            with laptop.workspace.database.read() as connection:
                present |= {row[0] for row in connection.exec_driver_sql("SELECT id FROM change UNION SELECT change FROM feed")}
                present |= {row[0] for row in connection.exec_driver_sql("SELECT change FROM lost")}
        gone = self.saved.keys() - present - self.folded - self.excused
        self.excused |= gone
        self.world.count("destroyed", len(gone))

    # -- after a round, and at the end -------------------------------------------------------------------------

    def laptop_feed(self, laptop: Laptop) -> list[dict[str, Any]]:
        with laptop.workspace.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT body, chain FROM feed ORDER BY seq").all()
        bodies, chain = [], GENESIS
        for number, row in enumerate(rows, 1):
            body = json.loads(row.body)
            chain = link(chain, body)
            self.expect(body["seq"] == number and chain == row.chain, f"I6 {laptop.name}: its feed breaks at {number}")
            bodies.append(body)
        return bodies

    def read_right(self, laptop: Laptop) -> None:
        """After a round: base is what the feed tells, and nothing of another unit is here."""
        told = tell(self.laptop_feed(laptop))
        with laptop.workspace.database.read() as connection:
            records = connection.exec_driver_sql("SELECT id, unit, base, base_workflow, version, facts, amendment FROM record").all()
            clashes = [json.loads(row[0]) for row in connection.exec_driver_sql("SELECT body FROM conflict")]
            lost = {row[0] for row in connection.exec_driver_sql("SELECT DISTINCT record FROM lost")}
        for row in records:
            self.expect(row.unit == laptop.unit, f"I7 {laptop.name} holds {row.id} of {row.unit}")
            one = told.pop(row.id, None)
            if row.id in lost:
                continue  # it shows what a restored platform has not told again yet
            if row.base is None:
                self.expect(one is None, f"I9 {laptop.name} {row.id}: the feed tells of it, the base is empty")
                continue
            self.expect(one is not None, f"I9 {laptop.name} {row.id}: a base the feed does not tell of")
            assert one is not None
            held = (json.loads(row.base), row.base_workflow, row.version, json.loads(row.amendment))
            self.expect(same_view(held[0], one.fields) and held[1:] == (one.workflow, one.version, one.amendment),
                        f"I9 {laptop.name} {row.id}: base {held}, feed {one}")  # fmt: skip
            facts = {name: value for name, value in json.loads(row.facts).items() if value is not None}
            self.expect(facts == one.facts, f"I9 {laptop.name} {row.id}: facts {facts}, feed {one.facts}")
            open_here = sorted(clash["id"] for clash in clashes if clash["record"] == row.id)
            self.expect(open_here == sorted(clash["id"] for clash in one.conflicts), f"I14 {laptop.name} {row.id}: conflicts differ")
        self.expect(not told, f"I9 {laptop.name} has no record for {sorted(told)}")

    def state(self) -> tuple[Any, ...]:
        """Where everything stands, to see whether it moves."""
        with self.world.server.service.database.read() as connection:
            heads = [tuple(row) for row in connection.exec_driver_sql("SELECT unit, seq, chain FROM head ORDER BY unit")]
            papers = connection.exec_driver_sql("SELECT count(*), sum(complete) FROM paper").one()
        waiting = [(one.name, one.workspace.feed.cursor().to_json(), tuple(one.workspace.uploads([]))) for one in self.world.laptops]
        return (heads, tuple(papers), str(waiting))

    def healed(self) -> None:
        for laptop in self.world.laptops:
            self.read_right(laptop)
            self._at_rest(laptop)
        for unit in sorted({laptop.unit for laptop in self.world.laptops}):
            told = self._history(unit)
            self._platform(unit, told)
            for laptop in self.world.laptops:
                if laptop.unit == unit:
                    self._equal(laptop, unit, told)
            self._scans(unit, told)
        self._counted()

    def _at_rest(self, laptop: Laptop) -> None:
        with laptop.workspace.database.read() as connection:
            left = connection.exec_driver_sql("SELECT id FROM change WHERE state != 'seen'").scalars().all()
            files = connection.exec_driver_sql("SELECT sha256, state FROM file WHERE state != 'complete'").all()
            lost = connection.exec_driver_sql("SELECT count(*) FROM lost").scalar_one()
            states = connection.exec_driver_sql("SELECT id, sync_state, base FROM record").all()
            named = {json.loads(row[0]).get("sha256") for row in connection.exec_driver_sql("SELECT fields FROM record WHERE kind = 'evidence'")}
        self.expect(not left, f"I8 {laptop.name}: {left} stay unseen")
        self.expect(not lost, f"I8 {laptop.name}: {lost} lost rows are never told again")
        # a scan whose record was never saved (killed in between) waits for nobody
        stuck = [tuple(row) for row in files if row.sha256 in named]
        self.expect(not stuck, f"I8 {laptop.name}: files {stuck} stay")
        for row in states:
            allowed = ("synced", "conflict", "refused", "files") if row.base is not None else ("refused",)
            self.expect(row.sync_state in allowed, f"I8 {laptop.name} {row.id} stays {row.sync_state}")

    def _history(self, unit: str) -> dict[str, Told]:
        """I2, I3, I5, I6, I7, I14: every row of a unit's feed, one after the other."""
        with self.world.server.service.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT seq, body, chain, change FROM feed WHERE unit = ? ORDER BY seq", (unit,)).all()
            head = connection.exec_driver_sql("SELECT seq, chain FROM head WHERE unit = ?", (unit,)).one()
            kept = connection.exec_driver_sql("SELECT id, body FROM quarantine WHERE unit = ?", (unit,)).all()
        aside = {row.id: json.loads(row.body) for row in kept}
        told: dict[str, Told] = {}
        chain, done = GENESIS, set()
        for number, stored in enumerate(rows, 1):
            row = json.loads(stored.body)
            chain = link(chain, row)
            self.expect(stored.seq == number == row["seq"] and chain == stored.chain, f"I6 {unit}: the feed breaks at {number}")
            self.expect(row["change"] not in done, f"I3 {unit}: {row['change']} was applied twice")
            done.add(row["change"])
            body = self.saved.get(row["change"])
            self.expect(body is None or body["unit"] == unit, f"I7 {unit}: row {number} is of {body and body['unit']}")
            self.expect(body is not None or not row["device"] or row["change"] in self.forged, f"I7 {unit}: nobody made {row['change']}")
            self.expect(row["change"] not in self.forged or (row.get("problems") and not row["fields"]), f"I7 {unit}: forged row taken")
            record = told.setdefault(row["record"], Told(row["kind"])) if row["version"] else Told(row["kind"])
            before = replace(
                record, fields=dict(record.fields), amendment=dict(record.amendment), conflicts=list(record.conflicts), asked=dict(record.asked),
                stood=dict(record.stood),
            )
            step(record, row)
            self._overwrites(unit, row, body, before, record)
            self._clashes(unit, row, before, record)
            self._decided(unit, row, body, before, record)
            if body is not None:
                self._exact(unit, row, body, record, aside)
        self.expect((head.seq, head.chain) == (len(rows), chain), f"I6 {unit}: the head is not the feed's end")
        due = {one for one, body in self.saved.items() if body["unit"] == unit} - self.excused - self.folded
        self.expect(not due - done, f"I2 {unit}: lost {[(one, self.saved[one]) for one in sorted(due - done)]}")
        return told

    def _overwrites(self, unit: str, row: Mapping[str, Any], body: Mapping[str, Any] | None, before: Told, after: Told) -> None:
        """I5: a value changes only from what its author saw, or by a union, or by a decision about a deletion."""
        changed = [name for name in before.view.keys() | after.view.keys() if not same(before.view.get(name), after.view.get(name))]
        fields = (body or {}).get("fields", {})
        for name in changed if row["device"] else ():
            was, now = before.view.get(name), after.view.get(name)
            taken = any(one["field"] == name and same(one["kept"], now) for one in row.get("closed", ()))
            pair = fields.get(name)
            if pair is None:
                self.expect(taken, f"I5 {unit} row {row['seq']}: {name} became {now} by a change that does not name it")
            elif is_set(row["kind"], name):
                self.expect(set(now or ()) == joined(*pair, was), f"I5 {unit} row {row['seq']}: {name} {was} + {pair} became {now}")
            else:
                # typed where the form showed what was in force, over one's own request (which may be granted by now)
                anew = before.asked.get(name) == row["device"] and same(pair[0], before.stood.get(name))
                # a decision after somebody else's, on top of what its own laptop had typed before it
                open_still = any(one["field"] == name and one["id"] in (body or {}).get("resolves", ()) for one in before.conflicts)
                late = bool((body or {}).get("resolves")) and not open_still and after.wrote.get(name) == row["device"]
                self.expect(taken or ((anew or late or same(pair[0], was)) and same(pair[1], now)),
                            f"I5 {unit} row {row['seq']}: {name} {was} overwritten by {pair}, now {now}")  # fmt: skip
        after.wrote |= dict.fromkeys(changed, row["device"])

    def _clashes(self, unit: str, row: Mapping[str, Any], before: Told, after: Told) -> None:
        """Words never clash, and nobody clashes with himself (unless a disk or the platform was set back)."""
        known = {one["id"] for one in before.conflicts}
        calm = not (self.world.counts["restore"] or self.world.counts["rollback"])
        for one in after.conflicts:
            if one["id"] in known or one.get("against") == "deleted":
                continue
            self.expect(not is_set(row["kind"], one["field"]), f"I5 {unit} row {row['seq']}: words clash: {one}")
            himself = one["field"] != "workflow" and one["by"] == one["mine_by"]
            self.expect(not calm or not himself, f"I5 {unit} row {row['seq']}: {one['by']} clashes with himself: {one}")

    def _decided(self, unit: str, row: Mapping[str, Any], body: Mapping[str, Any] | None, before: Told, after: Told) -> None:
        """I14: conflicts end by a choice, or because both sides have become equal; both values stay in the row."""
        still = {one["id"] for one in after.conflicts}
        closed = {one["id"]: one for one in row.get("closed", ())}
        chosen = set((body or {}).get("resolves", ()))
        for one in before.conflicts:
            if one["id"] in still:
                continue
            end = closed.get(one["id"])
            self.expect(end is not None, f"I14 {unit} row {row['seq']}: conflict {one['id']} vanished")
            assert end is not None
            # the laptop may go on typing where it disagrees: its side moves first, and only then is it compared
            pair = (body or {}).get("fields", {}).get(one["field"])
            moved = pair is not None and body is not None and body["device"] == one["device"] and same(pair[0], one["mine"])
            mine = pair[1] if moved and one["id"] not in chosen else one["mine"]
            about_deletion = one.get("against") == "deleted" or one["field"] == "workflow"
            equal = same(end["kept"], mine) or one["id"] in chosen
            by_choice = one["id"] in chosen or about_deletion or self._again(row, one)
            self.expect(equal or by_choice, f"I14 {unit} row {row['seq']}: conflict {one} closed by nobody as {end}")
            lost = end["lost"] if isinstance(end["lost"], dict) else {"lost": end["lost"]}
            said = [end["kept"], *lost.values()]
            self.expect(any(same(mine, value) for value in said), f"I14 {unit} row {row['seq']}: mine of {one} is not in {end}")

    def _again(self, row: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
        """A refilled decision closes what it closed in the lost history."""
        return any(end["id"] == one["id"] for end in row.get("closed", ()))

    def _exact(self, unit: str, row: Mapping[str, Any], body: Mapping[str, Any], after: Told, aside: Mapping[str, Any]) -> None:
        """I2: each value of a change is in the record, in a conflict, or kept aside with a refusal."""
        self.expect(row["record"] == body["record"], f"I7 {unit} row {row['seq']}: it answers for another record")
        refused = bool(row.get("problems"))
        ended = [value for one in row.get("closed", ()) for value in (one["kept"], one["lost"])]
        for name, (base, new) in body["fields"].items():
            now = after.view.get(name)
            if is_set(row["kind"], name):
                here = set(new or ()) - set(base or ()) <= set(now or ()) and not (set(base or ()) - set(new or ())) & set(now or ())
            else:
                here = same(now, new)
            clash = any(one["field"] == name and same(one["mine"], new) for one in after.conflicts)
            kept = refused and same((aside.get(row["change"]) or {"fields": {name: [0, ()]}})["fields"].get(name, [0, ()])[1], new)
            self.expect(here or clash or kept or any(same(new, value) for value in ended),
                        f"I2 {unit} row {row['seq']}: {name}={new} of {body} is nowhere: {after}, {row}")  # fmt: skip
        move = body.get("workflow")
        if move and not refused:
            good = after.workflow == move[1] or (move[1], after.workflow) == ("queued", "submitted")
            good = good or any(one["field"] == "workflow" for one in after.conflicts)
            self.expect(good, f"I2 {unit} row {row['seq']}: the move {move} had no effect: {after.workflow}")

    def _platform(self, unit: str, told: Mapping[str, Told]) -> None:
        """The platform's tables are what its feed tells."""
        with self.world.server.service.database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT id, kind, fields, workflow, version, amendment, facts FROM record WHERE unit = ?", (unit,)).all()  # fmt: skip
            clashes = connection.exec_driver_sql("SELECT id, record FROM conflict WHERE unit = ? AND state = 'open'", (unit,)).all()
        self.expect({row.id for row in rows} == told.keys(), f"I1 {unit}: records {sorted({row.id for row in rows} ^ told.keys())}")
        for row in rows:
            one = told[row.id]
            held = (json.loads(row.fields), row.workflow or None, row.version, json.loads(row.amendment), json.loads(row.facts))
            self.expect(same_view(held[0], one.fields) and held[1:] == (one.workflow, one.version, one.amendment, one.facts),
                        f"I1 {unit} {row.id}: the platform holds {held}, its feed tells {one}")  # fmt: skip
        open_there = {(row.record, row.id) for row in clashes}
        self.expect(open_there == {(key, one["id"]) for key, record in told.items() for one in record.conflicts}, f"I14 {unit}: open conflicts")

    def _equal(self, laptop: Laptop, unit: str, told: Mapping[str, Told]) -> None:
        """I1: a laptop's dump is the platform's; where a conflict is open it may show its own side."""
        dump = {line["id"]: line for line in laptop.workspace.dump()}
        with laptop.workspace.database.read() as connection:
            alone = {row[0] for row in connection.exec_driver_sql("SELECT id FROM record WHERE base IS NULL")}
        self.expect(dump.keys() - alone == told.keys(), f"I1 {laptop.name}: has {sorted((dump.keys() - alone) ^ told.keys())}")
        for key, one in told.items():
            line = dump[key]
            shown = dict(line["fields"])
            for clash in one.conflicts:
                if clash["device"] == laptop.device and clash["field"] != "workflow":
                    shown[clash["field"]] = one.fields.get(clash["field"])
            expected = (one.kind, one.workflow, one.version)
            self.expect(same_view(shown, one.fields) and (line["kind"], line["workflow"], line["version"]) == expected,
                        f"I1 {laptop.name} {key}: {line}, platform {one}")  # fmt: skip
            scans = {other.fields["sha256"] for other in told.values()
                     if other.kind == "evidence" and other.fields.get("subject") == key and not other.fields.get("removed")}  # fmt: skip
            self.expect(set(line["evidence"]) == scans, f"I1 {laptop.name} {key}: scans {line['evidence']}, platform {scans}")

    def _scans(self, unit: str, told: Mapping[str, Told]) -> None:
        """I10: a scan that a record refers to and any laptop of the unit holds is on the platform, with its hash."""
        service = self.world.server.service
        laptops = [one for one in self.world.laptops if one.unit == unit]
        for key, one in told.items():
            if one.kind != "evidence" or one.fields.get("removed"):
                continue
            sha256 = one.fields["sha256"]
            here = [laptop for laptop in laptops if laptop.workspace.vault.has(sha256)]
            for laptop in here:
                self.expect(not laptop.workspace.vault.problem(sha256), f"I10 {laptop.name}: {sha256[:8]} is damaged")
            if here:
                good = service.uploads.holds(unit, sha256) and service.blobs.digest(sha256) == sha256
                self.expect(good, f"I10 {unit} {key}: {sha256[:8]} is not on the platform, {here[0].name} has it")
            with service.database.read() as connection:
                complete = connection.exec_driver_sql("SELECT complete FROM paper WHERE id = ?", (key,)).scalar_one()
            self.expect(bool(complete) == service.uploads.holds(unit, sha256), f"I10 {unit} {key}: paper says {complete}")

    def _counted(self) -> None:
        """I4: official figures are what the rules say from scratch."""
        with self.world.server.service.database.read() as connection:
            wrong = counting.Count(Work(connection, self.world.server_clock()), judge.parameters(connection)).differing()
        self.expect(not wrong, f"I4 counted is not recounted: {wrong}")
