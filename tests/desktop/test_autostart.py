"""Starting with the login: the entry is what the desktop reads, and it starts this program with these words."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from desktop import autostart

WORD = re.compile(r'([^\s"]+)|"((?:\\.|[^"\\])*)"')


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


def exec_words(path: Path) -> list[str]:
    """The Exec line as the Desktop Entry Specification reads it: value escapes first, then quoting, then fields."""
    value = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("Exec=")).removeprefix("Exec=")
    plain = value.replace("\\\\", "\\")
    words = [found[1] if found[2] is None else re.sub(r"\\(.)", r"\1", found[2]) for found in WORD.finditer(plain)]
    return [word.replace("%%", "%") for word in words]


@pytest.mark.parametrize(
    "words",
    [["/usr/bin/liaison"], ["/opt/my apps/liaison", "--profile", '/home/李敏/资料 "一" $HOME `x` 100% \\ 末'], ["/usr/bin/x", ""]],
)
def test_the_entry_starts_these_words(words: list[str]) -> None:
    assert not autostart.enabled()
    autostart.set_enabled(True, words)
    assert autostart.enabled() and exec_words(autostart.entry()) == words
    autostart.set_enabled(False, words)
    assert not autostart.enabled() and not autostart.entry().exists()
    autostart.set_enabled(False, words)


def test_the_entry_is_one_that_desktops_accept() -> None:
    tool = shutil.which("desktop-file-validate")
    autostart.set_enabled(True, [sys.executable, "-m", "desktop.command_line", "--profile", "/home/李敏/一 二"])
    if tool is None:
        pytest.skip("desktop-file-utils is not installed")
    done = subprocess.run([tool, autostart.entry()], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false", "Hidden = true"])
def test_what_the_desktop_switched_off_is_off(line: str) -> None:
    autostart.set_enabled(True, ["/usr/bin/liaison"])
    text = autostart.entry().read_text("utf-8").replace("X-GNOME-Autostart-enabled=true", "")
    autostart.entry().write_text(text + line + "\n", "utf-8")
    assert not autostart.enabled()
    autostart.set_enabled(True, ["/usr/bin/liaison"])
    assert autostart.enabled()


def test_a_folder_that_cannot_be_made_is_said(home: Path) -> None:
    (home / "autostart").write_text("a file")
    with pytest.raises(OSError):
        autostart.set_enabled(True, ["/usr/bin/liaison"])
    assert not autostart.enabled()


def test_the_command_is_this_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert autostart.command()[-2:] == ["-m", "desktop.command_line"]
    script = tmp_path / "liaison"
    script.touch()
    monkeypatch.setattr(sys, "argv", [str(script)])
    assert autostart.command(Path("/p")) == [str(script), "--profile", "/p"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert autostart.command() == [sys.executable]
