"""Where the key lies: no bus, no service, one that never answers, one that is locked, one that forgets, and a real one.

Whatever the keyring does, a laptop is usable within seconds, says what it did, and no secret stands where others read.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import credentials
from tests.support.commands import LIAISON, ROOT, UNITS, Laptop, Platform, demand

KEYRINGS = ROOT / "tests" / "support" / "keyrings"
LIMIT = 5.0  # what a keyring may take
SHORT = 2.0  # the same, for tests that only look at what follows
ROOM = 6.0  # for starting interpreters on a busy machine
IN_A_SESSION = pytest.mark.skipif(not shutil.which("dbus-run-session"), reason="dbus-run-session is part of Debian's dbus-daemon")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    made = Platform(tmp_path_factory.mktemp("platform"))
    made("init", "--units", UNITS)
    made.start()
    yield made
    made.stop()


def with_keyring(home: Path, manner: str, **more: str) -> Laptop:
    """A laptop whose keyring is ours and behaves like this."""
    return Laptop(
        home, PYTHONPATH=f"{KEYRINGS}{os.pathsep}{ROOT}", PYTHON_KEYRING_BACKEND="practice_keyring.Keyring", PRACTICE_MANNER=manner,
        PRACTICE_KEYRING=str(home / "keyring.json"), DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent", **more,
    )  # fmt: skip


def of_the_session(home: Path) -> Laptop:
    """A laptop that asks whatever keyring its session has."""
    laptop = Laptop(home)
    laptop.env.pop("PYTHON_KEYRING_BACKEND", None)
    return laptop


def enrolled(laptop: Laptop, platform: Platform, *before: object) -> tuple[list[str], str, float]:
    """(slots, what people were told, seconds) of an enrolment; ``before`` runs it inside something."""
    began = time.monotonic()
    words = ["--profile", laptop.profile, "--json", "enrol", "--server", platform.url, "--code", platform.code()]
    done = subprocess.run(
        [*map(str, before), *LIAISON, *map(str, words)], env=laptop.env, cwd=laptop.home, capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)["slots"], done.stderr, time.monotonic() - began


def test_without_a_bus_the_key_file_is_used_and_said(platform: Platform, tmp_path: Path) -> None:
    laptop = of_the_session(tmp_path / "家")
    slots, told, seconds = enrolled(laptop, platform)
    assert slots == ["device"] and "LIAISON_PASSPHRASE" in told and seconds < ROOM
    (key,) = laptop.home.rglob("*.key")
    assert key.stat().st_mode & 0o777 == 0o600 and laptop.profile not in key.parents
    checks = {one["name"]: one for one in laptop("doctor")["checks"]}
    assert not checks["keyring"]["ok"] and "LIAISON_PASSPHRASE" in checks["keyring"]["remedy"] and not checks["key"]["ok"]
    # a passphrase takes its place, and the file goes
    secret = {"LIAISON_PASSPHRASE": "十二个字的开锁口令甲乙丙丁"}
    laptop.env |= secret
    assert laptop("passphrase")["slots"] == ["passphrase"] and not key.exists()
    assert laptop("list")["total"] == 0
    for wrong, code in (("别的口令", "wrong_passphrase"), ("", "wrong_passphrase"), (None, "locked")):
        laptop.env.pop("LIAISON_PASSPHRASE", None)
        laptop.env |= {} if wrong is None else {"LIAISON_PASSPHRASE": wrong}
        answer = laptop.call("list")
        assert (answer.status, answer.code) == (4, code)


def test_without_bus_and_key_file_nothing_is_made(platform: Platform, tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "家", LIAISON_NO_DEVICE_FILE="1")
    answer = laptop.call("enrol", "--server", platform.url, "--code", platform.code())
    assert (answer.status, answer.code) == (4, "locked") and "LIAISON_PASSPHRASE" in answer.message
    assert not (laptop.profile / "liaison.sqlite").exists() and not list(laptop.home.rglob("*.key"))


def test_a_keyring_keeps_the_key(platform: Platform, tmp_path: Path) -> None:
    laptop = with_keyring(tmp_path / "家", "good")
    slots, told, _seconds = enrolled(laptop, platform)
    assert slots == ["keyring"] and not told and not list(laptop.home.rglob("*.key"))
    assert laptop("add", "demand", "--file", "-", stdin=demand("钥匙在钥匙串里的需求"))["ids"]
    held = (laptop.home / "keyring.json").read_text("utf-8")
    for manner, content in (("locked", held), ("good", "{}"), ("good", held.replace('": "', '": "AAAA'))):
        laptop.env["PRACTICE_MANNER"] = manner
        (laptop.home / "keyring.json").write_text(content, "utf-8")
        answer = laptop.call("list")
        assert (answer.status, answer.code) == (4, "locked") and "钥匙串" in answer.message
    laptop.env["PRACTICE_MANNER"] = "good"
    (laptop.home / "keyring.json").write_text(held, "utf-8")
    assert laptop("list")["total"] == 2


@pytest.mark.parametrize("manner", ["silent", "locked", "forgets"])
def test_a_keyring_that_does_not_serve_is_left_for_the_next_place(
    manner: str, platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", SHORT if manner == "silent" else LIMIT)
    laptop = with_keyring(tmp_path / "家", manner)
    began = time.monotonic()
    answer = laptop.call("enrol", "--server", platform.url, "--code", platform.code())
    assert answer.json["slots"] == ["device"] and "LIAISON_PASSPHRASE" in answer.err
    if manner == "silent":
        assert SHORT < time.monotonic() - began < 2 * SHORT, "its time limit is paid once"
        assert not next(one for one in laptop("doctor")["checks"] if one["name"] == "keyring")["ok"]
    began = time.monotonic()
    laptop("list")
    assert time.monotonic() - began < SHORT, "what does not serve is not asked for every command"


def test_a_keyring_that_falls_silent_later_locks_within_its_limit(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = with_keyring(tmp_path / "家", "good")
    enrolled(laptop, platform)
    laptop.env["PRACTICE_MANNER"] = "silent"
    monkeypatch.setattr(credentials, "KEYRING_SECONDS", SHORT)
    began = time.monotonic()
    answer = laptop.call("list")
    assert (answer.status, answer.code) == (4, "locked") and time.monotonic() - began < 2 * SHORT


@IN_A_SESSION
def test_a_secret_service_that_never_answers(platform: Platform, tmp_path: Path) -> None:
    laptop = of_the_session(tmp_path / "家")
    inside = ("dbus-run-session", "--", sys.executable, KEYRINGS / "silent_service.py")
    slots, told, seconds = enrolled(laptop, platform, *inside)
    assert slots == ["device"] and "LIAISON_PASSPHRASE" in told
    assert LIMIT < seconds < LIMIT + ROOM, "it was asked, and its limit paid once"


@IN_A_SESSION
def test_a_desktop_session_with_or_without_gnome_keyring(platform: Platform, tmp_path: Path) -> None:
    laptop = of_the_session(tmp_path / "家")
    daemon = "gnome-keyring-daemon --unlock --components=secrets"
    unlock = f'command -v gnome-keyring-daemon >/dev/null && printf "login password" | {daemon} >/dev/null 2>&1'
    script = f'{unlock}; "$@" || exit 1; shift 7; exec "{sys.executable}" -m desktop.command_line --profile "{laptop.profile}" --json list >&2'
    slots, told, seconds = enrolled(laptop, platform, "dbus-run-session", "--", "sh", "-c", script, "sh")
    if shutil.which("gnome-keyring-daemon"):
        assert slots == ["keyring"] and '"total": 0' in told, told
        assert laptop.call("list").status == 4, "outside that session the key is not to be had"
    else:
        assert slots == ["device"] and "LIAISON_PASSPHRASE" in told and '"total": 0' in told
    assert seconds < LIMIT + 2 * ROOM


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_no_helper_shows_a_secret(platform: Platform, tmp_path: Path) -> None:
    laptop = with_keyring(tmp_path / "家", "slow-set", LIAISON_TEST_MARK="x")
    process = laptop.begin("enrol", "--server", platform.url, "--code", platform.code())
    shown: list[bytes] = []
    while process.poll() is None:
        for place in Path("/proc").glob("[0-9]*"):
            try:
                line = (place / "cmdline").read_bytes()
                if b"desktop.credentials\0set" in line:
                    shown.append(line + (place / "environ").read_bytes())
            except OSError:
                continue
        time.sleep(0.05)
    assert process.stdout is not None
    out = process.stdout.read()
    process.stdout.close()
    assert process.returncode == 0, out
    secrets = list(json.loads((laptop.home / "keyring.json").read_text("utf-8")).values())
    assert shown and len(secrets) == 1 and len(secrets[0]) == 44
    assert not any(secrets[0].encode() in one for one in shown)
    # with a passphrase in our own environment a helper does not get it
    laptop = with_keyring(tmp_path / "另一个家", "slow-set")
    script = "import os, sys; from desktop import credentials; credentials._ask('set', 'p', 's')"
    env = {**laptop.env, "LIAISON_PASSPHRASE": "开锁口令甲乙丙丁"}
    asking = subprocess.Popen([sys.executable, "-c", script], env=env, cwd=ROOT)
    while asking.poll() is None:
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if b"desktop.credentials\0set" in (place / "cmdline").read_bytes():
                    shown.append((place / "environ").read_bytes())
            except OSError:
                continue
        time.sleep(0.05)
    assert len(shown) > 1 and not any("开锁口令".encode() in one for one in shown)
