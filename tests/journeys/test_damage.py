"""The disk, the files and the clock of a laptop go wrong: it is said what happened and what is safe, and nothing is lost."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop import credentials
from sync import engine
from sync.store.database import Database
from sync.vault import derive
from sync.workspace import Workspace
from tests.support.commands import PRACTICE, ROOT, UNITS, Laptop, Platform, demand, paper

LINUX = sys.platform == "linux"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    made = Platform(tmp_path_factory.mktemp("platform"))
    made("init", "--units", UNITS)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def model(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    """A laptop with a demand and its letter, unsent; each test works on a copy of its home."""
    laptop = Laptop(tmp_path_factory.mktemp("model") / "home").enrol(platform)
    made = laptop("add", "demand", "--file", "-", stdin=demand("高光压铸模具表面纳米涂层工艺"))["ids"][0]
    laptop("attach", made, paper()["path"], "--kind", "demand_letter")
    return laptop


@pytest.fixture
def laptop(model: Laptop, tmp_path: Path) -> Laptop:
    shutil.copytree(model.home, tmp_path / "home")
    return Laptop(tmp_path / "home")


def database(laptop: Laptop) -> Path:
    return laptop.profile / "liaison.sqlite"


def no_more_than(size: int) -> Callable[[], None]:
    """No file may grow beyond this many bytes: how a full disk looks to one process."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def without_privileges() -> None:
    """The superuser, too, may only do what the files' permissions say (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH)."""
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "first page": lambda data: data[:50] + bytes(50) + data[100:],
    "a later page": lambda data: data[:9_000] + b"\xff" * 200 + data[9_200:],
    "cut": lambda data: data[: len(data) // 2],
    "emptied by a power cut": lambda _data: b"",
    "another file": lambda _data: b"hello",
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_database_is_left_alone_and_a_backup_brings_it_back(name: str, laptop: Laptop) -> None:
    code = laptop("backup", "--out", laptop.home / "备份")["code"]
    before = laptop.dump()
    broken = DAMAGES[name](database(laptop).read_bytes())
    database(laptop).write_bytes(broken)
    for words in (("list",), ("add", "demand", "--file", "-"), ("verify",)):
        answer = laptop.call(*words, stdin=json.dumps(demand("损坏之后登记的需求")))
        assert (answer.status, answer.code) == (7, "damaged_store") and "restore" in answer.message
    assert database(laptop).read_bytes() == broken, "whoever can mend it finds it as it was"
    assert laptop("doctor")["checks"] and laptop("diagnostics", "--out", laptop.home / "诊断.zip")["file"]
    restored = laptop("restore", laptop.home / "备份", "--code", code)
    assert restored["ok"] and Path(restored["aside"]).is_dir() and laptop.dump() == before and laptop("verify")["ok"]


def test_a_lost_header_is_no_new_beginning(laptop: Laptop, platform: Platform) -> None:
    header = laptop.profile / "profile.json"
    kept = header.read_text()
    for text in (None, "", "{}", "5", '{"profile": "../../x", "slots": {}}', '{"profile": "%s", "slots": {"device": 5}}' % ("0" * 32)):
        header.unlink() if text is None else header.write_text(text)
        answer = laptop.call("list")
        assert (answer.status, answer.code) == (7, "damaged_store"), text
        assert laptop.call("enrol", "--server", platform.url, "--code", "ABCD").status == 7
        assert header.exists() == (text is not None)
    header.write_text(kept)
    assert laptop("list")["total"] == 3


@pytest.mark.parametrize("content", [None, b"", b"\0" * 31, b"\0" * 32])
def test_a_wrong_key_file_locks_and_says_which(content: bytes | None, laptop: Laptop) -> None:
    (key,) = laptop.home.rglob("*.key")
    kept = key.read_bytes()
    key.unlink() if content is None else key.write_bytes(content)
    answer = laptop.call("list")
    assert (answer.status, answer.code) == (4, "locked") and key.name in answer.message and "restore" in answer.message
    key.write_bytes(kept)
    assert laptop("list")["total"] == 3


def test_a_damaged_scan_stays_alone_and_is_mended_by_the_original(laptop: Laptop) -> None:
    (scan,) = (laptop.profile / "evidence").glob("*/*")
    data = bytearray(scan.read_bytes())
    data[2_000] ^= 1
    for damaged in (bytes(data), b"", None):
        scan.unlink() if damaged is None else scan.write_bytes(damaged)
        found = laptop("verify", status=(7,))
        assert not found["ok"] and found["problems"][0]["detail"].startswith(scan.name)
        backup = laptop("backup", "--out", laptop.home / "备份", status=(0, 7))
        assert backup["records"] == 3 and (laptop.home / "备份").stat().st_size > 50_000, "the rest is safe"
        assert laptop("rescue", "save", "--out", laptop.home / "包")["files"] == 0
        body = json.loads(laptop.call("sync").out)
        assert body["pending"]["files"] == 1 and "扫描件" in body["problems"][0]["message"]
    made = next(one["id"] for one in laptop("list", "--kind", "demand")["rows"])
    laptop("attach", made, paper()["path"], "--kind", "demand_letter")
    assert laptop("verify")["ok"] and laptop("sync")["pending"]["files"] == 0 and len(laptop("show", made)["evidence"]) == 1


@pytest.mark.skipif(not LINUX, reason="permissions of Linux")
def test_a_profile_that_cannot_be_written(laptop: Laptop, platform: Platform) -> None:
    made = laptop("list", "--kind", "demand")["rows"][0]["id"]
    places = [laptop.profile, *laptop.profile.rglob("*")]
    for place in places:
        place.chmod(0o500 if place.is_dir() else 0o400)
    for words in (("add", "demand", "--file", "-"), ("sync",), ("attach", made, PRACTICE / "contract.pdf", "--kind", "tech_contract")):
        answer = laptop.call(*words, stdin=json.dumps(demand("只读时登记的需求")), prepare=without_privileges)
        assert (answer.status, answer.code) == (7, "read_only") and str(laptop.profile) in answer.message
    laptop.profile.chmod(0o700)
    for place in laptop.profile.iterdir():
        place.chmod(0o700)
    for place in (laptop.profile / "evidence").rglob("*"):
        place.chmod(0o500)
    (laptop.profile / "evidence").chmod(0o500)
    answer = laptop.call("attach", made, PRACTICE / "contract.pdf", "--kind", "tech_contract", prepare=without_privileges)
    assert (answer.status, answer.code) == (7, "read_only") and "evidence" in answer.message
    (laptop.profile / "evidence").chmod(0o700)
    assert len(laptop("show", made)["evidence"]) == 1 and laptop("verify")["ok"]


@pytest.mark.skipif(not LINUX, reason="limits of Linux")
def test_a_full_disk_costs_the_step_and_nothing_else(laptop: Laptop) -> None:
    made = laptop("list", "--kind", "demand")["rows"][0]["id"]
    before = laptop.dump()
    steps = {
        "add": ("add", "demand", "--file", "-"), "attach": ("attach", made, PRACTICE / "contract.pdf", "--kind", "tech_contract"),
        "sync": ("sync",), "backup": ("backup", "--out", laptop.home / "备份"), "import": ("import", "demand", PRACTICE / "ledger.xlsx"),
        "rescue": ("rescue", "save", "--out", laptop.home / "包"),
    }  # fmt: skip
    for words in steps.values():
        answer = laptop.call(*words, stdin=json.dumps(demand("磁盘满时登记的需求")), prepare=no_more_than(3_000))
        assert answer.status == 7 and answer.code in ("disk", "disk_full", "cannot_write"), answer.out
        assert "都在" in answer.message or "没有变化" in answer.message
    answer = laptop.call(*steps["attach"], prepare=no_more_than(150_000))
    assert (answer.status, answer.code) == (7, "disk_full")
    assert laptop.dump() == before and laptop("verify")["ok"]
    assert not (laptop.home / "备份").exists() and not list(laptop.home.glob(".备份*")), "a backup is whole or it is not there"
    assert [one.name for one in (laptop.profile / "evidence").glob("*.part")] == []
    laptop(*steps["attach"])
    assert laptop("sync")["pending"]["files"] == 0


@pytest.mark.skipif(not LINUX, reason="limits of Linux")
def test_a_platform_whose_disk_is_full_takes_nothing_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.time, "sleep", lambda _seconds: None)  # between tries
    platform = Platform(tmp_path / "平台的家")
    platform("init", "--units", UNITS)
    platform.start()
    laptop = Laptop(tmp_path / "家").enrol(platform)
    made = laptop("add", "demand", "--file", "-", stdin=demand("高光压铸模具表面纳米涂层工艺"))["ids"][0]
    laptop("attach", made, paper()["path"], "--kind", "demand_letter")
    platform.stop()
    platform.start(prepare=no_more_than(200_000))
    try:
        answer = laptop.call("sync")
        assert (answer.status, answer.code) == (5, "platform_full") and "本机" in answer.message
        refused = platform.call("backup", "--out", tmp_path / "平台备份", prepare=no_more_than(1_000))
        assert (refused.status, refused.code) == (7, "disk_full")
        platform.stop()
        platform.start()
        assert laptop("sync")["pending"] == {"records": 0, "files": 0, "bytes": 0, "oldest": None}
        assert platform("verify")["ok"] and laptop("verify")["ok"] and platform.dump().keys() == laptop.dump().keys()
    finally:
        platform.stop()


