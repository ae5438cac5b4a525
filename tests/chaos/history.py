"""Three laptops and a platform as real processes with a bad line between them, both ends killed at moments a seed chooses.

People add, edit, attach, decide and sync through the commands; then the line is good again, everybody syncs, and what
was typed must be there: on the platform, in an open conflict, or in the timeline where somebody wrote over it knowingly.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.proxy import BadLine, figures
from tests.support.commands import CHANGAN, DALANG, UNITS, Laptop, Platform, demand, paper

TEXTS = ("title", "problem", "goal")


@dataclass(frozen=True)
class Typed:
    """A value, where it was typed, and after how many whole rounds of that laptop."""

    value: str
    laptop: str
    rounds: int


@dataclass
class Told:
    """What people did: record -> field -> what was typed, in order; digest -> record."""

    typed: dict[str, dict[str, list[Typed]]] = field(default_factory=dict)
    scans: dict[str, str] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)  # record -> unit
    counts: Counter[str] = field(default_factory=Counter)


class Chaos:
    """One history. ``play`` for some seconds or rounds, then ``heal`` and ``check``."""

    def __init__(self, folder: Path, seed: int, rate: int = 30, database_url: str = "") -> None:
        self.folder, self.chance, self.told = folder, random.Random(f"people {seed}"), Told()
        self.platform = Platform(folder / "平台的家")
        if database_url:
            self.platform.env["LIAISON_SERVER_DATABASE_URL"] = database_url
        self.platform("init", "--units", UNITS)
        self.platform.start()
        self.line = BadLine(self.platform.port, seed, 0)
        self.laptops: list[tuple[Laptop, str]] = []
        for name, unit in (("甲", CHANGAN), ("乙", CHANGAN), ("丙", DALANG)):
            laptop = Laptop(folder / name)
            laptop("enrol", "--server", self.line.url, "--code", self.platform.code(unit, name))
            self.laptops.append((laptop, unit))
        self.line.rate = rate

    def close(self) -> None:
        """Everything ends."""
        self.line.close()
        self.platform.stop()

    def play(self, seconds: float, rounds: int, kills: bool = True) -> None:
        """People work until so many seconds and rounds are over."""
        began, done = time.monotonic(), 0
        while time.monotonic() - began < seconds or done < rounds:
            laptop, unit = self.chance.choice(self.laptops)
            for _ in range(self.chance.choice([1, 1, 2, 3])):
                self._person(laptop, unit)
            self._round(laptop, kills)
            done += 1

    def _person(self, laptop: Laptop, unit: str) -> None:
        roll, number = self.chance.random(), self.told.counts["typed"]
        here = [one for one in laptop("list", "--kind", "demand")["rows"]]
        clashes = laptop("conflicts")["conflicts"]
        if clashes and roll < 0.3:
            one = self.chance.choice(clashes)
            laptop("resolve", one["id"], "--field", one["field"], "--take", self.chance.choice(["mine", "theirs"]))
            self.told.counts["decided"] += 1
        elif len(here) < 3 or roll < 0.4:
            values = {name: f"{name} 第{number}次写：高光压铸模具，涂层；寿命。" for name in TEXTS}
            made = laptop("add", "demand", "--file", "-", stdin=demand(values.pop("title"), **values))["ids"][0]
            self.told.owner[made] = unit
            self._typed(laptop, made, {"title": f"title 第{number}次写：高光压铸模具，涂层；寿命。", **values})
            if self.chance.random() < 0.6:
                self._attach(laptop, made)
        elif roll < 0.9:
            one, name = self.chance.choice(here)["id"], self.chance.choice(TEXTS)
            value = f"{name} 第{number}次改：热失控预警，误报率；接入。"
            laptop("edit", one, "--file", "-", stdin={name: value})
            self._typed(laptop, one, {name: value})
        else:
            self._attach(laptop, self.chance.choice(here)["id"])

    def _typed(self, laptop: Laptop, record: str, values: dict[str, str]) -> None:
        where = laptop.home.name
        for name, value in values.items():
            self.told.typed.setdefault(record, {}).setdefault(name, []).append(Typed(value, where, self.told.counts[f"{where} whole"]))
        self.told.counts["typed"] += 1

    def _attach(self, laptop: Laptop, record: str) -> None:
        """A real picture with an end nobody looks at, so that each is another file."""
        scan = self.folder / f"{self.told.counts['scans']}.jpg"
        size = self.chance.choice([90_000, 400_000, 2_500_000]) + self.told.counts["scans"]
        with scan.open("wb") as out:
            out.write(paper()["path"].read_bytes())
            out.truncate(max(size, out.tell() + self.told.counts["scans"] + 1))
        self.told.scans[laptop("attach", record, scan, "--kind", "demand_letter")["evidence"][0]["sha256"]] = record
        self.told.counts["scans"] += 1

    def _round(self, laptop: Laptop, kills: bool) -> None:
        lot = self.chance.random()
        self.told.counts["rounds"] += 1
        if kills and lot < 0.5:
            round_ = laptop.begin("sync")
            time.sleep(self.chance.random() * 2.0)
            if lot < 0.25:
                self.told.counts["platform killed"] += 1
                self.platform.kill()
                self.platform.start()
            elif round_.poll() is None:
                self.told.counts["laptop killed"] += 1
                os.killpg(round_.pid, signal.SIGKILL)
            round_.wait(120)
            assert round_.stdout is not None
            round_.stdout.close()
            return
        answer = laptop.call("sync")
        assert answer.status in (0, 5, 6), f"{answer.status} {answer.out[:600]} {answer.err[-600:]}"
        self.told.counts[f"ended {answer.status}"] += 1
        self.told.counts[f"{laptop.home.name} whole"] += answer.status != 5

    def heal(self) -> None:
        """The line is good again; everybody syncs until nothing waits."""
        self.line.rate = 0
        for _ in range(3):
            for laptop, _unit in self.laptops:
                laptop("sync", status=(0, 6))
        for laptop, _unit in self.laptops:
            waiting = laptop("sync", status=(0, 6))["pending"]
            assert (waiting["records"], waiting["files"]) == (0, 0), f"something waits for ever: {waiting}"

    def check(self) -> dict[str, Any]:
        """Nothing lost, doubled, mixed up or shown wrong; what happened."""
        theirs = self.platform.dump()
        demands = {one for one, body in theirs.items() if body["kind"] == "demand"}
        assert demands == self.told.typed.keys(), "records lost or doubled"
        for digest, record in self.told.scans.items():
            assert digest in theirs[record]["evidence"], f"scan {digest[:8]} lost"
        for laptop, unit in self.laptops:
            self._laptop(laptop, unit, theirs)
        first, second = (laptop.dump() for laptop, unit in self.laptops if unit == CHANGAN)
        assert first.keys() == second.keys()
        assert self.platform("verify")["ok"] and all(laptop("verify")["ok"] for laptop, _unit in self.laptops)
        return {**self.told.counts, "records": len(theirs), **figures(self.line)}

    def _laptop(self, laptop: Laptop, unit: str, theirs: dict[str, dict[str, Any]]) -> None:
        ours = laptop.dump()
        assert not {one for one in ours if self.told.owner.get(one, unit) != unit}, "another unit's record"
        for record, body in ours.items():
            if record not in self.told.typed:
                continue
            shown = laptop("show", record)
            clashes = {one["field"]: one for one in shown["sync"]["conflicts"]}
            for name, values in self.told.typed[record].items():
                held = theirs[record]["fields"].get(name)
                assert body["fields"].get(name) == held or name in clashes, f"{record} {name}: here {body['fields'].get(name)}, there {held}"
                told = {value for each in shown["timeline"] for value in each["changes"].get(name, ())}
                told |= {clashes[name][side] for side in ("base", "mine", "theirs")} if name in clashes else set()
                for at, one in enumerate(values):  # what the same person typed over before it left the laptop is gone, rightly
                    over = any((two.laptop, two.rounds) == (one.laptop, one.rounds) for two in values[at + 1 :])
                    assert over or one.value in told | {held}, f"{record} {name}: {one} is nowhere"
