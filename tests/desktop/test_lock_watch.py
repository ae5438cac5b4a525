"""The desktop's lock and sleep, heard over a real bus on which a practice logind and screen saver speak."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.bus import DAEMON, Bus, Place
from desktop.lock_watch import LockWatch

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed")

#: a logind of its own process: answers what ours asks, says what the test tells it to on its standard input
LOGIND = textwrap.dedent("""
    import os, select, sys
    from jeepney import DBusAddress, HeaderFields, MessageType, new_method_return, new_signal, message_bus
    from jeepney.io.blocking import open_dbus_connection
    bus = open_dbus_connection(sys.argv[1], enable_fds=True)
    bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.login1"))
    print("ready", flush=True)
    held, session = [], "/org/freedesktop/login1/session/_31"
    def say(path, interface, member, signature, *values):
        bus.send(new_signal(DBusAddress(path, interface=interface), member, signature, values))
    while True:
        readable, _, _ = select.select([bus.sock, sys.stdin, *held], [], [])
        for pipe in [one for one in readable if one in held]:
            held.remove(pipe)
            os.close(pipe)
            print("may sleep", flush=True)
        if sys.stdin in readable:
            word = sys.stdin.readline().strip()
            if word in ("sleep", "wake"):
                say("/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep", "b", word == "sleep")
            elif word == "lock":
                say(session, "org.freedesktop.login1.Session", "Lock", None)
            elif word == "hint":
                changed = {"LockedHint": ("b", True), "IdleHint": ("b", True)}
                say(session, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
                    "org.freedesktop.login1.Session", changed, [])
            elif not word:
                sys.exit()
        if bus.sock in readable:
            try:
                asked = bus.receive(timeout=0)
            except TimeoutError:
                continue
            member = asked.header.fields.get(HeaderFields.member)
            if asked.header.message_type is not MessageType.method_call:
                continue
            if member == "Inhibit":
                assert asked.body[0] == "sleep" and asked.body[3] == "delay"
                reading, writing = os.pipe()
                held.append(reading)
                bus.send(new_method_return(asked, "h", (writing,)))
                os.close(writing)
                print("held", flush=True)
            elif member == "GetSessionByPID":
                bus.send(new_method_return(asked, "o", (session,)))
                print("session", flush=True)
""")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A bus of its own."""
    where = f"unix:path={tmp_path / 'bus'}"
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={where}", "--print-address=1"]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert daemon.stdout is not None and daemon.stdout.readline()
    yield where
    daemon.kill()
    daemon.wait()
    daemon.stdout.close()