def test_a_newer_profile_is_not_touched(laptop: Laptop) -> None:
    key = derive(_key(laptop), b"database")
    opened = Database(database(laptop), key)
    with opened.write() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 9999")
    opened.close()
    before = database(laptop).read_bytes()
    for words in (("list",), ("sync",), ("verify",)):
        answer = laptop.call(*words)
        assert (answer.status, answer.code) == (7, "newer_profile") and "更新" in answer.message
    assert database(laptop).read_bytes() == before


def _key(laptop: Laptop) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(laptop.home / ".local" / "share"))
        patch.setenv("DBUS_SESSION_BUS_ADDRESS", "")
        found = credentials.unlock(laptop.profile)
    assert found is not None
    return found


def test_two_rounds_at_once_and_a_writer_beside_them(laptop: Laptop) -> None:
    with engine.one_round(laptop.profile):
        answer = laptop.call("sync")
        assert (answer.status, answer.code) == (5, "profile_busy")
        laptop("add", "demand", "--file", "-", stdin=demand("别的窗口同步时登记的需求"))
    assert laptop("sync")["pending"]["records"] == 0


def test_a_copy_under_way_is_not_swept_by_another_command(laptop: Laptop) -> None:
    workspace = Workspace(laptop.profile, _key(laptop))
    seen: list[int] = []

    def meanwhile(done: int) -> None:
        if not seen:
            laptop("list", apart=True)
        seen.append(done)

    made = next(one.id for one in workspace.rows(("demand",)).rows)
    workspace.attach(made, PRACTICE / "contract.pdf", "tech_contract", progress=meanwhile)
    workspace.close()
    assert seen and laptop("verify")["files"] == 2


@pytest.mark.parametrize("days", [-400, 400])
def test_a_clock_that_is_wrong_by_a_year(days: int, platform: Platform, tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "家", WRONG_CLOCK_DAYS=str(days), PYTHONPATH=f"{ROOT / 'tests/support/wrong_clock'}{os.pathsep}{ROOT}")
    laptop("enrol", "--server", platform.url, "--code", platform.code(), apart=True)
    made = laptop("add", "demand", "--file", "-", stdin=demand(f"钟差 {days} 天的电脑上登记的需求"), apart=True)["ids"][0]
    laptop("attach", made, paper()["path"], "--kind", "demand_letter", "--set", "signed=true")
    round_ = laptop("sync", apart=True)
    assert round_["pending"] == {"records": 0, "files": 0, "bytes": 0, "oldest": None}
    clock = next(one for one in laptop("doctor", apart=True)["checks"] if one["name"] == "clock")
    assert not clock["ok"] and clock["remedy"]
