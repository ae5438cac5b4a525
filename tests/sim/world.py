"""One seed, one history: a platform, laptops of two units, everything that can go wrong, and the people who type.

Everything runs on one thread with one random source. The platform is the real ``Service``, the laptops are real
``Workspace`` folders, both on SQLite in memory (``memory``; the same on files), rounds are performed by the real engine;
the line is ``wire.Wire``. Where product code draws random ids or asks the clock it gets them from the seed, so a seed
replays exactly. ``oracle`` watches every commit.
"""

from __future__ import annotations

import gc
import hashlib
import os
import random
import re
import shutil
import struct
import tempfile
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from sqlalchemy import insert

from desktop import safekeeping
from sync import engine, errors, intake, sending, workspace
from sync.domain.kinds import KINDS
from sync.records import Identity
from sync.server import review, units, uploads
from sync.server.refill import again
from sync.server.schema import device, liaison
from sync.server.service import Service, Settings
from sync.store import view
from sync.workspace import Workspace
from tests.sim import memory, wire
from tests.sim.oracle import Oracle
from tests.sim.told import Violation

UNITS = ("441900119", "441900101")
CODES = ("91441900MA0000007J", "914419005301289259", "91441900MAL7W74N9F")
LAPTOPS = {UNITS[0]: 3, UNITS[1]: 1}
BEGIN = datetime(2026, 6, 1, 8, tzinfo=UTC)
LARGE = 2_000
QUIET_PASSES = 16

#: Faults by the place where they strike; the figures are the highest rates a history may draw.
NETWORK = {
    "lost_request": 0.15, "lost_answer": 0.2, "doubled": 0.1, "late": 0.1, "trouble": 0.05, "cut_upload": 0.3, "flip_upload": 0.1,
    "meanwhile": 0.25, "clock": 0.05,
}  # fmt: skip
CRASH = {
    "client_crash": 0.05, "client_crash_commit": 0.06, "client_disk_full": 0.05, "vault_full": 0.1, "server_crash": 0.06,
    "server_disk_full": 0.05, "meanwhile": 0.1,
}  # fmt: skip
DISASTER = {
    "restore": 0.1, "restore_epoch": 0.5, "restore_empty": 0.15, "rollback": 0.05, "lose": 0.03, "meanwhile": 0.15, "lost_answer": 0.05,
    "client_crash": 0.02, "claim": 0.3,
}  # fmt: skip
#: No faults: what else happens in a year. ``older``: a laptop runs a program that lacks a kind and a field, until it is updated.
YEAR = {"undo": 0.5, "by_hand": 0.04, "late_parcel": 0.3, "lost_reply": 0.2, "hand_over": 0.015, "older": 0.5, "update": 0.02}
PROFILES: dict[str, dict[str, float]] = {
    "calm": {"meanwhile": 0.1},
    "network": NETWORK,
    "crash": CRASH,
    "disaster": DISASTER,
    "uniform": {**NETWORK, **CRASH, **DISASTER, "restore": 0.03, "rollback": 0.02, "lose": 0.01},
    "year": {"meanwhile": 0.1, "lost_answer": 0.05, "client_crash_commit": 0.02, "restore": 0.02, "restore_epoch": 0.5, **YEAR},
}
KNOWN = dict(KINDS)
NEW_KIND, NEW_FIELD = "visit", ("demand", "goal")  # what an older program has never heard of


class Crash(BaseException):
    """The laptop's process is gone."""


class ServerDown(BaseException):
    """The platform's process is gone."""


