"""A line that breaks in the middle of a round and is there again at once: the round goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import engine
from tests.bench.proxy import Proxy
from tests.support.commands import CHANGAN, UNITS, Laptop, Platform, demand, paper

SCAN_BYTES = 20_000_000  # three parts


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    made = Platform(tmp_path / "平台的家")
    made("init", "--units", UNITS)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def line(platform: Platform) -> Iterator[Proxy]:
    made = Proxy(platform.port)
    yield made
    made.close()


def test_a_round_survives_a_cut_in_the_middle_of_a_scan(platform: Platform, line: Proxy, tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "家")
    laptop("enrol", "--server", line.url, "--code", platform.code(CHANGAN, "张三"))
    made = laptop("add", "demand", "--file", "-", stdin=demand("断线也要送到的需求"))["ids"][0]
    scan = tmp_path / "盖章需求书.jpg"
    scan.write_bytes(paper()["path"].read_bytes())
    with scan.open("r+b") as out:
        out.truncate(SCAN_BYTES)
    laptop("attach", made, scan, "--kind", "demand_letter")
    line.cut_at = line.up + SCAN_BYTES // 2
    before = line.up
    said = laptop("sync")
    assert not line.cut_at, "the line was cut"
    assert (said["pending"]["records"], said["pending"]["files"], said["uploaded_files"]) == (0, 0, 1)
    assert line.up - before < SCAN_BYTES + 2_000_000, "what had arrived was not sent again"
    assert platform.dump()[made]["evidence"] and platform("verify")["ok"]


def test_a_platform_that_is_not_there_is_not_waited_for(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(engine.time, "sleep", waits.append)
    laptop = Laptop(tmp_path / "家").enrol(platform)
    platform.kill()
    answer = laptop.call("sync")
    assert (answer.status, answer.code, waits) == (5, "offline", [])
