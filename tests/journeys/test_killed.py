"""Laptops and platform are killed in the middle of things, again and again: then all of them must agree.

First each command is killed where it hurts (a scan half copied, a page half saved, a file half sent, a backup half
written), then three laptops and the platform at moments a seed chooses.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.commands import CHANGAN, DALANG, PRACTICE, ROOT, Laptop, Platform, demand, environment, paper

SECONDS = float(os.environ.get("LIAISON_KILL_SECONDS", "12"))
SEED = int(os.environ.get("LIAISON_KILL_SEED", "7"))
SENT_BYTES = 60_000_000


def large(path: Path, size: int = SENT_BYTES) -> Path:
    """A scan of ``size`` bytes: a real picture with an end nobody looks at."""
    with path.open("wb") as out:
        out.write(paper()["path"].read_bytes())
        out.truncate(size)
    return path


def killed(process: subprocess.Popen[bytes], when: Callable[[], bool]) -> bool:
    """Kill a command's whole process group as soon as ``when`` holds; whether it was still running."""
    until = time.monotonic() + 30
    while not when():
        if process.poll() is not None or time.monotonic() > until:
            break
        time.sleep(0.002)
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    return running


def size(folder: Path, pattern: str) -> int:
    """Bytes of the files of a pattern now."""
    found = 0
    for one in folder.rglob(pattern):
        try:
            found += one.stat().st_size
        except FileNotFoundError:
            continue
    return found