class Logind:
    """The practice logind."""

    def __init__(self, address: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", LOGIND, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=ROOT, env={**os.environ},
        )  # fmt: skip
        self.heard("ready")

    def says(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def heard(self, word: str) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == word

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def logind(address: str) -> Iterator[Logind]:
    made = Logind(address)
    yield made
    made.close()


@pytest.fixture
def watch(address: str, qapp: Any) -> Iterator[tuple[LockWatch, list[str]]]:
    # the system bus passes file descriptors, so it is opened by that name
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = address
    system, session = Bus("SYSTEM"), Bus(address)
    made, heard = LockWatch(system, session), list[str]()
    made.locked.connect(heard.append)
    made.start()
    yield made, heard
    made.saved()
    for bus in (system, session):
        bus.close()
    del os.environ["DBUS_SYSTEM_BUS_ADDRESS"]


def test_a_sleep_waits_until_everything_is_saved(logind: Logind, watch: Any, qtbot: Any) -> None:
    lock, heard = watch
    qtbot.waitUntil(lock.holds)
    logind.heard("held")
    logind.heard("session")
    logind.says("sleep")
    qtbot.waitUntil(lambda: heard == ["suspend"])
    assert lock.holds(), "the machine waits for us"
    lock.saved()
    logind.heard("may sleep")
    logind.says("wake")
    qtbot.waitUntil(lock.holds)
    logind.heard("held")


@pytest.mark.parametrize("word", ["lock", "hint"])
def test_a_locked_session_locks(word: str, logind: Logind, watch: Any, qtbot: Any) -> None:
    lock, heard = watch
    qtbot.waitUntil(lambda: lock._listening != "")
    qtbot.wait(50)
    logind.says(word)
    qtbot.waitUntil(lambda: heard == ["screen"])


def test_a_logind_that_comes_later_is_found(address: str, watch: Any, qtbot: Any) -> None:
    lock, _heard = watch
    qtbot.wait(100)
    assert not lock.holds()
    late = Logind(address)
    qtbot.waitUntil(lock.holds)
    late.close()


def saver(address: str, path: str, interface: str, member: str, signature: str | None, body: tuple[Any, ...]) -> None:
    from jeepney import DBusAddress, message_bus, new_signal
    from jeepney.io.blocking import open_dbus_connection

    with open_dbus_connection(address) as bus:
        bus.send(new_signal(DBusAddress(path, interface=interface), member, signature, body))
        bus.send_and_get_reply(message_bus.GetId())  # it has been passed on when this is answered


@pytest.mark.parametrize(
    ("path", "interface", "member", "signature", "body", "locks"),
    [
        ("/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver", "ActiveChanged", "b", (True,), True),
        ("/ScreenSaver", "org.freedesktop.ScreenSaver", "ActiveChanged", "b", (True,), True),
        ("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver", "ActiveChanged", "b", (True,), True),
        ("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver", "ActiveChanged", "b", (False,), False),
        ("/", "org.ukui.ScreenSaver", "lock", None, (), True),
        ("/", "org.ukui.ScreenSaver", "unlock", None, (), False),
        ("/com/deepin/SessionManager", "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
         ("com.deepin.SessionManager", {"Locked": ("b", True)}, []), True),
        ("/com/deepin/SessionManager", "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
         ("com.deepin.SessionManager", {"Locked": ("b", False)}, []), False),
    ],
)  # fmt: skip
def test_a_screen_saver_that_locks_is_heard(
    path: str, interface: str, member: str, signature: str | None, body: tuple[Any, ...], locks: bool,
    address: str, watch: Any, qtbot: Any,
) -> None:  # fmt: skip
    _lock, heard = watch
    qtbot.wait(100)
    saver(address, path, interface, member, signature, body)
    if locks:
        qtbot.waitUntil(lambda: heard == ["screen"])
    else:
        qtbot.wait(200)
        assert heard == []


def test_no_bus_is_no_trouble(qapp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nothing'}")
    lock = LockWatch(Bus("SYSTEM"), Bus("SESSION"))
    lock.start()
    lock.saved()
    assert not lock.holds()


# -- the bus itself ----------------------------------------------------------------------------------------------


@pytest.fixture
def bus(address: str, qapp: Any) -> Iterator[Bus]:
    made = Bus(address)
    assert made.open()
    yield made
    made.close()


def test_a_question_is_answered_in_time_or_later(bus: Bus, address: str, qtbot: Any) -> None:
    assert bus.ask(DAEMON, "GetNameOwner", "s", ("org.freedesktop.DBus",), 2_000) == ("org.freedesktop.DBus",)
    assert bus.ask(DAEMON, "GetNameOwner", "s", ("no.such.Name",), 2_000) is None, "a refusal"
    late: list[tuple[Any, ...]] = []
    answer = bus.ask(DAEMON, "GetConnectionUnixProcessID", "s", ("org.freedesktop.DBus",), 2_000)
    assert answer is not None
    os.kill(answer[0], signal.SIGSTOP)
    began = time.monotonic()
    assert bus.ask(DAEMON, "GetNameOwner", "s", ("org.freedesktop.DBus",), 50, late.append) is None
    assert 0.04 < time.monotonic() - began < 1.0
    os.kill(answer[0], signal.SIGCONT)
    qtbot.waitUntil(lambda: late == [("org.freedesktop.DBus",)])


def test_a_name_is_followed(bus: Bus, address: str, qtbot: Any) -> None:
    from jeepney import message_bus
    from jeepney.io.blocking import open_dbus_connection

    told: list[str] = []
    bus.watch("org.liaison.Test", told.append)
    qtbot.waitUntil(lambda: told == [""])
    with open_dbus_connection(address) as other:
        other.send_and_get_reply(message_bus.RequestName("org.liaison.Test"))
        qtbot.waitUntil(lambda: told == ["", other.unique_name])
        assert bus.owner("org.liaison.Test") == other.unique_name
    qtbot.waitUntil(lambda: told[2:] == [""])


def test_only_the_name_s_owner_is_heard(bus: Bus, address: str, qtbot: Any) -> None:
    from jeepney import DBusAddress, HeaderFields, message_bus, new_signal
    from jeepney.io.blocking import open_dbus_connection

    heard: list[str] = []
    owner, stranger = open_dbus_connection(address), open_dbus_connection(address)
    owner.send_and_get_reply(message_bus.RequestName("org.liaison.Test"))
    bus.watch("org.liaison.Test", lambda _owner: None)
    bus.listen(Place("org.liaison.Test", "/x", "org.liaison.X"), lambda member, _values: heard.append(member))
    qtbot.waitUntil(lambda: bus.owner("org.liaison.Test") != "")
    for connection, member in ((stranger, "Forged"), (owner, "Said")):
        signal = new_signal(DBusAddress("/x", interface="org.liaison.X"), member)
        # sent to us by name: the bus then asks no rule
        signal.header.fields[HeaderFields.destination] = bus._connection.unique_name
        connection.send(signal)
        connection.send_and_get_reply(message_bus.GetId())
    qtbot.waitUntil(lambda: "Said" in heard)
    assert "Forged" not in heard
    owner.close()
    stranger.close()


@pytest.mark.logs("bus is gone")
def test_a_bus_that_dies_is_told_once(address: str, qapp: Any, qtbot: Any, tmp_path: Path) -> None:
    where = f"unix:path={tmp_path / 'short'}"
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={where}", "--print-address=1"]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert daemon.stdout is not None and daemon.stdout.readline()
    short, lost, failed = Bus(where), list[bool](), list[str]()
    short.lost.connect(lambda: lost.append(True))
    assert short.open()
    daemon.kill()
    daemon.wait()
    daemon.stdout.close()
    short.call(DAEMON, "GetId", failed=failed.append)
    qtbot.waitUntil(lambda: bool(lost))
    assert lost == [True] and not short.is_open() and failed in ([], ["gone"])
    assert short.call(DAEMON, "GetId") == 0 and short.ask(DAEMON, "GetId", "", (), 10) is None

