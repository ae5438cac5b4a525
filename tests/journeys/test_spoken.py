"""The window over AT-SPI, as a screen reader has it: pages without nameless controls, cells with their column, words that are said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).resolve().parents[2] / "packaging" / "check" / "spoken.sh"
MISSING = 77


@pytest.mark.spoken
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_screen_reader_can_read_the_pages_and_hears_what_is_wrong_and_what_is_saved() -> None:
    keep = {name: value for name, value in os.environ.items() if name != "DBUS_SESSION_BUS_ADDRESS"}
    done = subprocess.run([CHECK], env={**keep, "PYTHON": sys.executable}, capture_output=True, text=True, check=False)
    if done.returncode == MISSING:
        pytest.skip(f"{done.stderr.strip()}: see {CHECK.name} for what to install")
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert min(said["pages"].values()) > 50 and said["nameless"] == []
    assert any(cell.startswith("编号：XQ") for cell in said["cells"])
    assert said["wrong"] and said["saved"] and said["ended"] == 0
