"""The commands as people and scripts use them: beside a running platform, killed and started again."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sync.client import Platform
from sync.messages import Change, Cursor
from sync.server.__main__ import main, split_global

ROOT = Path(__file__).resolve().parents[2]
UNITS = str(ROOT / "resources" / "units.csv")


@pytest.fixture
def run(fresh_platform: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command in this process: (exit status, JSON answer)."""
    import shutil

    shutil.copytree(fresh_platform, tmp_path / "platform")

    def once(*words: str) -> tuple[int, Any]:
        status = main(["--data", str(tmp_path / "platform"), *words, "--json"])
        out = capsys.readouterr().out
        lines = [json.loads(line) for line in out.splitlines()]
        return status, lines[0] if len(lines) == 1 else lines

    return once


def test_init_may_be_run_again_and_changes_only_what_changed(run: Any, tmp_path: Path) -> None:
    assert run("init", "--units", UNITS) == (0, {"units": 69, "targets": 135})
    changed = tmp_path / "units.csv"
    plan = "长安镇,Chang'an Town,chang an zhen,town,5,5,5"
    changed.write_text(Path(UNITS).read_text("utf-8").replace(plan, plan[:-3] + "25,5"), "utf-8")
    assert run("init", "--units", str(changed)) == (0, {"units": 69, "targets": 135})
    setting = ("target", "set", "--unit", "441900119", "--year", "2026", "--metric", "发现", "--value")
    assert run(*setting, "25")[1]["rev"] == 2 and run(*setting, "30")[1]["rev"] == 3
    run("init", "--units", str(changed))
    assert run(*setting, "30")[1]["rev"] == 3, "the same file again does not take back what the centre has set"
    more = tmp_path / "targets.csv"
    more.write_text("unit,year,metric,target,doc\n441900119,2026,落地,3,东府办 1 号\n", "utf-8-sig")
    assert run("init", "--units", UNITS, "--targets", str(more))[1]["targets"] == 136


def test_global_options_stand_anywhere() -> None:
    options, rest = split_global(["device", "--data", "a", "list", "--json", "--blobs=s3://b", "--lang", "en"])
    assert options == {"--data": "a", "--json": True, "--blobs": "s3://b", "--lang": "en"} and rest == ["device", "list"]
    assert split_global(["a", "--", "--json"]) == ({}, ["a", "--", "--json"])


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("liaison", "add", "--unit", "nowhere", "--name", "甲"), 3, "not_found"),
        (("review", "nothing", "accept"), 3, "not_found"),
        (("review", "nothing", "show"), 3, "not_found"),
        (("device", "revoke", "nothing"), 3, "not_found"),
        (("init", "--units", "/no/such/file.csv"), 2, "bad_table"),
        (("publish", "industry_dg", "--file", "/no/such/file.json"), 2, "bad_file"),
        (("restore", "/no/such/file.zip"), 7, "damaged_backup"),
    ],
)
def test_refusals_have_their_exit_status_and_code(run: Any, words: tuple[str, ...], status: int, code: str) -> None:
    found, answer = run(*words)
    assert (found, answer["error"]["code"]) == (status, code) and answer["error"]["message"]


