"""The set-up of a bare machine: what it would install, when it may, and what it tells a person otherwise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import prepare

ROOT = Path(__file__).resolve().parents[2]


def test_the_line_to_type_names_each_package_once() -> None:
    line = prepare.by_hand(["xvfb", "libegl1", "xvfb"])
    assert line.strip() == "sudo apt-get update && sudo apt-get install -y libegl1 xvfb"


def test_apt_is_not_called_where_it_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIAISON_NO_APT", "1")
    assert prepare.apt_prefix() is None
    assert prepare.apt_install(["xvfb"]) is False


def test_a_missing_library_is_seen() -> None:
    assert prepare.loads("libc.so.6") is sys.platform.startswith("linux")
    assert prepare.loads("libno-such-thing.so.9") is False


def test_a_change_of_the_pins_or_of_python_calls_for_a_new_installation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    before = prepare.stamp("test")[1]
    assert prepare.stamp("test")[1] == before
    (tmp_path / "requirements-dev.txt").write_text("other==1 --hash=sha256:0\n")
    assert prepare.stamp("test")[1] != before
    unchanged = prepare.stamp("run")[1]
    monkeypatch.setattr(sys, "version", "3.12.0 (another)")
    assert prepare.stamp("run")[1] != unchanged


def test_wrong_arguments_are_told() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "packaging/prepare.py"), "fly"], capture_output=True, text=True)
    assert done.returncode == 1 and "usage" in done.stderr


def test_help_lists_every_target() -> None:
    done = subprocess.run(["make", "-s", "help", f"PYTHON={sys.executable}"], cwd=ROOT, capture_output=True, text=True)
    for target in ("demo", "test", "check", "deb", "serve", "bench", "clean"):
        assert f"make {target} " in done.stdout
