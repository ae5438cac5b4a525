"""The two commands, driven as people's scripts drive them: from this tree, with a home of their own, JSON read back.

A command runs in a process of its own only where the process matters (to be killed, limited, measured); else within
this one, through the same ``main``, since starting an interpreter takes longer than most commands. Knows the contract
and nothing else of the product: a journey written with it would hold for any other implementation of it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from tests.support.many import inside

ROOT = Path(__file__).resolve().parent.parent.parent
PRACTICE = ROOT / "resources" / "practice"
UNITS = ROOT / "resources" / "units.csv"
LIAISON = (sys.executable, "-m", "desktop.command_line")
SERVER = (sys.executable, "-m", "sync.server")
CHANGAN, DALANG, QINGXI = "441900119", "441900121", "441900115"
TODAY = "2026-11-22"
SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)

    @property
    def code(self) -> str:
        """The code of the failure."""
        return str(self.json["error"]["code"])

    @property
    def message(self) -> str:
        """The sentence of the failure."""
        return str(self.json["error"]["message"])


def environment(home: Path, **more: str) -> dict[str, str]:
    """A person's environment below ``home``: no session bus, no settings of ours, the day of the practice papers."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("LIAISON_", "XDG_", "DBUS_"))}
    ours.pop("DISPLAY", None)
    for name in ("run", "tmp"):
        (home / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    # a process that is killed or given no room must not leave half a .pyc for all others
    ours["PYTHONDONTWRITEBYTECODE"] = "1"
    places = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "TMPDIR": str(home / "tmp")}
    return {**ours, **places, "PYTHONPATH": str(ROOT), "LIAISON_TODAY": TODAY, **more}


def within(program: str, *words: Any, env: Mapping[str, str], stdin: str | bytes | None = None) -> Answer:
    """One command in this process, with this environment."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    with mock.patch.dict(os.environ, dict(env), clear=True):
        return Answer(*inside(program, [str(word) for word in words], given))


def run(
    command: Sequence[str], *words: Any, env: Mapping[str, str], stdin: str | bytes | None = None, timeout: float = SECONDS,
    prepare: Callable[[], None] | None = None,
) -> Answer:  # fmt: skip
    """One command to its end; ``stdin`` None is closed. ``prepare`` runs in the new process before the command."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [*command, *map(str, words)], input=given, stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True, env=dict(env), timeout=timeout, check=False, cwd=env["HOME"], preexec_fn=prepare,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8", "replace"))


