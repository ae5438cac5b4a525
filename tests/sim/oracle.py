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

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from msgspec.json import decode

from sync.messages import GENESIS, link
from sync.server import counting, judge, refill
from sync.server.work import Work
from tests.sim.told import Told, Violation, is_set, joined, same, same_view, shown, step
from tests.sim.watch import Watch

if TYPE_CHECKING:
    from tests.sim.world import Laptop, World


class Oracle:
    """What must hold in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.saved: dict[str, dict[str, Any]] = {}  # change id -> its body, with "unit"
        self.excused: set[str] = set()  # the last physical copy is gone
        self.folded: set[str] = set()  # never left the laptop and became part of another change
        self.forged: dict[str, str] = {}  # change id -> unit that claims another's record
        self.owner: dict[str, str] = {}  # record -> the unit that made it
        self.twice: set[str] = set()  # records their own unit began more than once, as they say then
        self.proved: set[str] = set()  # records whose unit holds the platform's earliest signed rows when all is to heal
        self.watches: dict[str, Watch] = {}

    def expect(self, good: bool, words: str) -> None:
        if not good:
            raise Violation(words)

    # -- of one laptop -----------------------------------------------------------------------------------------

    def watch(self, laptop: Laptop) -> Watch:
        if laptop.name not in self.watches:
            self.watches[laptop.name] = Watch(self, laptop)
        return self.watches[laptop.name]

    def committed(self, laptop: Laptop, whole: bool = False) -> None:
        """After every commit."""
        self.watch(laptop).committed(whole)

    def read_right(self, laptop: Laptop, whole: bool = False) -> None:
        """After a round that went through."""
        self.watch(laptop).read_right(whole)

    # -- copies ------------------------------------------------------------------------------------------------

    def going(self, laptop: Laptop) -> None:
        """A laptop's folder is about to be lost or replaced."""
        self.watches.pop(laptop.name, None)

    def rolled_back(self, laptop: Laptop) -> None:
        self.committed(laptop, True)
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

    # -- at the end --------------------------------------------------------------------------------------------

    def state(self) -> tuple[Any, ...]:
        """Where everything stands, to see whether it moves."""
        with self.world.server.service.database.read() as connection:
            heads = [tuple(row) for row in connection.exec_driver_sql("SELECT unit, seq, chain FROM head ORDER BY unit")]
            papers = connection.exec_driver_sql("SELECT count(*), sum(complete) FROM paper").one()
        waiting = [(one.name, one.workspace.feed.cursor().to_json(), tuple(one.workspace.uploads([]))) for one in self.world.laptops]
        return (heads, tuple(papers), str(waiting))

    def healed(self) -> None:
        for laptop in self.world.laptops:
            self.committed(laptop, True)
            self.read_right(laptop, True)
            self._at_rest(laptop)
        for unit in sorted({laptop.unit for laptop in self.world.laptops}):
            told, seen = self._history(unit)
            self._platform(unit, told)
            for laptop in self.world.laptops:
                if laptop.unit == unit:
                    self._equal(laptop, unit, seen)
            self._scans(unit, told)
            lost = {one for one in self.proved if self.owner[one] == unit} - told.keys()
            if lost and not self.clock_set:
                raise Violation(f"I7 {unit}: {lost} can be proved and belong to others")
        self._counted()

    @property
    def clock_set(self) -> bool:
        """Whether the platform's clock was set, which decides between two signed beginnings of a record."""
        return bool(self.world.counts["server_clock"])

    def prove(self) -> None:
        """Remember which records each unit can prove to have been its own before they were anybody else's."""
        first: dict[str, dict[str, str]] = {}
        begun: dict[str, set[str]] = {}
        for laptop in self.world.laptops:
            with laptop.workspace.database.read() as connection:
                rows = connection.exec_driver_sql("SELECT body FROM feed UNION SELECT body FROM lost").scalars().all()
            for row in map(decode, rows):
                if row["version"] == 1 and "unit" not in row:
                    since = row.get("since") or row["at"]
                    said = first.setdefault(row["record"], {})
                    said[laptop.unit] = min(since, said.get(laptop.unit, "~"))
                    begun.setdefault(row["record"], set()).update({since} if laptop.unit == self.owner.get(row["record"]) else ())
        self.twice = {one for one, instants in begun.items() if len(instants) > 1}
        self.proved = {one for one, said in first.items() if min(said, key=said.__getitem__) == self.owner.get(one)}

    def _at_rest(self, laptop: Laptop) -> None:
        with laptop.workspace.database.read() as connection:
            left = connection.exec_driver_sql("SELECT id FROM change WHERE state != 'seen'").scalars().all()
            files = connection.exec_driver_sql("SELECT sha256, state FROM file WHERE state != 'complete'").all()
            lost = connection.exec_driver_sql("SELECT count(*) FROM lost").scalar_one()
            states = connection.exec_driver_sql("SELECT id, sync_state, base FROM record").all()
            named = {decode(row[0]).get("sha256") for row in connection.exec_driver_sql("SELECT fields FROM record WHERE kind = 'evidence'")}
        if left:
            raise Violation(f"I8 {laptop.name}: {left} stay unseen")
        if lost:
            raise Violation(f"I8 {laptop.name}: {lost} lost rows are never told again")
        # a scan whose record was never saved (killed in between) waits for nobody
        stuck = [tuple(row) for row in files if row.sha256 in named]
        if stuck:
            raise Violation(f"I8 {laptop.name}: files {stuck} stay")
        for row in states:
            allowed = ("synced", "conflict", "refused", "files") if row.base is not None else ("refused",)
            if row.sync_state not in allowed:
                raise Violation(f"I8 {laptop.name} {row.id} stays {row.sync_state}")

    def _history(self, unit: str) -> tuple[dict[str, Told], dict[str, Told]]:
        """I2, I3, I5, I6, I7, I14: every row of a unit's feed; what the platform holds by it, and what its laptops show."""
        with self.world.server.service.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT seq, body, chain, change FROM feed WHERE unit = ? ORDER BY seq", (unit,)).all()
            head = connection.exec_driver_sql("SELECT seq, chain FROM head WHERE unit = ?", (unit,)).one()
            kept = connection.exec_driver_sql("SELECT id, body FROM quarantine WHERE unit = ?", (unit,)).all()
        aside = {row.id: decode(row.body) for row in kept}
        told: dict[str, Told] = {}
        seen: dict[str, Told] = {}
        chain, done = GENESIS, set()
        for number, stored in enumerate(rows, 1):
            row = decode(stored.body)
            chain = link(chain, row)
            if not (stored.seq == number == row["seq"] and chain == stored.chain):
                raise Violation(f"I6 {unit}: the feed breaks at {number}")
            if row["change"] in done:
                raise Violation(f"I3 {unit}: {row['change']} was applied twice")
            done.add(row["change"])
            body = self.saved.get(row["change"]) or self.saved.get(refill.again(row["change"]))
            if not (body is None or body["unit"] == unit):
                raise Violation(f"I7 {unit}: row {number} is of {body and body['unit']}")
            if not (body is not None or not row["device"] or row["change"] in self.forged):
                raise Violation(f"I7 {unit}: nobody made {row['change']}")
            shown(seen, row)
            if row.get("released"):
                # begun twice by its own unit, the second time after somebody else: the first proof may be gone
                twice = row["kind"] == "organisation" or row["record"] in self.twice
                if self.owner.get(row["record"]) == unit and not twice and not self.clock_set:
                    raise Violation(f"I7 {unit}: row {number} takes away its own record")
                told.pop(row["record"], None)
                continue
            record = told.setdefault(row["record"], Told(row["kind"])) if row["version"] else Told(row["kind"])
            before = replace(
                record, fields=dict(record.fields), amendment=dict(record.amendment), conflicts=list(record.conflicts), asked=dict(record.asked),
                stood=dict(record.stood),
            )
            step(record, row)
            if row["change"] in self.forged:
                self._forged(unit, row)
                continue
            self._overwrites(unit, row, body, before, record)
            self._clashes(unit, row, before, record)
            self._decided(unit, row, body, before, record)
            if body is not None:
                self._exact(unit, row, body, record, aside)
        if (head.seq, head.chain) != (len(rows), chain):
            raise Violation(f"I6 {unit}: the head is not the feed's end")
        due = {one for one, body in self.saved.items() if body["unit"] == unit} - self.excused - self.folded
        if due - done:
            raise Violation(f"I2 {unit}: lost {[(one, self.saved[one]) for one in sorted(due - done)]}")
        return told, seen

    def _forged(self, unit: str, row: Mapping[str, Any]) -> None:
        """I7: a claim is refused, unless a restored platform has forgotten whose the record is; whoever lies is owed nothing else."""
        refused = row.get("problems") and not row["fields"]
        if self.forged[row["change"]] != unit or not (refused or self.world.counts["restore"]):
            raise Violation(f"I7 {unit}: forged row {row['seq']} taken")

    def _overwrites(self, unit: str, row: Mapping[str, Any], body: Mapping[str, Any] | None, before: Told, after: Told) -> None:
        """I5: a value changes only from what its author saw, or by a union, or by a decision about a deletion."""
        changed = [name for name in before.view.keys() | after.view.keys() if not same(before.view.get(name), after.view.get(name))]
        fields = (body or {}).get("fields", {})
        for name in changed if row["device"] else ():
            was, now = before.view.get(name), after.view.get(name)
            taken = any(one["field"] == name and same(one["kept"], now) for one in row.get("closed", ()))
            pair = fields.get(name)
            if pair is None:
                if not taken:
                    raise Violation(f"I5 {unit} row {row['seq']}: {name} became {now} by a change that does not name it")
            elif is_set(row["kind"], name):
                if set(now or ()) != joined(*pair, was):
                    raise Violation(f"I5 {unit} row {row['seq']}: {name} {was} + {pair} became {now}")
            else:
                # typed where the form showed what was in force, over one's own request (which may be granted by now)
                anew = before.asked.get(name) == row["device"] and same(pair[0], before.stood.get(name))
                # a decision after somebody else's, on top of what its own laptop had typed before it
                open_still = any(one["field"] == name and one["id"] in (body or {}).get("resolves", ()) for one in before.conflicts)
                late = bool((body or {}).get("resolves")) and not open_still and after.wrote.get(name) == row["device"]
                if not (taken or ((anew or late or same(pair[0], was)) and same(pair[1], now))):
                    raise Violation(f"I5 {unit} row {row['seq']}: {name} {was} overwritten by {pair}, now {now}")
        after.wrote |= dict.fromkeys(changed, row["device"])

    def _clashes(self, unit: str, row: Mapping[str, Any], before: Told, after: Told) -> None:
        """Words never clash, and nobody clashes with himself (unless a disk or the platform was set back)."""
        known = {one["id"] for one in before.conflicts}
        calm = not (self.world.counts["restore"] or self.world.counts["rollback"])
        for one in after.conflicts:
            if one["id"] in known or one.get("against") == "deleted":
                continue
            if is_set(row["kind"], one["field"]):
                raise Violation(f"I5 {unit} row {row['seq']}: words clash: {one}")
            himself = one["field"] != "workflow" and one["by"] == one["mine_by"]
            if not (not calm or not himself):
                raise Violation(f"I5 {unit} row {row['seq']}: {one['by']} clashes with himself: {one}")

    def _decided(self, unit: str, row: Mapping[str, Any], body: Mapping[str, Any] | None, before: Told, after: Told) -> None:
        """I14: conflicts end by a choice, or because both sides have become equal; both values stay in the row."""
        still = {one["id"] for one in after.conflicts}
        closed = {one["id"]: one for one in row.get("closed", ())}
        chosen = set((body or {}).get("resolves", ()))
        for one in before.conflicts:
            if one["id"] in still:
                continue
            end = closed.get(one["id"])
            if end is None:
                raise Violation(f"I14 {unit} row {row['seq']}: conflict {one['id']} vanished")
            assert end is not None
            # the laptop may go on typing where it disagrees: its side moves first, and only then is it compared
            pair = (body or {}).get("fields", {}).get(one["field"])
            moved = pair is not None and body is not None and body["device"] == one["device"] and same(pair[0], one["mine"])
            mine = pair[1] if moved and one["id"] not in chosen else one["mine"]
            about_deletion = one.get("against") == "deleted" or one["field"] == "workflow"
            equal = same(end["kept"], mine) or one["id"] in chosen
            by_choice = one["id"] in chosen or about_deletion or self._again(row, one)
            if not (equal or by_choice):
                raise Violation(f"I14 {unit} row {row['seq']}: conflict {one} closed by nobody as {end}")
            lost = end["lost"] if isinstance(end["lost"], dict) else {"lost": end["lost"]}
            said = [end["kept"], *lost.values()]
            if not any(same(mine, value) for value in said):
                raise Violation(f"I14 {unit} row {row['seq']}: mine of {one} is not in {end}")

    def _again(self, row: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
        """A refilled decision closes what it closed in the lost history."""
        return any(end["id"] == one["id"] for end in row.get("closed", ()))

    def _exact(self, unit: str, row: Mapping[str, Any], body: Mapping[str, Any], after: Told, aside: Mapping[str, Any]) -> None:
        """I2: each value of a change is in the record, in a conflict, or kept aside with a refusal."""
        if row["record"] != body["record"]:
            raise Violation(f"I7 {unit} row {row['seq']}: it answers for another record")
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
            if not (here or clash or kept or any(same(new, value) for value in ended)):
                raise Violation(f"I2 {unit} row {row['seq']}: {name}={new} of {body} is nowhere: {after}, {row}")
        move = body.get("workflow")
        if move and not refused:
            good = after.workflow == move[1] or (move[1], after.workflow) == ("queued", "submitted")
            good = good or any(one["field"] == "workflow" for one in after.conflicts)
            if not good:
                raise Violation(f"I2 {unit} row {row['seq']}: the move {move} had no effect: {after.workflow}")

    def _platform(self, unit: str, told: Mapping[str, Told]) -> None:
        """The platform's tables are what its feed tells."""
        with self.world.server.service.database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT id, kind, fields, workflow, version, amendment, facts FROM record WHERE unit = ?", (unit,)).all()  # fmt: skip
            clashes = connection.exec_driver_sql("SELECT id, record FROM conflict WHERE unit = ? AND state = 'open'", (unit,)).all()
        if {row.id for row in rows} != told.keys():
            raise Violation(f"I1 {unit}: records {sorted({row.id for row in rows} ^ told.keys())}")
        for row in rows:
            one = told[row.id]
            held = (decode(row.fields), row.workflow or None, row.version, decode(row.amendment), decode(row.facts))
            if not (same_view(held[0], one.fields) and held[1:] == (one.workflow, one.version, one.amendment, one.facts)):
                raise Violation(f"I1 {unit} {row.id}: the platform holds {held}, its feed tells {one}")
        open_there = {(row.record, row.id) for row in clashes}
        if open_there != {(key, one["id"]) for key, record in told.items() for one in record.conflicts}:
            raise Violation(f"I14 {unit}: open conflicts")

    def _equal(self, laptop: Laptop, unit: str, told: Mapping[str, Told]) -> None:
        """I1: a laptop's dump is the platform's; where a conflict is open it may show its own side."""
        dump = {line["id"]: line for line in laptop.workspace.dump()}
        with laptop.workspace.database.read() as connection:
            alone = {row.id: decode(row.fields) for row in connection.exec_driver_sql("SELECT id, fields FROM record WHERE base IS NULL")}
        if dump.keys() - alone.keys() != told.keys():
            raise Violation(f"I1 {laptop.name}: has {sorted((dump.keys() - alone.keys()) ^ told.keys())}")
        refused = {held.get("sha256") for held in alone.values()}  # papers the platform would not have stay in sight
        for key, one in told.items():
            line = dump[key]
            shown = dict(line["fields"])
            for clash in one.conflicts:
                if clash["device"] == laptop.device and clash["field"] != "workflow":
                    shown[clash["field"]] = one.fields.get(clash["field"])
            expected = (one.kind, one.workflow, one.version)
            if not (same_view(shown, one.fields) and (line["kind"], line["workflow"], line["version"]) == expected):
                raise Violation(f"I1 {laptop.name} {key}: {line}, platform {one}")
            scans = {other.fields.get("sha256") for other in told.values()
                     if other.kind == "evidence" and other.fields.get("subject") == key and not other.fields.get("removed")}  # fmt: skip
            if set(line["evidence"]) - refused != scans - refused:
                raise Violation(f"I1 {laptop.name} {key}: scans {line['evidence']}, platform {scans}")

    def _scans(self, unit: str, told: Mapping[str, Told]) -> None:
        """I10: a scan that a record refers to and any laptop of the unit holds is on the platform, with its hash."""
        service = self.world.server.service
        laptops = [one for one in self.world.laptops if one.unit == unit]
        for key, one in told.items():
            if one.kind != "evidence" or one.fields.get("removed") or "sha256" not in one.fields:
                continue
            sha256 = one.fields["sha256"]
            here = [laptop for laptop in laptops if laptop.workspace.vault.has(sha256)]
            for laptop in here:
                if laptop.workspace.vault.problem(sha256):
                    raise Violation(f"I10 {laptop.name}: {sha256[:8]} is damaged")
            if here:
                good = service.uploads.holds(unit, sha256) and service.blobs.digest(sha256) == sha256
                if not good:
                    raise Violation(f"I10 {unit} {key}: {sha256[:8]} is not on the platform, {here[0].name} has it")
            with service.database.read() as connection:
                complete = connection.exec_driver_sql("SELECT complete FROM paper WHERE id = ?", (key,)).scalar_one()
            if bool(complete) != service.uploads.holds(unit, sha256):
                raise Violation(f"I10 {unit} {key}: paper says {complete}")

    def _counted(self) -> None:
        """I4: official figures are what the rules say from scratch."""
        with self.world.server.service.database.read() as connection:
            wrong = counting.Count(Work(connection, self.world.server_clock()), judge.parameters(connection)).differing()
        if wrong:
            raise Violation(f"I4 counted is not recounted: {wrong}")