@pytest.mark.parametrize(
    "words", [(), ("nonsense",), ("review",), ("liaison", "add"), ("evaluate", "x", "--kind", "other"), ("dump", "--colour")]
)
def test_a_wrong_call_is_said_to_scripts_and_people(words: tuple[str, ...], run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    status, answer = run(*words)
    assert (status, answer["error"]["code"], answer["error"]["problems"]) == (2, "usage", [])
    assert main([*words]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "什么都没有做" in said.err


def test_adding_a_liaison_writes_an_enrolment_file_only_its_owner_can_read(run: Any) -> None:
    status, answer = run("liaison", "add", "--unit", "441900119", "--name", " 陈　明 ", "--server", "https://platform.example")
    file = Path(answer["file"])
    body = json.loads(file.read_text("utf-8"))
    assert status == 0 and body["code"] == answer["code"] and body["server"] == "https://platform.example"
    assert body.keys() == {"server", "code", "unit", "liaison", "platform"} and file.stat().st_mode & 0o077 == 0
    assert run("liaison", "add", "--unit", "441900119", "--name", "陈 明")[1]["liaison"] == answer["liaison"], "the same person"


def test_commands_for_people_print_for_people(fresh_platform: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(fresh_platform), "review", "x", "accept"]) == 3
    said = capsys.readouterr()
    assert said.out == "" and "没有这条记录" in said.err
    assert main(["--data", str(fresh_platform), "--lang", "en", "review", "x", "accept"]) == 3
    assert "No such record" in capsys.readouterr().err


def test_every_other_command_answers(run: Any, tmp_path: Path) -> None:
    assert run("stats", "--year", "2026")[1]["city"]["discovery"]["target"] == 160
    assert run("dump") == (0, []) and run("quarantine", "list") == (0, {"changes": []})
    assert run("device", "list") == (0, {"devices": []}) and run("review", "list")[1]["total"] == 0
    assert run("verify") == (0, {"ok": True, "records": 0, "blobs": 0, "problems": []})
    lists = tmp_path / "list.json"
    lists.write_text(json.dumps(["一", "二"]), "utf-8")
    assert run("publish", "tech_field", "--file", str(lists)) == (0, {"id": "tech_field", "count": 2})
    assert run("notice", "add", "--title", "通知", "--unit", "441900119")[1]["units"] == ["441900119"]
    assert run("backup", "--out", str(tmp_path / "b.zip"))[1]["records"] == 1
    assert run("restore", str(tmp_path / "b.zip"))[1] == {"records": 1, "blobs": 0}


def test_verify_ends_with_seven_where_something_is_wrong(run: Any, tmp_path: Path) -> None:
    from sqlalchemy import text

    from sync.server.service import Service
    from sync.server.settings import Settings

    run("notice", "add", "--title", "通知", "--unit", "441900119")
    service = Service(Settings(tmp_path / "platform"))
    with service.database.write() as connection:
        connection.execute(text("UPDATE record SET fields = '{}'"))
    service.close()
    status, answer = run("verify")
    assert status == 7 and answer["problems"][0]["what"] == "record"


# ------------------------------------------------------------------------------------------------------ serving


def _laptop(served: Any) -> tuple[Platform, str]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    code = served.command("liaison", "add", "--unit", "441900119", "--name", "甲")["code"]
    key = Ed25519PrivateKey.generate()
    answer = Platform(served.url, key).enrol(code, "测试")
    return Platform(served.url, key, answer["token"], answer["nonce"], pinned=answer["platform"]["key"]["x"]), answer["device"]


def _change(device: str, n: int, fields: dict[str, Any] | None = None, kind: str = "demand") -> Change:
    given = fields or {"title": f"第 {n} 项需求"}
    return Change(f"{n:032x}", f"r{n}", kind, device, "2026-03-10T01:02:03Z", {name: (None, value) for name, value in given.items()})


def test_killed_again_and_again_it_loses_nothing_it_answered(served: Any) -> None:
    served.start()
    platform, device = _laptop(served)
    answered = 0
    for _ in range(3):
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            assert platform.push([_change(device, answered + 1)]) == 1
            answered += 1
        served.kill()
        served.start()
    lines = served.command("verify")
    assert lines["ok"] and lines["records"] == answered
    assert len(platform.pull(Cursor(), {}, {}, "441900119").rows) == answered
    assert served.stop() == 0


def test_an_upload_goes_on_after_the_platform_was_killed(served: Any) -> None:
    served.start()
    platform, device = _laptop(served)
    data = os.urandom(12_000_000)
    digest = hashlib.sha256(data).hexdigest()
    paper = {"subject": "r1", "kind": "other", "file": "b", "sha256": digest, "bytes": len(data), "mime": "x", "pages": 1}
    platform.push([_change(device, 1), _change(device, 2, paper, "evidence")])
    reached: list[int] = []

    def read(start: int) -> Any:
        return (data[at : at + 65536] for at in range(start, len(data), 65536))

    def moved(_place: str, offset: int) -> None:
        if offset:  # the address alone is told before the first part
            reached.append(offset)

    first = platform.upload(digest, len(data), "b", "", read, moved, lambda: bool(reached))
    assert not first.done and reached == [8 << 20]
    served.kill()
    served.start()
    place = f"/v1/files/{digest}"
    sent = platform.upload(digest, len(data), "b", place, read, lambda _place, offset: reached.append(offset), lambda: False)
    assert sent.done and sent.bytes == len(data) - (8 << 20) and sent.resent == 0
    assert b"".join(platform.fetch(digest)) == data and served.command("verify")["ok"]


def test_two_workers_share_one_platform(served: Any, tmp_path: Path) -> None:
    ready = tmp_path / "two.json"
    argv = [sys.executable, "-m", "sync.server", "--data", str(served.data), "serve", "--workers", "2", "--ready-file", str(ready)]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        until = time.monotonic() + 40
        while not ready.exists():
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.01)
        served.url = json.loads(ready.read_text())["url"]
        platform, device = _laptop(served)
        for n in range(1, 6):
            fresh = Platform(served.url, platform._key, platform._token, platform.nonce)
            assert fresh.push([_change(device, n)]) == 1
            fresh.close()
        assert len(platform.pull(Cursor(), {}, {}, "441900119").rows) == 5
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