class Laptop:
    """A liaison's laptop: a profile below a home of its own."""

    def __init__(self, home: Path, **more: str) -> None:
        self.home = home
        self.profile = home / "资料"
        self.env = environment(home, **more)

    def call(self, *words: Any, stdin: str | bytes | None = None, apart: bool = False, **how: Any) -> Answer:
        """A command with ``--json``, whatever becomes of it; in a process ``apart`` where that matters."""
        words = ("--profile", self.profile, "--json", *words)
        if apart or how:
            return run(LIAISON, *words, env=self.env, stdin=stdin, **how)
        return within("liaison", *words, env=self.env, stdin=stdin)

    def __call__(self, *words: Any, stdin: Any = None, status: Sequence[int] = (0,), **how: Any) -> Any:
        """A command that must end with one of ``status``; its JSON. A ``stdin`` that is no text is sent as JSON."""
        text = stdin if stdin is None or isinstance(stdin, str | bytes) else json.dumps(stdin, ensure_ascii=False)
        answer = self.call(*words, stdin=text, **how)
        assert answer.status in status, f"{words}: {answer.status} {answer.out[:500]} {answer.err[-500:]}"
        return answer.json

    def dump(self) -> dict[str, dict[str, Any]]:
        """Every record by id."""
        return lines(within("liaison", "--profile", self.profile, "dump", env=self.env))

    def begin(self, *words: Any) -> subprocess.Popen[bytes]:
        """A command in a process group of its own, to be killed."""
        return subprocess.Popen(
            [*LIAISON, "--profile", str(self.profile), "--json", *map(str, words)], env=self.env, cwd=self.home,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def enrol(self, platform: Platform, unit: str = CHANGAN, name: str = "张三") -> Laptop:
        """Enrolled with a fresh code."""
        self("enrol", "--server", platform.url, "--code", platform.code(unit, name))
        return self


class Platform:
    """A platform with its data below ``home``."""

    def __init__(self, home: Path) -> None:
        self.home, self.data, self.url, self.port = home, home / "平台", "", 0
        self.env = environment(home)
        self.process: subprocess.Popen[bytes] | None = None
        self.extra: tuple[str, ...] = ()

    def call(self, *words: Any, **how: Any) -> Answer:
        """An administrator's command with ``--json``, whatever becomes of it; ``how`` runs it in a process of its own."""
        words = ("--data", self.data, *words, "--json")
        return run(SERVER, *words, env=self.env, **how) if how else within("server", *words, env=self.env)

    def __call__(self, *words: Any) -> Any:
        """An administrator's command that must go through; its JSON."""
        answer = self.call(*words)
        assert answer.status == 0, f"{words}: {answer.status} {answer.out[:500]} {answer.err[-500:]}"
        return answer.json

    def code(self, unit: str = CHANGAN, name: str = "张三") -> str:
        """A one-time enrolment code."""
        return str(self("liaison", "add", "--unit", unit, "--name", name)["code"])

    def dump(self) -> dict[str, dict[str, Any]]:
        """Every record by id."""
        return lines(within("server", "--data", self.data, "dump", env=self.env))

    def start(self, prepare: Callable[[], None] | None = None) -> Platform:
        """Serve; the port stays the same over restarts."""
        ready = self.home / "ready.json"
        ready.unlink(missing_ok=True)
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*SERVER, "--data", str(self.data), "serve", "--port", str(self.port), "--ready-file", str(ready), *self.extra],
                env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, preexec_fn=prepare,
            )  # fmt: skip
        until = time.monotonic() + SECONDS
        while not ready.exists():
            assert self.process.poll() is None and time.monotonic() < until, (self.home / "server.log").read_text()[-2000:]
            time.sleep(0.03)
        self.url = json.loads(ready.read_text())["url"]
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def kill(self) -> None:
        """As a power cut ends it."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """As an administrator ends it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


@contextmanager
def serving(home: Path) -> Iterator[Platform]:
    """A platform of its own with the real units, serving."""
    made = Platform(home)
    made("init", "--units", UNITS)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def lines(answer: Answer) -> dict[str, dict[str, Any]]:
    """The lines of a dump by id."""
    assert answer.status == 0, answer.err
    found = [json.loads(line) for line in answer.out.splitlines() if line.strip()]
    assert [one["id"] for one in found] == sorted(one["id"] for one in found)
    return {one["id"]: one for one in found}


def demand(title: str, **more: Any) -> dict[str, Any]:
    """A demand that lacks nothing but its letter; the company is one of the practice papers'."""
    return {
        "title": title, "problem": "压铸模具型腔表面易粘铝、易热裂，寿命不到三万模次。", "indicators": "涂层结合力不低于 70 N，寿命提高一倍",
        "org": {"name": "东莞市诚桥储能科技股份有限公司", "uscc": "914419005301289259", "org_kind": "企业", "division": CHANGAN,
                "contact_name": "周芳", "contact_phone": "15158186398"},
        "tech_field": "新材料", "industry_dg": "新材料", "industry": "C35", "budget_fen": 30_000_000, "budget_currency": "CNY",
        "solve_mode": "委托研发", "letter_signed_on": "2026-03-06", "letter_signatory": "周芳", "found_on": "2026-03-06",
        "disclosure": "内部", **more,
    }  # fmt: skip


def paper(name: str = "demand-letter-photo.jpg") -> dict[str, Any]:
    """What is known of a practice paper; ``path`` is where it lies."""
    listed = json.loads((PRACTICE / "papers.json").read_text("utf-8"))["papers"]
    found: dict[str, Any] = next(one for one in listed if one["file"] == name)
    return {**found, "path": PRACTICE / name}
