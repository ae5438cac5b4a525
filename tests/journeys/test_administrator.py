"""What administrators and centres get wrong: each call ends with its status and a sentence, and changes nothing."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import CHANGAN, LIAISON, PRACTICE, SERVER, UNITS, Laptop, Platform, demand, environment, run

UNKNOWN = "01941f29-7c00-76f2-ad72-82981573a989"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform with one demand on it."""
    made = Platform(tmp_path_factory.mktemp("platform"))
    made("init", "--units", UNITS)
    made.start()
    laptop = Laptop(made.home / "laptop").enrol(made)
    laptop("add", "demand", "--file", "-", stdin=demand("高光压铸模具表面纳米涂层工艺"))
    laptop("sync")
    folder = made.home
    (folder / "空.csv").write_bytes(b"")
    (folder / "错.csv").write_text("甲,乙\n1,2\n", "utf-8")
    (folder / "乱.csv").write_bytes(b"\xff\xfe\x00\x01")
    (folder / "断.json").write_text('{"max_file_bytes": ', "utf-8")
    (folder / "深.json").write_text("[" * 100_000, "utf-8")
    (folder / "数.json").write_text("5", "utf-8")
    (folder / "错.json").write_text('{"max_file_bytes": "many"}', "utf-8")
    (folder / "单位.json").write_text('[{"unit": "nobody"}]', "utf-8")
    os.mkfifo(folder / "管道")
    yield made
    made.stop()


@pytest.fixture
def record(platform: Platform) -> str:
    """The demand."""
    return next(one["id"] for one in platform.dump().values() if one["kind"] == "demand")


WRONG: list[tuple[str, int]] = [
    ("init", 2), ("init --units /no/such.csv", 2), ("init --units HOME", 2), ("init --units HOME/空.csv", 2), ("init --units HOME/错.csv", 2),
    ("init --units HOME/乱.csv", 2), ("init --units UNITS --targets HOME/错.csv", 2),
    ("liaison add --unit nobody --name 张三", 3),
    ("liaison add --unit UNIT", 2), ("liaison add --unit UNIT --name 张三 --role king", 2), ("liaison hand-over --unit nobody --to 李四", 3),
    ("liaison hand-over --unit UNIT --to 李四 --from 没有这个人", 3), ("device revoke nobody", 3), ("review ID fly", 2),
    ("review nobody accept", 3),
    ("review ID accept", 3), ("review ID return", 3), ("review ID merge", 3), ("review ID merge --into nobody", 3), ("review ID revoke", 3),
    ("stage ID flying", 3), ("stage nobody screening", 3),
    ("evaluate ID --kind other", 2), ("evaluate nobody --kind regular", 3),
    ("evaluate ID --kind regular --score-tech many", 2), ("assign ID --unit nobody", 3), ("assign nobody --unit UNIT", 3),
    ("target set --unit nobody --year 2026 --metric discovery --value 5", 3),
    ("target set --unit UNIT --year x --metric discovery --value 5", 2),
    ("target set --unit UNIT --year 2026 --metric beauty --value 5", 3), ("target set --unit UNIT --year 2026 --metric discovery --value -5", 2),
    ("notice add", 2), ("notice add --title 通知 --unit nobody", 3), ("notice add --title 通知 --due-on someday", 2),
    ("publish parameters --file /no/such", 2), ("publish parameters --file HOME/断.json", 2), ("publish parameters --file HOME/深.json", 2),
    ("publish parameters --file HOME/数.json", 3), ("publish parameters --file HOME/错.json", 3), ("publish beauty --file HOME/单位.json", 3),
    ("publish quota --file HOME/单位.json", 3), ("stats --year x", 2), ("restore /no/such", 7), ("restore HOME", 7), ("restore LEDGER", 7),
    ("backup --out /no/such/x", 7), ("backup --out HOME", 7), ("fly", 2), ("review list --state flying", 2),
]  # fmt: skip


@pytest.mark.parametrize(("words", "status"), WRONG, ids=[words for words, _status in WRONG])
def test_a_wrong_call_is_named(words: str, status: int, platform: Platform, record: str) -> None:
    places = {"HOME": str(platform.home), "UNITS": str(UNITS), "UNIT": CHANGAN, "LEDGER": str(PRACTICE / "ledger.xlsx"), "ID": record}
    given = [places.get(word, word.replace("HOME/", f"{platform.home}/")) for word in words.split()]
    before = platform.dump()
    answer = platform.call(*given)
    assert answer.status == status, answer.out + answer.err
    assert "Traceback" not in answer.err
    if status != 2 or answer.out:
        error: dict[str, Any] = json.loads(answer.out)["error"]
        assert error["message"].strip() and "None" not in error["message"]
    assert platform.dump() == before and platform("verify")["ok"]


def test_a_platform_that_cannot_serve_says_why(platform: Platform, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = run(SERVER, "--data", platform.data, "serve", "--port", port, "--json", env=platform.env)
    assert busy.status == 2 and "Traceback" not in busy.err and str(port) in busy.err + busy.out
    nothing = run(SERVER, "--data", platform.data, "serve", "--tls-cert", "/no/such", "--tls-key", "/no/such", "--json", env=platform.env)
    assert nothing.status == 2 and "Traceback" not in nothing.err and "/no/such" in nothing.err + nothing.out


def test_a_damaged_platform_database_is_said(platform: Platform, tmp_path: Path) -> None:
    broken = Platform(tmp_path / "坏")
    broken("init", "--units", UNITS)
    (broken.data / "platform.sqlite").write_bytes(b"hello" * 1000)
    for leftover in broken.data.glob("platform.sqlite-*"):
        leftover.unlink()
    answer = broken.call("verify")
    assert (answer.status, answer.code) == (7, "damaged_store") and "Traceback" not in answer.err


@pytest.mark.parametrize("program", [LIAISON, SERVER])
def test_help_and_closed_streams(program: tuple[str, ...], tmp_path: Path) -> None:
    told = run(program, "--help", env=environment(tmp_path))
    assert told.status == 0 and "usage" in told.out
