"""Between laptop and platform stand things with rules of their own: a size limit, a wait, a file that is refused."""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from sync import engine
from tests.support.bad_platforms import answer, relay, stranger
from tests.support.commands import CHANGAN, UNITS, Laptop, Platform, demand, paper

PAGE = "<html><title>请求过大</title></html>".encode()
Said = Callable[[bytes], bytes | None]


def gateway(port: int, said: Said) -> Callable[[bytes, socket.socket], None]:
    """Hands everything on, except where it has something to say itself."""
    onward = relay(port, lambda _request: False)

    def reply(request: bytes, line: socket.socket) -> None:
        own = said(request)
        if own is None:
            onward(request, line)
        else:
            line.sendall(own)

    return reply


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One for all of these: what a test leaves behind disturbs no other."""
    made = Platform(tmp_path_factory.mktemp("平台"))
    made("init", "--units", UNITS)
    yield made.start()
    made.stop()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every pause a round would have made."""
    made: list[float] = []
    monkeypatch.setattr(engine.time, "sleep", made.append)
    return made


def laptop_at(url: str, platform: Platform, tmp_path: Path) -> Laptop:
    laptop = Laptop(tmp_path / "家")
    laptop("enrol", "--server", url, "--code", platform.code(CHANGAN, "张三"))
    return laptop


def scans(laptop: Laptop, folder: Path, many: int, size: int = 1_000) -> tuple[str, list[str]]:
    """A demand with papers of growing size: its id and their digests."""
    made = str(laptop("add", "demand", "--file", "-", stdin=demand("网关后面的需求"))["ids"][0])
    files = []
    for number in range(many):
        files.append(folder / f"扫描{number}.jpg")
        files[-1].write_bytes(paper()["path"].read_bytes() + made.encode() + bytes(size * (number + 1)))
    return made, [one["sha256"] for one in laptop("attach", made, *files, "--kind", "demand_letter")["evidence"]]


@pytest.mark.parametrize(
    ("status", "ends"), [("403 Forbidden", 0), ("413 Content Too Large", 0), ("500 Internal Server Error", 5), ("423 Locked", 0)]
)
def test_a_file_the_platform_will_not_have_stops_no_other(
    status: str, ends: int, platform: Platform, tmp_path: Path, waits: list[float]
) -> None:
    refused: list[str] = []

    def said(request: bytes) -> bytes | None:
        named = any(one.encode() in request for one in refused) and request.startswith((b"POST /v1/files", b"PATCH /v1/files"))
        return answer(b'{"code": "file_too_large"}', status, "application/problem+json") if named else None

    with stranger(gateway(platform.port, said)) as between:
        laptop = laptop_at(between.url, platform, tmp_path)
        made, digests = scans(laptop, tmp_path, 4)
        refused += [base64.b64encode(one.encode()).decode() for one in digests[:2]]
        one = laptop.call("sync")
        assert one.status == ends, one.out
        for _ in range(2):
            laptop.call("sync")
        assert sorted(platform.dump()[made]["evidence"]) == sorted(digests)
        states = {each["sha256"]: each["state"] for each in laptop("show", made)["evidence"]}
        assert [states[each] == "complete" for each in digests] == [False, False, True, True]
        told = [each for each in laptop("todo")["todo"] if each["what"] == "upload"]
        assert [each["problem"]["code"] for each in told] == ["SCAN_NOT_TAKEN"] * 2 and not any(each["text"] for each in told)
        refused.clear()
        assert laptop("sync")["pending"]["files"] == 0 and platform("verify")["ok"]


def test_what_is_too_large_for_a_gateway_goes_in_smaller_portions(
    platform: Platform, tmp_path: Path, waits: list[float]
) -> None:
    most = 150_000

    def said(request: bytes) -> bytes | None:
        large = len(request.partition(b"\r\n\r\n")[2]) > most
        return answer(PAGE, "413 Request Entity Too Large", "text/html") if large else None

    with stranger(gateway(platform.port, said)) as between:
        laptop = laptop_at(between.url, platform, tmp_path)
        made, digests = scans(laptop, tmp_path, 1, 700_000)
        rows = [demand(f"需求 {number}", problem="".join(chr(0x4E00 + (number * 997 + at * 7919) % 20000) for at in range(900)))
                for number in range(160)]  # fmt: skip
        laptop("add", "demand", "--file", "-", stdin=rows)
        before = len(platform.dump())
        said_of = laptop("sync")
    assert said_of["pending"]["records"] == said_of["pending"]["files"] == 0
    assert said_of["pushed"] == len(platform.dump()) - before and platform.dump()[made]["evidence"] == digests and not waits


@pytest.mark.parametrize(
    ("asked", "least", "tries"),
    [("7", 7, 4), (formatdate(1_900_000_009, usegmt=True), 9, 4), ("3600", 0, 1), (formatdate(1_900_090_000, usegmt=True), 0, 1)],
)
def test_a_wait_that_is_asked_for_is_kept(
    asked: str, least: float, tries: int, platform: Platform, tmp_path: Path, waits: list[float]
) -> None:
    busy = False

    def said(_request: bytes) -> bytes | None:
        date = formatdate(1_900_000_000, usegmt=True)
        return answer(PAGE, "503 Service Unavailable", "text/html", Retry_After=asked, Date=date) if busy else None

    with stranger(gateway(platform.port, said)) as between:
        laptop = laptop_at(between.url, platform, tmp_path)
        waits.clear()
        busy, before = True, len(between.asked)
        told = laptop.call("sync")
        assert (told.status, told.code) == (5, "server_trouble")
        assert len(between.asked) - before == tries and least * (tries - 1) <= sum(waits) <= (least + 1) * (tries - 1)
        if tries == 1:
            assert re.search(r"(60|1440) 分钟", told.message), told.message


def test_a_dry_run_says_what_moves_both_ways_and_moves_nothing(platform: Platform, tmp_path: Path) -> None:
    laptop = laptop_at(platform.url, platform, tmp_path)
    laptop("sync")
    made, digests = scans(laptop, tmp_path, 1)
    other = Laptop(tmp_path / "另一台").enrol(platform, name="李四")
    other("add", "demand", "--file", "-", stdin=demand("别的电脑登记的"))
    sent = other("sync")["pushed"]
    before = laptop.dump()
    for _ in range(2):
        plan = laptop("sync", "--dry-run")
        assert laptop.dump() == before and made not in platform.dump()
        assert (plan["pulled"], plan["uploaded_files"], plan["requests"]) == (sent, 1, 1) and plan["pending"]["files"] == 1
    assert laptop("sync")["pushed"] == plan["pushed"] and platform.dump()[made]["evidence"] == digests