class Server:
    """The platform, its folder, and the copies somebody keeps of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.folder = world.folder / "server"
        self.copies: list[Path] = []
        self.open()
        table = world.folder / "units.csv"
        rows = "\n".join(f"{code},{code}镇,town,1,1,1,5" for code in UNITS)
        table.write_text(f"code,name_zh,kind,tier,has_liaison,active_default,discovery_quota_2026\n{rows}\n", "utf-8")
        units.load_units(self.service.database, table)
        self.keep_copy()

    def open(self) -> None:
        self.service = Service(Settings(self.folder))
        self.service.ledger.clock = self.world.server_clock
        database, world = self.service.database, self.world
        original = database.write

        @contextmanager
        def write(*codes: str, lasting: bool = True) -> Iterator[Any]:
            if world.hit("server_disk_full"):
                raise errors.DiskFull
            with original(*codes, lasting=lasting) as connection:
                yield connection
                if world.hit("server_crash"):
                    raise ServerDown("before a commit")
            if world.hit("server_crash"):
                raise ServerDown("after a commit")

        database.write = write  # type: ignore[method-assign]

    def serve(self, act: Callable[[], wire.Answer]) -> wire.Answer:
        """One request, as the laptop sees it end."""
        try:
            return act()
        except ServerDown as down:
            self.world.note(f"    platform down {down}")
            self.service.close()
            self.open()
            raise errors.Offline("platform down") from None
        except wire.Cut:
            raise errors.Offline("cut") from None
        except errors.DiskFull:
            self.world.note("    platform: disk full")
            raise errors.ServerTrouble("500") from None

    def keep_copy(self) -> None:
        target = self.world.folder / f"server-copy-{len(self.copies)}"
        linked(self.folder, target)
        memory.DISK.copy(self.folder, target)
        self.copies.append(target)

    def restore(self, which: int, new_epoch: bool) -> None:
        """Back to an older copy. Files that lie there already stay (they are never harmful)."""
        self.service.close()
        for left in self.folder.glob("platform.sqlite*"):
            left.unlink()
        linked(self.copies[which], self.folder)
        memory.DISK.copy(self.copies[which], self.folder)
        with self.world.quiet():
            self.open()
            if new_epoch:
                with self.service.database.write() as connection:
                    self.service.database.set(connection, "epoch", os.urandom(8).hex())


def linked(source: Path, target: Path) -> None:
    """A folder copied: what is never written again is the same file, databases and begun uploads are others."""
    target.mkdir(exist_ok=True)
    with os.scandir(source) as found:
        for one in found:
            there = target / one.name
            if one.is_dir():
                linked(Path(one.path), there)
            elif "sqlite" in one.name or "parts" in source.parts or not re.fullmatch("[0-9a-f]{64}", one.name):
                shutil.copyfile(one.path, there)
            elif not there.exists():
                os.link(one.path, there)


class Laptop:
    """A laptop of a unit: a profile folder, opened."""

    def __init__(self, world: World, unit: str, name: str) -> None:
        self.world, self.unit, self.name = world, unit, name
        self.device = f"dev-{name}"
        self.folder = world.folder / name
        self.copies: list[Path] = []
        self.drift = timedelta()
        self.busy = False
        self.older = world.aside("older")
        self.open()
        access = {"pinned": world.server.service.seal.jwk["x"]}
        self.workspace.enrolled(Identity(unit, unit, "town", f"l-{name}", f"联络员{self.device}", self.device, "sim"), access)

    def open(self) -> None:
        self.dead = False
        self.workspace = Workspace(self.folder, b"k" * 32)
        database, world = self.workspace.database, self.world
        original = database.write

        @contextmanager
        def write(*, lasting: bool = True) -> Iterator[Any]:
            if self.dead:
                raise Crash
            if world.hit("client_disk_full"):
                raise errors.DiskFull
            with original(lasting=lasting) as connection:
                yield connection
                if world.hit("client_crash_commit"):
                    self.die("before a commit")
            world.oracle.committed(self)
            if world.hit("client_crash_commit"):
                self.die("after a commit")

        database.write = write  # type: ignore[method-assign]
        store = self.workspace.vault._store

        def stored(*args: Any) -> bool:
            if world.hit("vault_full"):
                raise errors.DiskFull
            return store(*args)

        self.workspace.vault._store = stored  # type: ignore[method-assign]

    def die(self, where: str) -> None:
        self.dead = True
        self.world.note(f"    {self.name} killed {where}")
        raise Crash

    def reopen(self, whole: bool = False) -> None:
        self.workspace.close()
        self.open()
        with knowing(self.older):
            self.world.oracle.committed(self, whole)

    def keep_copy(self) -> None:
        target = self.world.folder / f"{self.name}-copy-{len(self.copies)}"
        linked(self.folder, target)
        memory.DISK.copy(self.folder, target)
        self.copies.append(target)

    def roll_back(self, which: int) -> None:
        self.workspace.close()
        shutil.rmtree(self.folder)
        linked(self.copies[which], self.folder)
        memory.DISK.copy(self.copies[which], self.folder)
        self.open()


@contextmanager
def knowing(older: bool) -> Iterator[None]:
    """What a program knows, an older one or today's, while this holds."""
    held = dict(KINDS)
    KINDS.clear()
    KINDS.update(KNOWN)
    if older:
        kind, name = NEW_FIELD
        KINDS[kind] = replace(KNOWN[kind], fields={key: value for key, value in KNOWN[kind].fields.items() if key != name})
        del KINDS[NEW_KIND]
    try:
        yield
    finally:
        KINDS.clear()
        KINDS.update(held)


