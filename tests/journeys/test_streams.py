"""Standard output that is full, closed or read by nobody, and Ctrl+C: the exit status still says what happened."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop import command_line, commands
from sync.server import __main__ as server
from sync.server import commands as administration

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
Main = Callable[[list[str]], int]
CASES = {
    "desk, refused": (command_line.main, ["show", "nix", "--json"], 4),
    "desk, wrong call": (command_line.main, ["nix", "--json"], 2),
    "desk, answers": (command_line.main, ["kinds", "--json"], 0),
    "platform, refused": (server.main, ["review", "nix", "--json"], 3),
    "platform, wrong call": (server.main, ["nix", "--json"], 2),
    "platform, answers": (server.main, ["dump"], 0),
}


@pytest.fixture(autouse=True)
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIAISON_PROFILE", str(tmp_path / "资料"))
    monkeypatch.setenv("LIAISON_SERVER_DATA", str(tmp_path / "平台"))


def ended(main: Main, words: list[str]) -> int:
    try:
        return main(words)
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.parametrize("name", CASES)
def test_nobody_reads_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    main, words, status = CASES[name]
    here, there = os.pipe()
    os.close(here)
    with _raw(there) as nobody:
        monkeypatch.setattr(sys, "stdout", nobody)
        assert ended(main, words) == status


@pytest.mark.parametrize("name", CASES)
def test_nothing_more_can_be_written(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    main, words, status = CASES[name]
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert ended(main, words) == (status or (0 if words == ["dump"] else 7))
    with _raw(os.open("/dev/full", os.O_WRONLY)) as full:
        monkeypatch.setattr(sys, "stdout", None)
        monkeypatch.setattr(sys, "stderr", full if name.startswith("desk") else sys.stderr)
        assert ended(main, words) == status


def _raw(handle: int) -> io.TextIOWrapper:
    return io.TextIOWrapper(open(handle, "wb", buffering=0), write_through=True)


def _interrupted(*_: Any) -> Any:
    raise KeyboardInterrupt


def test_control_c_is_one_document_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(administration, "settings", _interrupted)
    monkeypatch.setitem(commands.COMMANDS, "kinds", ("", _interrupted, ()))
    for main, words in ((command_line.main, ["kinds", "--json"]), (server.main, ["dump", "--json"])):
        assert ended(main, words) == 130
        assert json.loads(capsys.readouterr().out)["error"]["code"] == "stopped"
