"""The window as it is felt, beside a bare Qt window in the same run; asked for with ``make bench``.

``wall`` is from the input to the painted frame, ``client CPU`` that of the window's thread meanwhile; both at the median.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.conftest import ROOT, Ground
from tests.bench.figures import Figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
BUDGETS = {"letter": "33 ms at 99 of 100", "letter during a sync with uploads": "33 ms at 99 of 100"}
OVER = "16 ms of CPU over Qt's"
LARGE = int(os.environ.get("BENCH_FELT", "20000"))


def told(*words: object) -> dict[str, dict[str, Any]]:
    argv = [sys.executable, "-m", "tests.bench.felt", *map(str, words)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=True, cwd=ROOT, text=True)
    return {one["item"]: one for one in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("number", [1000, LARGE])
def test_keys_pages_lists_and_search(ground: Ground, number: int, figures: Figures, tmp_path: Path) -> None:
    code = ground.service.accounts.add("441900119", "甲")[1]
    bare = told("bare", tmp_path, number)
    ours = told("ours", tmp_path / "felt", number, ground.platform.proxy.url, code)
    for item, one in ours.items():
        floor = bare.get(item) or bare[item.partition(":")[0]]
        if item.startswith("memory"):
            note = f"{one['rss_mb'] / floor['rss_mb']:.1f}x of {floor['rss_mb']:.0f} MB"
            figures.add(item.replace("memory", "memory, every page open", 1), number, {"rss_mb": one["rss_mb"]}, None, "1.6x", note)
            continue
        least_words = f"(bare {floor['p99_wall_ms']:.0f} and {floor['p99_cpu_ms']:.0f})"
        note = f"99 of 100: {one['p99_wall_ms']:.0f} ms, of which CPU {one['p99_cpu_ms']:.0f} {least_words}"
        cost, least = ({"wall_s": each["wall_ms"] / 1000, "client_cpu_s": each["cpu_ms"] / 1000} for each in (one, floor))
        figures.add(item, number, cost, least, BUDGETS.get(item, OVER), note)