class World:
    """A history. ``rates``: fault -> probability; ``run`` plays it and heals it. ``Violation`` where a law is broken."""

    def __init__(self, seed: int, steps: int, rates: Mapping[str, float], folder: Path, verbose: bool = False, files: bool = False) -> None:
        self.rng = random.Random(f"history {seed}")
        self.seed, self.steps, self.rates, self.folder, self.verbose = seed, steps, dict(rates), folder, verbose
        self.lines: list[str] = []
        self.counts: Counter[str] = Counter()
        self.late: list[tuple[str, str, str, str]] = []
        self.depth = 0
        self.in_memory = not files
        self.calm = 1  # above 0: no faults
        self.parcels: list[tuple[str, str, Path]] = []  # unit, laptop, a parcel that was loaded or is still in a drawer
        self.ticks = 0
        self.server_drift = timedelta()
        self.values = 0
        self.oracle = Oracle(self)
        self.server = Server(self)
        self.laptops: list[Laptop] = []
        for unit, many in LAPTOPS.items():
            for _ in range(many):
                self._new_laptop(unit)
        self.calm = 0

    # -- chance ------------------------------------------------------------------------------------------------

    def hit(self, fault: str) -> bool:
        """Whether a fault strikes now."""
        rate = self.rates.get(fault, 0.0)
        if self.calm or not rate or self.rng.random() >= rate:
            return False
        self.counts[fault] += 1
        return True

    def aside(self, what: str) -> bool:
        """As ``hit`` for what is no fault: also where everything is calm."""
        rate = self.rates.get(what, 0.0)
        if not rate or self.rng.random() >= rate:
            return False
        self.counts[what] += 1
        return True

    def place(self, fault: str, size: int) -> int:
        """Where in ``size`` bytes a fault strikes, or -1."""
        return self.rng.randrange(size) if size and self.hit(fault) else -1

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """No faults inside."""
        self.calm += 1
        try:
            yield
        finally:
            self.calm -= 1

    def count(self, name: str, many: int = 1) -> None:
        self.counts[name] += many

    def note(self, line: str) -> None:
        self.lines.append(line)
        if self.verbose:
            print(line)  # noqa: T201

    def trace(self) -> str:
        """A hash of everything that happened."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()

    # -- clocks ------------------------------------------------------------------------------------------------

    def server_clock(self) -> str:
        self.ticks += 1
        return (BEGIN + self.server_drift + timedelta(seconds=self.ticks)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def laptop_clock(self) -> str:
        self.ticks += 1
        drift = self.laptops[self.rng.randrange(len(self.laptops))].drift if self.laptops else timedelta()
        return (BEGIN + drift + timedelta(seconds=self.ticks)).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    # -- the history -------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Play the history, then heal it and check everything."""
        for number in range(self.steps):
            self.note(f"{number}")
            self._step()
        self.heal()

    def _step(self) -> None:
        if self.hit("restore"):
            self._restore()
        if self.hit("rollback"):
            self._roll_back(self._someone())
        if self.hit("lose"):
            self._lose(self._someone())
        if self.hit("hand_over"):
            self._hand_over(self._someone())
        if self.hit("update"):
            self._update(self._someone())
        if self.hit("clock"):
            drift = timedelta(days=self.rng.randrange(-800, 800))
            if self.rng.random() < 0.2:
                self.server_drift = drift / 800
                self.count("server_clock")
            else:
                self._someone().drift = drift
        if self.late and self.rng.random() < 0.2:
            self._late()
        self._act(self._someone())

    def _someone(self) -> Laptop:
        return self.rng.choice(self.laptops)

    def meanwhile(self, laptop: Laptop) -> None:
        """Between two words on the line: others go on, and so does the person at this laptop."""
        if self.hit("client_crash"):
            laptop.die("in a round")
        if self.depth or not self.hit("meanwhile"):
            return
        self.depth += 1
        try:
            other = self._someone()
            self.note(f"    meanwhile {other.name}")
            if other is laptop:
                self._person(other)
                if other.dead:
                    raise Crash
            elif self.rng.random() < 0.1 and self.hit("restore"):
                self._restore()
            else:
                self._act(other)
        finally:
            self.depth -= 1

    def _act(self, laptop: Laptop) -> None:
        roll = self.rng.random()
        if roll < 0.3:
            self.sync(laptop)
        elif roll < 0.42:
            self._centre()
        elif roll < 0.45:
            self.server.keep_copy()
            self.note("platform copied")
        elif roll < 0.49 and not laptop.busy:
            laptop.keep_copy()
            self.note(f"{laptop.name} copied")
        elif roll < 0.5:
            self._forge(laptop)
        else:
            self._person(laptop)

    def sync(self, laptop: Laptop) -> bool:
        """One round; whether it went through."""
        if laptop.busy:
            return False
        laptop.busy = True
        platform = wire.Wire(self, laptop)
        said, through = "", False
        try:
            with knowing(laptop.older):
                report = engine.sync_round(laptop.workspace, platform)
            said = f"pulled {report.pulled} pushed {report.pushed} files {report.uploaded_files} refused {report.refused} {report.cursor}"
            through = True
        except errors.Failure as error:
            said = f"{type(error).__name__} {error.detail}"
            if not isinstance(error, (errors.Temporary, errors.DiskFull)):
                raise Violation(f"{laptop.name}: a round ended in {error!r}") from error
        except Crash:
            said = "crash"
            laptop.reopen()
        finally:
            laptop.busy = False
            platform.close()
        self.count("rounds")
        self.note(f"  {laptop.name} sync: {said}")
        if through and not self.depth:
            with knowing(laptop.older):
                self.oracle.read_right(laptop)
        return through

    def _person(self, laptop: Laptop) -> None:
        """Somebody does something at a laptop."""
        from tests.sim import people

        if laptop.dead:
            return
        try:
            with knowing(laptop.older):
                said = people.act(self, laptop)
        except errors.DiskFull:
            said = "disk full"
        except errors.Refused as error:
            said = f"refused {error.detail}"
        except Crash:
            said = "crash"
            others = [each for each in self.laptops if each.dead and not each.busy and each is not laptop]
            for one in others if laptop.busy else [laptop, *others]:
                one.reopen()  # what is carried over has two ends
            if laptop.busy:
                raise
        self.note(f"  {laptop.name} {said}")

    def _centre(self) -> None:
        """The centre decides about some paper."""
        service = self.server.service
        with self.quiet():
            listed = [row for row in review.listing(service)["rows"] if row["workflow"] in ("submitted", "accepted", "amending", "merged")]
        if not listed:
            return
        row = self.rng.choice(listed)
        action = self.rng.choice(["accept", "accept", "accept", "return", "reject", "merge", "revoke"])
        into = self.rng.choice(listed)["id"] if action == "merge" else ""
        said = f"centre {action} {row['id'][-6:]}"
        try:
            review.act(service, row["id"], action, "INCOMPLETE" if action in review.EXPLAINED else "", (), into)
            self.count("decisions")
        except errors.Refused as error:
            said += f" refused {error.detail}"
        except errors.DiskFull:
            said += " disk full"
        except ServerDown as down:
            said += f" platform down {down}"
            service.close()
            self.server.open()
        self.note("  " + said)

    def _forge(self, laptop: Laptop) -> None:
        """A laptop claims to change a record the platform has told another unit of; a restored platform may have forgotten it."""
        others = set()
        for other in self.laptops:
            if other.unit != laptop.unit:
                with other.workspace.database.read() as connection:
                    rows = connection.exec_driver_sql("SELECT id, kind FROM record WHERE base IS NOT NULL AND unit = ?", (other.unit,))
                    others |= {tuple(row) for row in rows}
        others -= {one for one in others if self.oracle.owner.get(one[0]) == laptop.unit}
        if not others:
            return
        record, kind = self.rng.choice(sorted(others))
        change = {
            "id": os.urandom(16).hex(), "record": record, "kind": kind, "device": laptop.device, "at": "2026-01-01T00:00:00Z",
            "fields": {"title": [None, "伪造"]},
        }  # fmt: skip
        self.oracle.forged |= dict.fromkeys((change["id"], again(change["id"])), laptop.unit)
        text = wire.encode({"changes": [change]}).decode()
        self.late.append((laptop.unit, laptop.device, "push", text))
        self._late()

    def _late(self) -> None:
        unit, device, name, text = self.late.pop(self.rng.randrange(len(self.late)))
        try:
            answer = self.server.serve(lambda: wire.answered(self, unit, device, name, text))
            said = str(answer.status_code)
        except errors.Failure as error:
            said = type(error).__name__
        self.note(f"  late {name} of {device}: {said}")

    # -- disasters ---------------------------------------------------------------------------------------------

    def _restore(self) -> None:
        last = len(self.server.copies) - 1
        which = 0 if self.hit("restore_empty") else last - min(last, int(self.rng.expovariate(0.7)))
        new_epoch = self.hit("restore_epoch")
        self.note(f"  platform restored from copy {which} of {last}, {'new' if new_epoch else 'same'} epoch")
        self.server.restore(which, new_epoch)
        self.oracle.census()
        if self.hit("claim"):
            self._forge(self._someone())

    def _roll_back(self, laptop: Laptop) -> None:
        if laptop.copies and not laptop.busy:
            which = self.rng.randrange(len(laptop.copies))
            self.note(f"  {laptop.name} rolled back to copy {which}")
            self.oracle.going(laptop)
            laptop.roll_back(which)
            self.oracle.rolled_back(laptop)

    def _lose(self, laptop: Laptop) -> None:
        """A laptop is gone for good; the unit gets another."""
        if laptop.busy:
            return
        self.note(f"  {laptop.name} lost")
        self._lose_folder(laptop)
        with self.quiet():
            self._new_laptop(laptop.unit)

    def _lose_folder(self, laptop: Laptop) -> None:
        self.oracle.going(laptop)
        laptop.workspace.close()
        shutil.rmtree(laptop.folder)
        self.laptops.remove(laptop)
        self.oracle.census()

    def _new_laptop(self, unit: str) -> Laptop:
        self.counts["laptops"] += 1
        made = Laptop(self, unit, f"L{self.counts['laptops']}")
        self.laptops.append(made)
        with self.server.service.database.write() as connection:
            connection.execute(insert(liaison).values(id=f"l-{made.name}", unit=unit, name=f"联络员{made.device}"))
            connection.execute(insert(device).values(id=made.device, liaison=f"l-{made.name}", unit=unit, token=made.device))
        return made

    def _hand_over(self, leaving: Laptop) -> None:
        """A successor takes over with a parcel of what his predecessor never sent; that laptop is gone afterwards."""
        from tests.sim import people

        if leaving.busy or leaving.dead:
            return
        with self.quiet():
            out = people.packed(self, leaving)
            heir = self._new_laptop(leaving.unit)
            self.note(f"  {leaving.name} hands over to {heir.name}")
            if out is None or not self.sync(heir):
                return  # nothing to open a parcel with yet: he stays
            with knowing(heir.older):
                self.note(f"  {heir.name} takes in {safekeeping.rescue_load(heir.workspace, out)['records']}")
        self._lose_folder(leaving)

    def _update(self, laptop: Laptop) -> None:
        """An older program is replaced by today's."""
        if laptop.older and not laptop.busy:
            laptop.older = False
            self.note(f"  {laptop.name} updated")
            laptop.reopen(True)

    # -- the end -----------------------------------------------------------------------------------------------

    def heal(self) -> None:
        """All faults off; every laptop syncs until nothing moves; then everything must be right."""
        self.calm += 1
        self.note("heal")
        for laptop in self.laptops:
            self._update(laptop)
        self.oracle.prove()
        before: Any = None
        for _ in range(QUIET_PASSES):
            for laptop in self.laptops:
                if not self.sync(laptop):
                    raise Violation(f"I8 {laptop.name}: a round does not go through without faults")
            state = self.oracle.state()
            if state == before:
                break
            before = state
        else:
            raise Violation("I8 sync does not come to rest")
        self.oracle.healed()
        self.note(f"end {self.oracle.state()}")

    def close(self) -> None:
        for laptop in self.laptops:
            laptop.workspace.close()
        self.server.service.close()

    # -- what people type --------------------------------------------------------------------------------------

    def fresh_value(self) -> int:
        self.values += 1
        return self.values

    def picture(self) -> Path:
        """A small real picture nobody has yet."""
        number = self.fresh_value()
        noise = b"Comment\0" + hashlib.sha256(f"{self.seed} {number}".encode()).hexdigest().encode() * self.rng.choice([1, 4, 12])
        row = zlib.compress(b"\0" + bytes([number % 256, number // 256 % 256, 7]))
        parts = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)), (b"tEXt", noise), (b"IDAT", row), (b"IEND", b"")]
        body = b"\x89PNG\r\n\x1a\n"
        for kind, data in parts:
            body += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        path = self.folder / f"scan{number}.png"
        path.write_bytes(body)
        return path


