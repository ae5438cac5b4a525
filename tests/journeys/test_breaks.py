"""A line that breaks in the middle of a round and is there again at once: the round goes on by itself."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync import client, engine
from tests.bench.proxy import Proxy
from tests.support.commands import CHANGAN, Laptop, Platform, demand, paper

SCAN_BYTES = 20_000_000  # three parts


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


def test_a_paper_of_another_laptop_is_fetched_and_a_cut_costs_only_what_did_not_come(
    platform: Platform, line: Proxy, tmp_path: Path
) -> None:
    mine = Laptop(tmp_path / "家").enrol(platform, name="张三")
    made = mine("add", "demand", "--file", "-", stdin=demand("别的电脑也要看的盖章件"))["ids"][0]
    scan = tmp_path / "盖章 需求书.jpg"
    scan.write_bytes(paper()["path"].read_bytes())
    with scan.open("r+b") as out:
        out.truncate(SCAN_BYTES)
    mine("attach", made, scan, "--kind", "demand_letter")
    mine("sync")
    other = Laptop(tmp_path / "同事家")
    other("enrol", "--server", line.url, "--code", platform.code(CHANGAN, "李四"))
    other("sync")
    folder = tmp_path / "另存"
    line.cut_down_at = line.down + SCAN_BYTES // 2
    before = line.down
    said = other("fetch", made, "--out", folder)["evidence"]
    assert not line.cut_down_at, "the line was cut"
    assert line.down - before < SCAN_BYTES + 2_000_000, "what had come was not asked for again"
    assert [Path(one["file"]) for one in said] == [folder / scan.name] and (folder / scan.name).read_bytes() == scan.read_bytes()
    platform.stop()
    again = other("fetch", made, "--out", folder)["evidence"]  # it is here now
    assert Path(again[0]["file"]).name == "盖章 需求书 (2).jpg" and other("verify")["files"] == 1


def test_a_paper_nobody_has_sent_yet_cannot_be_fetched(platform: Platform, tmp_path: Path) -> None:
    mine, other = (Laptop(tmp_path / name).enrol(platform, name=name) for name in ("张三", "李四"))
    made = mine("add", "demand", "--file", "-", stdin=demand("扫描件还在路上"))["ids"][0]
    mine("attach", made, paper()["path"], "--kind", "demand_letter")
    mine("ticket", made)  # the text goes, the file does not
    other("sync")
    answer = other.call("fetch", made)
    assert (answer.status, answer.code) == (7, "not_here")


def test_a_platform_that_is_not_there_is_not_waited_for(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(engine.time, "sleep", waits.append)
    laptop = Laptop(tmp_path / "家").enrol(platform)
    platform.kill()
    answer = laptop.call("sync")
    assert (answer.status, answer.code, waits) == (5, "offline", [])
    plan = laptop("sync", "--dry-run")
    assert (plan["pulled"], plan["offline"], plan["pushed"]) == (None, "offline", 0)


def test_a_slow_line_is_not_a_dead_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system buffers is little, and a block leaves within the time-out: else a slow line never takes a scan."""
    monkeypatch.setattr(client, "CONNECT", client.CONNECT / 10)  # holds for each block sent
    monkeypatch.setattr(client, "PROMPT", client.PROMPT / 10)
    monkeypatch.setattr(client, "STALL", client.STALL / 10)  # for the wait after the last one
    size, seconds = 600_000, 4.0
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)

        def serve() -> None:
            line, _address = listener.accept()
            with line:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += line.recv(1)
                got, began = 0, time.monotonic()
                while got < size and (piece := line.recv(1 << 14)):
                    got += len(piece)
                    time.sleep(max(0.0, got / size * seconds - (time.monotonic() - began)))
                with suppress(OSError):
                    line.sendall(f"HTTP/1.1 201 Created\r\nUpload-Offset: {size}\r\nContent-Length: 0\r\n\r\n".encode())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        platform = client.Platform(f"http://127.0.0.1:{listener.getsockname()[1]}", Ed25519PrivateKey.generate())
        pieces = [bytes(size)]
        sent = platform.upload("0" * 64, size, "scan", "", lambda _start: iter(pieces), lambda _place, _reached: None, lambda: False)
        platform.close()
        thread.join(20)
    assert sent.done and sent.bytes == size
