"""What people's scripts and files bring: each odd input gets a sentence and its status, changes nothing and is no bug."""

from __future__ import annotations

import io
import json
import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from desktop import command_line, credentials
from sync.records import Identity
from sync.workspace import Workspace
from tests.support.commands import CHANGAN, PRACTICE, ROOT, demand, paper

ACCESS = {"key": "00" * 32, "token": "token"}
Call = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with an enrolled profile that was never online."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setenv("DBUS_SESSION_BUS_ADDRESS", "")
        patch.setenv("LIAISON_TODAY", "2026-11-22")
        key = credentials.create(folder / "profile")
        workspace = Workspace(folder / "profile", key)
        workspace.enrolled(Identity(CHANGAN, "长安镇", "town", "L1", "张三", "7f3a91c40b7e55d2", "http://127.0.0.1:9"), ACCESS)
        workspace.close()
        yield folder


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Runs a command with this standard input: its status and its one JSON document."""

    def run(*words: Any, stdin: str | bytes | None = None) -> tuple[int, Any]:
        data = stdin.encode() if isinstance(stdin, str) else stdin or b""
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8", "surrogateescape"))
        capsys.readouterr()
        try:
            status = command_line.main(["--profile", str(home / "profile"), "--json", *map(str, words)])
        except SystemExit as ended:
            status = int(ended.code or 0)
        out, err = capsys.readouterr()
        bugs = home / "data" / "liaison-logs" / "bugs.log"
        if bugs.exists():
            pytest.fail(bugs.rename(bugs.with_suffix(".seen")).read_text("utf-8"))
        found = json.loads(out)
        if status:
            assert found["error"]["message"].strip() and err.strip(), "said to scripts and to people"
            codes = {one["code"] for one in found["error"]["problems"]}
            assert not [code for code in codes if code in found["error"]["message"]], "in words, not in codes"
        return status, found

    return run


def whole(**more: Any) -> str:
    return json.dumps({**demand("高光压铸模具表面纳米涂层工艺"), **more}, ensure_ascii=False)


BROKEN: dict[str, str | bytes] = {
    "nothing": b"", "words": "hello", "cut": '{"title": "高光', "invalid UTF-8": '{"title": "高'.encode()[:-1] + b'"}',
    "UTF-16": "\ufeff{}".encode("utf-16-le"),
    "a number": "5", "null": "null", "a text": '"text"', "an empty list": "[]", "a list of numbers": "[1]", "a list of lists": "[[]]",
    "deep lists": "[" * 100_000, "deep objects": '{"a":' * 100_000, "NaN": '{"budget_fen": NaN}', "infinity": '{"budget_fen": -Infinity}',
    "a key twice": '{"title": "甲甲甲甲", "title": "乙乙乙乙"}', "a key twice within": '{"org": {"name": "甲", "name": "乙"}}',
    "a number of 5,000 digits": '{"budget_fen": ' + "9" * 5000 + "}", "two documents": "{} {}",
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_json_is_wrong_usage(name: str, call: Call) -> None:
    for words in (("add", "demand"), ("rules",)):
        status, said = call(*words, "--file", "-", stdin=BROKEN[name])
        assert (status, said["error"]["code"]) == (2, "usage"), said
    assert call("list")[1]["total"] == 0


REFUSED: dict[str, tuple[str, str]] = {
    "nothing": ("{}", "REQUIRED"), "unknown field": (whole(colour="red"), "UNKNOWN_FIELD"),
    "unknown field without end": (whole(**{"x" * 100_000: 1}), "UNKNOWN_FIELD"),
    "its own id": (whole(id="x"), "UNKNOWN_FIELD"), "its own state": (whole(workflow="accepted"), "UNKNOWN_FIELD"),
    "a title of 3.5 million": (whole(title="长" * 3_500_000), "TOO_LONG"), "a title that is a number": (whole(title=5), "NOT_A_TEXT"),
    "a title that is a list": (whole(title=["x"]), "NOT_A_TEXT"), "no title": (whole(title=None), "REQUIRED"),
    "money in words": (whole(budget_fen="300000"), "NOT_AN_INT"), "money with cents": (whole(budget_fen=1.5), "NOT_AN_INT"),
    "money that is true": (whole(budget_fen=True), "NOT_AN_INT"), "money without end": (whole(budget_fen=10**400), "OUT_OF_RANGE"),
    "negative money": (whole(budget_fen=-1), "OUT_OF_RANGE"), "30 February": (whole(found_on="2026-02-30"), "NOT_A_DATE"),
    "a day that is a number": (whole(found_on=20260310), "NOT_A_DATE"),
    "words in a text": (whole(keywords="字"), "NOT_A_LIST"), "words in lists": (whole(keywords=[["a"]]), "NOT_A_TEXT"),
    "a company that is a number": (whole(org=5), "NOT_A_TEXT"), "an empty company": (whole(org={}), "REQUIRED"),
    "a company of odd parts": (whole(org={"name": {"x": 1}, "uscc": ["a"]}), "NOT_A_TEXT"),
    "an unknown company": (whole(org="01941f29-7c00-76f2-ad72-82981573a989"), "BAD_REF"),
    "an unknown company, embedded": (whole(org={"id": "nobody"}), "BAD_REF"),
    "a level of secrecy": (whole(disclosure="绝密"), "NOT_A_CHOICE"),
    "one of four": (f"[{whole()}, {whole()}, {whole()}, {{}}]", "REQUIRED"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_breaks_a_rule_is_refused_as_a_whole(name: str, call: Call) -> None:
    text, code = REFUSED[name]
    status, said = call("add", "demand", "--file", "-", stdin=text)
    problems = said["error"]["problems"]
    assert status == 3 and code in {one["code"] for one in problems}, said
    assert all(set(one) == {"field", "code", "message", "severity"} and one["message"] for one in problems)
    assert len(json.dumps(said)) < 20_000, "an answer does not repeat a book"
    assert call("list")[1]["total"] == 0


@pytest.mark.parametrize(
    ("more", "code"),
    [({"found_on": "9999-01-01"}, "DATE_IN_FUTURE"), ({"need_from": "2026-09-01", "need_to": "2026-08-01"}, "END_BEFORE_START"),
     ({"title": "短"}, "TOO_SHORT")],
)  # fmt: skip
def test_what_only_stops_the_submission_is_kept_in_the_draft(more: dict[str, str], code: str, call: Call) -> None:
    status, said = call("add", "demand", "--file", "-", stdin=whole(**more))
    assert status == 0, said
    record = said["ids"][0]
    assert code in call("check", record)[1]["codes"]
    assert more.items() <= call("show", record)[1]["fields"].items()
    assert call("delete", record)[0] == 0


def test_a_reference_leads_to_the_right_kind(call: Call, home: Path) -> None:
    first = call("add", "demand", "--file", "-", stdin=whole())[1]["ids"][0]
    for org in (first, {"id": first}):
        status, said = call("add", "demand", "--file", "-", stdin=whole(org=org))
        assert status == 3 and next(one["code"] for one in said["error"]["problems"] if one["field"] == "org") == "BAD_REF"
        status, said = call("edit", first, "--file", "-", stdin=json.dumps({"org": org}))
        assert status == 3
    assert call("show", first)[1]["fields"]["org"] != first
    for value in ("长" * 3_000_000, 10**30):
        field = "problem" if isinstance(value, str) else "budget_fen"
        assert call("edit", first, "--file", "-", stdin=json.dumps({field: value}))[0] == 3, "it would never fit into a push"
    assert call("delete", first)[0] == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [("一半\ud83d的字", "一半\ufffd的字"), ("\ud83d\ude00 表情", "😀 表情"), ("看不见\x00\x1b的", "看不见的"), ("制表\t换行\n", "制表\t换行\n"),
     ("\u202e倒写", "\u202e倒写"), ("𠮷野家", "𠮷野家")],
)  # fmt: skip
def test_texts_are_kept_so_that_they_can_travel(given: str, kept: str, call: Call) -> None:
    body = json.dumps({**demand("高光压铸模具表面纳米涂层工艺"), "goal": given})
    made = call("add", "demand", "--file", "-", stdin=body)[1]["ids"][0]
    assert call("show", made)[1]["fields"]["goal"] == kept
    call("edit", made, "--file", "-", stdin=json.dumps({"problem": given}))
    assert call("show", made)[1]["fields"]["problem"] == kept
    call("delete", made)


def test_a_mark_at_the_start_is_no_matter(call: Call, home: Path) -> None:
    for source in ("-", home / "带标记.json"):
        if source != "-":
            Path(source).write_text(whole(), "utf-8-sig")
        status, said = call("add", "demand", "--file", source, stdin=whole().encode("utf-8-sig"))
        assert status == 0
        call("delete", said["ids"][0])


WRONG: list[tuple[tuple[Any, ...], int]] = [
    (("add", "colour", "--file", "-"), 2), (("add", "notice", "--file", "-"), 3), (("add", "demand"), 2), (("add",), 2), (("fly",), 2),
    (("--lang", "fr", "list"), 2), (("add", "demand", "--file", "/no/such"), 2), (("add", "demand", "--file", "/"), 2),
    (("add", "demand", "--file", "/dev/null"), 2),
    (("list", "--limit", "-1"), 2), (("list", "--limit", "9" * 30), 2), (("list", "--limit", "many"), 2), (("list", "--kind", "colour"), 2),
    (("list", "--sync", "perhaps"), 2), (("list", "--workflow", "draft,gone"), 2), (("export", "--kind", "colour", "--out", "x.xlsx"), 2),
    (("quota", "--year", "-5"), 2), (("quota", "--year", "99999"), 2), (("quota", "--year", "1" * 30), 2),
    (("resolve", "ID", "--field", "title"), 2), (("resolve", "ID", "--field", "title", "--take", "mine"), 3),
    (("resolve", "ID", "--field", "title", "--take", "both", "--value", "x"), 2),
    (("resolve", "ID", "--field", "title", "--value", "x"), 3),
    (("undo-import", "x"), 3), (("undo-import", ""), 3), (("import", "demand", "/no/such.xlsx"), 3), (("import", "demand", "/"), 3),
    (("import", "colour", "x.xlsx"), 2), (("import", "demand", PRACTICE / "contract.pdf"), 3),
    (("import", "notice", PRACTICE / "ledger.xlsx"), 3),
    (("import", "demand", PRACTICE / "ledger.xlsx", "--map", PRACTICE / "papers.json"), 2),
    (("export", "--out", "/no/such/x.xlsx"), 7), (("export", "--out", "x.doc"), 3), (("export", "--out", "/"), 3),
    (("rescue", "save"), 2), (("rescue", "load"), 2), (("rescue", "load", "/no/such"), 3), (("rescue", "load", "/"), 3),
    (("rescue", "fly"), 2),
    (("backup", "--out", "/no/such/x"), 7), (("backup", "--out", "/"), 7), (("restore", "/no/such"), 3), (("restore", "x" * 5000), 3),
    (("restore", PRACTICE / "ledger.xlsx"), 7), (("diagnostics", "--out", "/no/such/x.zip"), 7), (("diagnostics", "--out", "/"), 7),
    (("rules", "--file", "/no/such"), 2), (("passphrase",), 2), (("enrol",), 2), (("enrol", "--server", "", "--code", "x"), 2),
    (("enrol", "--file", "/no/such"), 4), (("enrol", "--file", "/"), 4), (("enrol", "--file", PRACTICE / "papers.json"), 4),
    (("attach", "ID", PRACTICE / "contract.pdf", "--kind", "colour"), 2),
    (("attach", "ID", PRACTICE / "contract.pdf", "--kind", "tech_contract", "--set", "x"), 2),
    (("attach", "ID", PRACTICE / "contract.pdf", "--kind", "tech_contract", "--set", "signed=perhaps"), 2),
    (("attach", "ID", PRACTICE / "contract.pdf", "--kind", "tech_contract", "--set", "sha256=00"), 2),
    (("attach", "ID", PRACTICE / "contract.pdf", "--kind", "tech_contract", "--set", "doc_on=gestern"), 3),
]  # fmt: skip


@pytest.mark.parametrize(("words", "status"), WRONG, ids=lambda one: " ".join(map(str, one))[:60] if isinstance(one, tuple) else None)
def test_a_wrong_call_is_named(words: tuple[Any, ...], status: int, call: Call, record: str) -> None:
    ended, said = call(*(record if one == "ID" else one for one in words), stdin="{}")
    assert ended == status, said
    assert call("show", record)[0] == 0


@pytest.fixture(scope="module")
def record(home: Path) -> str:
    """A demand to call things on."""
    workspace = Workspace(home / "profile", credentials.unlock(home / "profile") or b"")
    made = workspace.add("demand", [demand("接受各种错误操作的需求")])[0]
    workspace.close()
    return made


@pytest.mark.parametrize("wrong", ["nobody", "", "../../no/such", "x" * 5000, "'; drop table record", "%", "编号"])
@pytest.mark.parametrize("command", ["show", "check", "submit", "withdraw", "delete", "restore", "edit", "attach"])
def test_no_such_record(command: str, wrong: str, call: Call) -> None:
    more = {"edit": ["--file", "-"], "attach": [paper()["path"], "--kind", "demand_letter"]}.get(command, [])
    status, said = call(command, wrong, *more, stdin="{}")
    assert (status, said["error"]["code"]) == (3, "not_found")


@pytest.mark.parametrize(
    "case", ["{}", '{"id": "x"}', '{"id": "x", "area": "demand", "input": 5}', '{"id": "x", "area": "colour", "input": {}}',
             '{"id": "x", "area": "demand_found", "input": {"org": 5}}', '{"id": "x", "area": "field", "input": {"field": "shoe size"}}'],
)  # fmt: skip
def test_a_rule_case_of_no_shape_is_answered_with_its_reason(case: str, call: Call) -> None:
    good = next(one for one in json.loads((ROOT / "tests/domain/cases.json").read_text("utf-8"))["cases"] if one["area"] == "field")
    status, said = call("rules", "--file", "-", stdin=f'{{"cases": [{case}, {json.dumps(good)}]}}')
    odd, plain = said["results"]
    assert status == 0 and odd["codes"] and odd["problems"][0]["message"]
    assert plain["verdict"] == good["expect"]["verdict"]


def test_a_list_of_rule_cases_that_is_none(call: Call) -> None:
    for body in ('{"cases": [5]}', '{"cases": {}}', "[]"):
        assert call("rules", "--file", "-", stdin=body)[0] == 2


# -- papers ------------------------------------------------------------------------------------------------------


def _letters(folder: Path) -> dict[str, tuple[Path, str]]:
    """Files people attach, and what is said of each."""
    good = paper()["path"].read_bytes()
    made: dict[str, tuple[bytes | None, str]] = {
        "空.pdf": (b"", "PAPER_EMPTY"), "不是.pdf": (b"hello, this is a letter", "PAPER_NOT_WHAT_IT_SAYS"),
        "程序.exe": (b"MZ" + b"\0" * 500, "PAPER_TYPE"),
        "手机.heic": (b"\0\0\0\x18ftypheic" + b"\0" * 100, "PAPER_HEIC"), "手机.jpg": (b"\0\0\0\x18ftypheic" + b"\0" * 100, "PAPER_HEIC"),
        "断了.jpg": (good[:20_000], "PAPER_DAMAGED"), "断了.pdf": ((PRACTICE / "contract.pdf").read_bytes()[:30_000], "PAPER_DAMAGED"),
        "图.pdf": (good, "PAPER_NOT_WHAT_IT_SAYS"), "压缩.ofd": (b"PK\x03\x04" + b"\0" * 50, "PAPER_DAMAGED"),
        "网页.png": (b"<html>", "PAPER_NOT_WHAT_IT_SAYS"),
    }  # fmt: skip
    for name, (data, _code) in made.items():
        (folder / name).write_bytes(data or b"")
    found = {name: (folder / name, code) for name, (_data, code) in made.items()}
    with (folder / "大.jpg").open("wb") as large:
        large.write(good)
        large.truncate(200_000_000)
    os.mkfifo(folder / "管道.pdf")
    (folder / "夹.pdf").mkdir()
    (folder / "断链.pdf").symlink_to(folder / "没有")
    (folder / "自链.pdf").symlink_to(folder / "自链.pdf")
    small = io.BytesIO()
    Image.new("1", (8, 8)).save(small, "PNG")
    head = b"IHDR" + struct.pack(">II", 60_000, 60_000) + small.getvalue()[24:29]
    (folder / "炸弹.png").write_bytes(small.getvalue()[:12] + head + struct.pack(">I", zlib.crc32(head)) + small.getvalue()[33:])
    return {
        **found, "200 MB": (folder / "大.jpg", "PAPER_TOO_LARGE"), "a pipe": (folder / "管道.pdf", "PAPER_NOT_A_FILE"),
        "a folder": (folder / "夹.pdf", "PAPER_NOT_A_FILE"), "a dead link": (folder / "断链.pdf", "PAPER_NOT_THERE"),
        "a link to itself": (folder / "自链.pdf", "PAPER_UNREADABLE"), "nothing": (folder / "没有.pdf", "PAPER_NOT_THERE"),
        "a device": (Path("/dev/zero"), "PAPER_NOT_A_FILE"), "a bomb": (folder / "炸弹.png", "PAPER_TOO_MANY_PIXELS"),
        "no name at all": (Path("x" * 5000), "PAPER_UNREADABLE"),
    }  # fmt: skip


def test_papers_that_cannot_be_taken(call: Call, record: str, tmp_path: Path) -> None:
    for name, (path, code) in _letters(tmp_path).items():
        status, said = call("attach", record, path, "--kind", "demand_letter")
        assert status == 3 and said["error"]["code"] == "bad_paper", (name, said)
        assert [one["code"] for one in said["error"]["problems"]] == [code], (name, said)
    assert call("show", record)[1]["evidence"] == [] and call("verify")[1]["files"] == 0


@pytest.mark.parametrize(
    "name", ["换\n行.jpg", "表情😀.jpg", "长" * 83 + ".jpg", " 空格 .JPG", "-h.jpg", "没有后缀", "引'号\".jpeg", "\u202egpj.jpg"]
)
def test_odd_names_are_only_names(name: str, call: Call, record: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(paper("visit-record-photo.jpg")["path"].read_bytes())
    status, said = call("attach", record, path, "--kind", "other")
    assert status == 0, said
    kept = next(one for one in call("show", record)[1]["evidence"] if one["id"] == said["evidence"][0]["id"])
    assert kept["name"].strip() and kept["sha256"] == paper("visit-record-photo.jpg")["sha256"]
    call("delete", kept["id"])


def test_a_name_of_broken_bytes(call: Call, record: str, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xc9\xa8\xc3\xe8\xbc\xfe.jpg"))  # GBK, as old archives unpack it
    path.write_bytes(paper("payment-slip.jpg")["path"].read_bytes())
    status, said = call("attach", record, path, "--kind", "other")
    assert status == 0, said
    assert call("show", record)[0] == 0 and call("verify")[0] == 0 and call("list", "--search", "件")[0] == 0
    call("delete", said["evidence"][0]["id"])
    status, said = call("attach", record, path.with_name(path.name + "x"), "--kind", "other")
    assert status == 3


def test_a_paper_nobody_may_read(call: Call, record: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "锁着.jpg"
    path.write_bytes(paper()["path"].read_bytes())
    path.chmod(0)
    if os.access(path, os.R_OK):  # the superuser reads everything: let the system say it for us
        real = Path.open

        def refuse(self: Path, *given: Any, **named: Any) -> Any:
            if self == path:
                raise PermissionError(13, "Permission denied", str(path))
            return real(self, *given, **named)

        monkeypatch.setattr(Path, "open", refuse)
    status, said = call("attach", record, path, "--kind", "demand_letter")
    assert status == 3 and said["error"]["problems"][0]["code"] == "PAPER_UNREADABLE"


def test_a_pipe_is_not_waited_for(call: Call, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "台账.xlsx")
    os.mkfifo(tmp_path / "包")
    ended: list[int] = []

    def all_of_them() -> None:
        ended.append(call("import", "demand", tmp_path / "台账.xlsx")[0])
        ended.append(call("rescue", "load", tmp_path / "包")[0])
        ended.append(call("restore", tmp_path / "包")[0])

    worker = threading.Thread(target=all_of_them, daemon=True)
    worker.start()
    worker.join(10)
    assert not worker.is_alive() and all(status in (3, 7) for status in ended) and len(ended) == 3


def test_people_are_told_in_their_language(call: Call) -> None:
    assert "没有这条记录" in call("show", "nobody")[1]["error"]["message"]
    assert "No such record" in call("--lang", "en", "show", "nobody")[1]["error"]["message"]
    assert "No such record" in call("show", "nobody", "--lang", "en")[1]["error"]["message"]
