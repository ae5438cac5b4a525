"""The window as it is felt, beside a bare Qt window in the same process; asked for with ``make bench``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.conftest import ROOT, scale
from tests.bench.figures import Figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]


@pytest.mark.parametrize("number", [1000, scale()])
def test_keys_pages_lists_and_search(number: int, figures: Figures, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "tests.bench.felt", str(tmp_path), str(number)], capture_output=True, check=True, cwd=ROOT)
    said = json.loads(done.stdout.splitlines()[-1])
    bare = said["bare"]
    for item, key, floor, budget in (
        ("key to painted line", "key_ms", "key_ms", ""), ("the same, 99 of 100", "key_p99_ms", "key_p99_ms", "33 ms"),
        ("the same while progress is reckoned", "key_busy_p99_ms", "key_p99_ms", "33 ms"),
        ("list repainted", "repaint_ms", "repaint_ms", "16 ms over Qt"),
        ("page switched", "switch_ms", "", "16 ms over Qt"), ("page switched, the slowest", "switch_worst_ms", "", ""),
        ("search", "search_ms", "", "16 ms"),
    ):  # fmt: skip
        figures.add(item, number, {"wall_s": said[key] / 1000}, {"wall_s": bare[floor] / 1000} if floor else None, budget)