def test_a_command_killed_half_way_costs_only_itself(platform: Platform, tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "家").enrol(platform)
    evidence, log = laptop.profile / "evidence", laptop.profile / "liaison.sqlite-wal"
    made = laptop("add", "demand", "--file", "-", stdin=demand("高光压铸模具表面纳米涂层工艺"))["ids"][0]
    many = laptop.home / "many.json"
    many.write_text(json.dumps([demand(f"一次登记的需求之 {number}") for number in range(300)]), "utf-8")
    scan = large(tmp_path / "大扫描件.jpg")
    before = laptop.dump()

    # a scan half copied: no half file, no evidence without a file; the next attempt goes through
    assert killed(laptop.begin("attach", made, scan, "--kind", "demand_letter"), lambda: size(evidence, "*.part") > SENT_BYTES // 4)
    assert laptop("verify")["files"] == 0 and laptop("show", made)["evidence"] == []
    laptop("attach", made, scan, "--kind", "demand_letter")
    assert laptop("verify")["files"] == 1

    # many records and an import: all or none of a batch
    assert killed(laptop.begin("add", "demand", "--file", many), lambda: size(laptop.profile, log.name) > 20_000)
    assert laptop("list", "--kind", "demand")["total"] in (1, 301)
    had = laptop("list", "--kind", "demand")["total"]
    assert killed(laptop.begin("import", "demand", PRACTICE / "ledger.xlsx"), lambda: size(laptop.profile, log.name) > 20_000)
    added = laptop("import", "demand", PRACTICE / "ledger.xlsx", "--dry-run")["added"]
    total = laptop("list", "--kind", "demand")["total"]
    assert (total == had) == (added > 0), "all rows or none"

    # a backup half written is not there; the one before still is
    backup = tmp_path / "备份"
    code = laptop("backup", "--out", backup)["code"]
    kept = backup.read_bytes()[:1000]
    assert killed(laptop.begin("backup", "--out", backup), lambda: size(tmp_path, ".备份*.part") > SENT_BYTES // 4)
    assert backup.read_bytes()[:1000] == kept

    # a round half done, twice by the laptop and once by the platform: nothing twice, little again
    parts = platform.data
    assert killed(laptop.begin("sync"), lambda: size(parts, "*") > 9_000_000)
    assert laptop.call("sync", "--dry-run").json["files"] == 1
    round_ = laptop.begin("sync")
    arrived = size(parts, "*")
    until = time.monotonic() + 30
    while size(parts, "*") < arrived + 9_000_000 and round_.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    platform.kill()
    assert round_.wait(60) in (0, 5)
    assert round_.stdout is not None
    round_.stdout.close()
    platform.start()
    last = laptop("sync")
    assert last["pending"] == {"records": 0, "files": 0, "bytes": 0, "oldest": None} and last["resent_bytes"] <= 8 << 20
    assert laptop("verify")["ok"] and platform("verify")["ok"]
    ours, theirs = laptop.dump(), platform.dump()
    assert ours.keys() == theirs.keys() >= before.keys() and all(ours[one]["fields"] == theirs[one]["fields"] for one in ours)
    restored = Laptop(tmp_path / "别处")
    assert restored("restore", backup, "--code", code)["ok"] and restored.dump().keys() >= before.keys()


@pytest.mark.slow
def test_three_laptops_and_a_platform_under_random_kills(platform: Platform, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    laptops = [Laptop(tmp_path / name).enrol(platform, unit, name) for name, unit in (("甲", CHANGAN), ("乙", CHANGAN), ("丙", DALANG))]
    saved: dict[str, str] = {}
    scans: dict[str, str] = {}
    ends = {"laptop": 0, "platform": 0, "itself": 0}
    began, step = time.monotonic(), 0
    while time.monotonic() - began < SECONDS or min(ends["laptop"], ends["platform"]) < 1:
        step += 1
        laptop = chance.choice(laptops)
        title = f"种子 {SEED} 第 {step} 步登记的需求"
        made = laptop("add", "demand", "--file", "-", stdin=demand(title))["ids"][0]
        saved[made] = title
        if chance.random() < 0.6:
            scan = large(tmp_path / f"{step}.jpg", 250_000 + step if chance.random() < 0.7 else 4_000_000 + step)
            scans[laptop("attach", made, scan, "--kind", "demand_letter")["evidence"][0]["sha256"]] = made
        round_ = laptop.begin("sync")
        moment = time.monotonic() + chance.random() * 1.6
        lot = chance.random()
        victim = "laptop" if lot < 0.4 else "platform" if lot < 0.65 else "itself"
        if victim == "platform":
            time.sleep(max(0.0, moment - time.monotonic()))
            platform.kill()
            platform.start()
        ends[victim] += killed(round_, lambda at=moment, now=victim == "laptop": now and time.monotonic() > at) or victim != "laptop"
    for _ in range(3):
        for laptop in laptops:
            laptop("sync", status=(0, 6))
    theirs = platform.dump()
    assert saved.keys() <= theirs.keys(), "lost"
    assert {one["fields"]["title"] for one in theirs.values() if one["kind"] == "demand"} == set(saved.values())
    assert sum(one["kind"] == "demand" for one in theirs.values()) == len(saved), "doubled"
    assert all(digest in theirs[owner]["evidence"] for digest, owner in scans.items()), "scans lost"
    first, second, third = (laptop.dump() for laptop in laptops)
    assert first == second and not set(saved) & set(first) & set(third)
    assert all({key: body["fields"] for key, body in one.items()}.items() <= {key: body["fields"] for key, body in theirs.items()}.items()
               for one in (first, third))  # fmt: skip
    assert platform("verify")["ok"] and all(laptop("verify")["ok"] for laptop in laptops)
    assert all(laptop("sync")["pending"]["files"] == 0 for laptop in laptops) and ends["laptop"] and ends["platform"], ends


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such signal")
def test_the_practice_platform_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from desktop.practice import Practice\n"
        "practice = Practice(Path(sys.argv[1])); practice.start(); print(practice.url, flush=True); time.sleep(60)"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "practice")], env=environment(tmp_path), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    port = int(started.stdout.readline().rsplit(":", 1)[1])
    started.kill()
    started.wait()
    started.stdout.close()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    pytest.fail("it went on alone")