_DECLARED: dict[frozenset[tuple[str, int]], dict[str, str]] = {}


def _declared() -> dict[str, str]:
    """What a program knows, worked out once for each program there is."""
    known = frozenset((name, len(kind.fields)) for name, kind in KINDS.items())
    if known not in _DECLARED:
        _DECLARED[known] = view.declared()
    return _DECLARED[known]


def drawn(profile: str, seed: int) -> dict[str, float]:
    """The fault rates of one history: a swarm, in which some faults are left out and the others vary."""
    rng = random.Random(f"rates {profile} {seed}")
    most = PROFILES.get(profile, {})
    if profile == "mixed":
        most = {**YEAR, **PROFILES[rng.choice(["uniform", "uniform", "uniform", "network", "crash", "disaster", "disaster"])]}
    return {name: rate * rng.choice([0.3, 0.6, 1.0]) for name, rate in most.items() if rng.random() < 0.7}


@contextmanager
def history(
    seed: int, steps: int = 60, profile: str = "mixed", rates: Mapping[str, float] | None = None, verbose: bool = False,
    files: bool = False,
) -> Iterator[World]:  # fmt: skip
    """A history ready to be run, with the product's chance and clocks in its hands. ``files``: on real, encrypted databases."""
    chosen = drawn(profile, seed) if rates is None else rates
    fast = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  memory: fsync costs nothing there
    folder = Path(tempfile.mkdtemp(prefix="liaison-sim-", dir=fast))
    ids = random.Random(f"ids {seed}")
    knobs = random.Random(f"knobs {seed}")
    holder: list[World] = []

    def clock() -> str:
        return holder[0].laptop_clock() if holder else "2026-06-01T00:00:00.000Z"

    async def at_once(call: Callable[..., Any], *args: Any) -> Any:
        return call(*args)

    still = SimpleNamespace(monotonic=lambda: 0.0, sleep=lambda _s: None)
    patches: list[Any] = [
        mock.patch("os.urandom", ids.randbytes),
        mock.patch("random._urandom", ids.randbytes),
        mock.patch.dict(os.environ, {"LIAISON_TODAY": "2026-06-01"}),
        mock.patch.object(intake, "time", SimpleNamespace(time_ns=lambda: 1_780_300_800_000_000_000 + ids.randrange(10**9))),
        mock.patch.object(workspace, "now", clock),
        mock.patch.object(engine, "now", clock),
        mock.patch.object(engine, "time", still),
        mock.patch.object(sending, "time", still),
        mock.patch.object(sending, "LANES", 1),  # a history has one thread
        mock.patch.object(uploads, "run_in_threadpool", at_once),
        # small limits now and then, so that pages, pushes and lists are cut
        mock.patch("sync.server.ledger.MAX_PAGE_ROWS", knobs.choice([3, 7, LARGE])),
        mock.patch("sync.server.ledger.MAX_WANT", knobs.choice([1, LARGE])),
        mock.patch("sync.store.feed.MAX_CHANGES", knobs.choice([2, LARGE])),
        mock.patch("sync.client.requests.Session", wire.Session),
        mock.patch("sync.client._Wide", wire.Session),
        mock.patch("sync.client.PART", knobs.choice([97, 400, LARGE])),
        # the full-text index takes half of a laptop's time and has no part in this
        mock.patch("sync.store.local.declared", _declared),
        mock.patch("sync.store.words.due", lambda *_a: None),
    ]
    if not files:
        patches += memory.instead()
    with ExitStack() as stack:
        for one in patches:
            stack.enter_context(one)
        gc.disable()  # what a history leaves is looked for once, at its end
        world = World(seed, steps, chosen, folder, verbose, files)
        holder.append(world)
        try:
            yield world
        finally:
            world.close()
            memory.DISK.close()
            gc.enable()
            shutil.rmtree(folder, ignore_errors=True)


def play(
    seed: int, steps: int, profile: str = "mixed", rates: Mapping[str, float] | None = None, files: bool = False
) -> tuple[str, World]:  # fmt: skip
    """Run one history; returns what was broken ("" if nothing) and the world, closed."""
    with history(seed, steps, profile, rates, files=files) as world:
        try:
            world.run()
        except Violation as broken:
            return str(broken), world
        except (Crash, ServerDown) as loose:
            raise AssertionError("a simulated crash got out of its process") from loose
        except Exception as error:  # noqa: BLE001  an error nobody foresaw is what we are looking for
            return f"{type(error).__name__}: {error} at {''.join(traceback.format_tb(error.__traceback__)[-2:])}", world
    return "", world
