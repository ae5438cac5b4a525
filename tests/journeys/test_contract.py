"""What scripts rely on: every command's keys and types, one document on standard output, status, options, closed stdin.

The calls run one after the other in one process (``tests.support.many``); each test looks at the answers of one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.command_line import ENGLISH, main
from desktop.commands import COMMANDS
from tests.support.commands import (
    CHANGAN,
    DALANG,
    LIAISON,
    PRACTICE,
    ROOT,
    UNITS,
    Platform,
    demand,
    environment,
    lines,
    paper,
    run,
)

CASES = json.loads((ROOT / "tests/domain/cases.json").read_text("utf-8"))["cases"]
Shape = dict[str, Any]
TEXT, INT, ANY, BOOL = str, int, object, bool
PROBLEM = {"field": (str, type(None)), "code": str, "message": str, "severity": str}
CONFLICT = {"id": TEXT, "field": TEXT, "base": ANY, "mine": ANY, "theirs": ANY, "by": TEXT, "at": TEXT}
METRIC = {"target": (int, type(None)), "counted": INT}
SOUND = {"ok": BOOL, "records": INT, "files": INT, "problems": [ANY]}
OUTCOMES = {"results": [{"id": TEXT, "workflow": TEXT, "problems": [PROBLEM]}]}


def fits(value: Any, shape: Any, at: str = "") -> list[str]:
    """Where ``value`` is not of ``shape``: a type, types, a list of one shape, or an object's promised keys."""
    if isinstance(shape, list):
        wrong = [] if isinstance(value, list) else [f"{at}: no list"]
        return wrong + [each for one in (value if not wrong else []) for each in fits(one, shape[0], f"{at}[]")]
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{at}: no object"]
        missing = [f"{at}.{key}: missing" for key in shape if key not in value]
        return missing + [
            each for key, inner in shape.items() if key in value for each in fits(value[key], inner, f"{at}.{key}")
        ]
    good = isinstance(value, shape) and (
        shape is bool or shape is object or not isinstance(value, bool) or not isinstance(shape, type)
    )
    return [] if good else [f"{at}: {type(value).__name__}"]


def calls(home: Path, url: str) -> dict[str, tuple[str, list[Any], Any, Any]]:
    """name -> (program, words, standard input, promised shape)."""
    a, b, data = ["--profile", home / "a", "--json"], ["--profile", home / "b", "--json"], ["--data", home / "平台"]
    letter = ["--set", "signed=true", "--set", "stamped=true", "--set", "seal_kind=公章", "--set", f"seal_name={paper()['company']}",
              "--set", "doc_on=2026-03-06"]  # fmt: skip
    made: dict[str, tuple[str, list[Any], Any, Any]] = {}

    def liaison(name: str, words: list[Any], shape: Any, stdin: Any = None) -> None:
        made[name] = ("liaison", words, stdin, shape)

    def server(name: str, words: list[Any], shape: Any) -> None:
        made[name] = ("server", words, None, shape)

    def of(name: str, path: str = "") -> str:
        return f"${list(made).index(name)}{path}"

    server("init again", [*data, "init", "--units", UNITS, "--json"], {"units": INT, "targets": INT})
    server(
        "liaison add",
        ["--json", *data, "liaison", "add", "--unit", CHANGAN, "--name", "张三"],
        {"liaison": TEXT, "code": TEXT, "file": TEXT},
    )
    liaison(
        "enrol",
        [*a, "enrol", "--server", url, "--code", of("liaison add", ".code")],
        {"unit": TEXT, "liaison": TEXT, "device": TEXT},
    )
    server(
        "a second laptop",
        [*data, "liaison", "add", "--unit", CHANGAN, "--name", "李四", "--json"],
        {"liaison": TEXT, "code": TEXT, "file": TEXT},
    )
    liaison(
        "enrol by file",
        ["enrol", "--file", of("a second laptop", ".file"), *b],
        {"unit": TEXT, "liaison": TEXT, "device": TEXT},
    )
    kinds = {
        "label": TEXT,
        "fields": {"title": {"label": TEXT, "type": TEXT, "required_draft": ANY, "required_submit": ANY}},
    }
    liaison("kinds", ["--json", "kinds"], {"kinds": {"demand": kinds}})
    liaison("add", [*a, "add", "demand", "--file", "-"], {"ids": [TEXT]}, demand("高光压铸模具表面纳米涂层工艺"))
    liaison("add several", ["add", "demand", "--file", home / "two.json", *a], {"ids": [TEXT]})
    one, poor = of("add", ".ids.0"), of("add several", ".ids.0")
    liaison(
        "edit",
        [*a, "edit", one, "--file", "-"],
        {"id": TEXT, "problems": [PROBLEM]},
        {"keywords": ["涂层", "压铸"], "goal": None},
    )
    liaison("attach", [*a, "attach", one, paper()["path"], "--kind", "demand_letter", *letter],
            {"evidence": [{"id": TEXT, "sha256": TEXT, "bytes": INT, "pages": INT}]})  # fmt: skip
    liaison(
        "check",
        [*a, "check", one],
        {"verdict": TEXT, "codes": [TEXT], "problems": [PROBLEM], "missing_evidence": [TEXT]},
    )
    liaison("rules", ["rules", "--json", "--file", "-"], {"results": [{"id": TEXT, "verdict": TEXT, "codes": [TEXT]}]},
            {"cases": [one for one in CASES if one["area"] != "counting"]})  # fmt: skip
    liaison("submit", [*a, "submit", one], OUTCOMES)
    liaison("withdraw", [*a, "withdraw", one], OUTCOMES)
    liaison("submit again", [*a, "submit", one], OUTCOMES)
    liaison("delete", [*a, "delete", poor], OUTCOMES)
    liaison("restore a draft", [*a, "restore", poor], OUTCOMES)
    liaison("me", [*a, "me"], {"unit": TEXT, "unit_name": TEXT, "liaison": TEXT, "liaison_name": TEXT, "device": TEXT, "server": TEXT})
    libraries = [{"name": TEXT, "label": TEXT, "about": TEXT, "count": INT, "parts": ANY}]
    liaison("library", ["library", *a], {"as_of": ANY, "libraries": libraries})
    found = [{"id": TEXT, "kind": TEXT, "title": TEXT, "workflow": TEXT, "sync_state": TEXT, "updated_at": TEXT}]
    liaison("library demands", [*a, "library", "demands", "--search", "高光"], {"as_of": ANY, "name": TEXT, "rows": found})
    pending = {"records": INT, "files": INT, "bytes": INT}
    counts = ("pulled", "pushed", "merged", "refused", "conflicts", "uploaded_files", "uploaded_bytes", "resent_bytes", "requests")
    report = {**dict.fromkeys(counts, INT),
              "pending": pending, "cursor": ANY, "server_time": TEXT}  # fmt: skip
    liaison("sync --dry-run", [*a, "sync", "--dry-run"], {**report, "records": INT, "files": INT, "bytes": INT})
    liaison("sync", ["sync", *a], report)
    upload = {"evidence": TEXT, "file": TEXT, "sha256": TEXT, "bytes": INT, "offset": INT, "endpoint": TEXT, "address": TEXT,
              "headers": {"Authorization": TEXT}, "metadata": {"sha256": TEXT, "filename": TEXT}}  # fmt: skip
    liaison("ticket", ["ticket", one, *a], {"uploads": [upload]})
    liaison("sync b", ["sync", *b], report)
    liaison("fetch", ["fetch", one, "--out", home / "papers", *b], {"evidence": [{"id": TEXT, "sha256": TEXT, "bytes": INT, "file": TEXT}]})
    server("review list", [*data, "review", "list", "--json"], ANY)
    decided = {"id": TEXT, "workflow": TEXT, "number": (str, type(None))}
    server(
        "review return",
        [*data, "review", one, "return", "--code", "LETTER_STALE", "--remark", "problem=请写明现有工艺", "--json"],
        decided,
    )
    liaison("sync the return", ["sync", *a], report)
    known = {"id": TEXT, "kind": TEXT, "bytes": INT, "sha256": TEXT, "state": TEXT, "offset": INT}
    liaison("show", [*a, "show", one], {
        "id": TEXT, "kind": TEXT, "fields": {"title": TEXT}, "workflow": TEXT, "stage": (str, type(None)),
        "sync": {"state": TEXT, "pending": INT, "conflicts": [CONFLICT], "problems": [PROBLEM]},
        "server": {"version": INT, "number": (str, type(None)), "received_at": TEXT,
                   "remarks": [{"field": (str, type(None)), "code": ANY, "text": TEXT}],
                   "counted": ANY},
        "evidence": [known], "timeline": [ANY],
    })  # fmt: skip
    row = {
        "id": TEXT,
        "kind": TEXT,
        "title": TEXT,
        "workflow": (str, type(None)),
        "sync_state": TEXT,
        "updated_at": TEXT,
    }
    liaison(
        "list",
        [*a, "list", "--kind", "demand", "--workflow", "draft,returned", "--search", "gg", "--limit", "5"],
        {"total": INT, "rows": [row]},
    )
    liaison(
        "edit here",
        [*a, "edit", one, "--file", "-"],
        {"id": TEXT, "problems": [PROBLEM]},
        {"indicators": "甲：结合力不低于 80 N"},
    )
    liaison(
        "edit there",
        [*b, "edit", one, "--file", "-"],
        {"id": TEXT, "problems": [PROBLEM]},
        {"indicators": "乙：结合力不低于 90 N"},
    )
    liaison("sync there", ["sync", *b], report)
    liaison("sync into a conflict", ["sync", *a], report)
    liaison("conflicts", [*a, "conflicts"], {"conflicts": [CONFLICT]})
    liaison(
        "resolve",
        [*a, "resolve", one, "--field", "indicators", "--value", "结合力不低于 85 N"],
        {"conflicts": [CONFLICT]},
    )
    liaison("submit after", [*a, "submit", one], OUTCOMES)
    liaison("sync after", ["sync", *a], report)
    server("review accept", [*data, "review", one, "accept", "--json"], decided)
    server("stage", [*data, "--json", "stage", one, "screening", "--note", "进入分批评价"], {"id": TEXT})
    server("assign", [*data, "--json", "assign", one, "--unit", DALANG], {"id": TEXT})
    server(
        "target set",
        [
            *data,
            "--json",
            "target",
            "set",
            "--unit",
            CHANGAN,
            "--year",
            "2026",
            "--metric",
            "discovery",
            "--value",
            "6",
        ],
        ANY,
    )
    server("publish", [*data, "--json", "publish", "parameters", "--file", home / "parameters.json"], ANY)
    server(
        "evaluate",
        [*data, "--json", "evaluate", one, "--kind", "regular", "--score-tech", "80", "--round", "2026-1"],
        {"id": TEXT},
    )
    server("notice add", [*data, "--json", "notice", "add", "--title", "十一月台账月底前报送"], {"id": TEXT})
    server("stats", [*data, "--json", "stats", "--year", "2026"],
           {"city": dict, "units": [{"unit": TEXT, "discovery": METRIC, "landing": METRIC,
            "last_sync": (str, type(None)), "pending": pending}]})  # fmt: skip
    liaison("sync decisions", ["sync", *a], report)
    discovery = {
        **METRIC,
        **dict.fromkeys(("in_review", "returned", "unsent", "duplicate"), INT),
        "not_counted": [{"id": TEXT, "codes": [TEXT]}],
    }
    liaison("quota", [*a, "quota", "--year", "2026"],
            {"unit": TEXT, "year": INT, "as_of": (str, type(None)), "discovery": discovery, "landing": METRIC,
             "service": dict, "city": dict})  # fmt: skip
    batch = {"batch": (str, type(None)), "added": INT, "updated": INT, "skipped": INT,
             "problems": [{"row": (int, type(None)), "field": (str, type(None)), "code": TEXT, "message": TEXT}]}  # fmt: skip
    liaison("import --dry-run", [*a, "import", "demand", PRACTICE / "ledger.xlsx", "--dry-run"], batch)
    liaison("import", [*a, "import", "demand", PRACTICE / "ledger-gb18030.csv"], batch)
    liaison("undo-import", [*a, "undo-import", of("import", ".batch")], {"batch": TEXT})
    for ending in ("xlsx", "csv", "jsonl"):
        liaison(f"export {ending}", [*a, "export", "--out", home / f"表.{ending}"], {"rows": INT, "file": TEXT})
    liaison(
        "report",
        [*a, "report", "ledger", "--period", "2026-11", "--out", home / "台账.xlsx"],
        {"rows": INT, "file": TEXT},
    )
    liaison("rescue save", [*a, "rescue", "save", "--out", home / "包"], {"records": INT, "files": INT, "bytes": INT})
    liaison("rescue load", [*b, "rescue", "load", home / "包"], {"records": INT, "files": INT, "bytes": INT})
    liaison("verify", [*a, "verify"], SOUND)
    liaison("backup", [*a, "backup", "--out", home / "备份"], SOUND)
    liaison(
        "restore", ["--profile", home / "c", "--json", "restore", home / "备份", "--code", of("backup", ".code")], SOUND
    )
    liaison("doctor", [*a, "doctor"], {"checks": [{"name": TEXT, "ok": BOOL, "detail": TEXT, "remedy": TEXT}]})
    liaison("diagnostics", [*a, "diagnostics", "--out", home / "诊断.zip"], {"file": TEXT})
    liaison("inspect", [*a, "inspect", paper()["path"]], {"files": [{
        "file": TEXT, "pages": INT, "kind": ANY, "seal": {"state": TEXT, "shape": ANY, "page": ANY, "confidence": ANY}, "signature": dict,
        "fields": dict, "quality": list, "problems": list,
    }]})  # fmt: skip
    server(
        "device list",
        [*data, "device", "list", "--json"],
        {"devices": [{"id": TEXT, "liaison": TEXT, "last_seen": TEXT, "pending": pending}]},
    )
    server(
        "verify the platform",
        [*data, "verify", "--json"],
        {"ok": BOOL, "records": INT, "blobs": INT, "problems": [ANY]},
    )
    server(
        "backup the platform", [*data, "backup", "--out", home / "平台备份", "--json"], {"records": INT, "blobs": INT}
    )
    server(
        "restore the platform",
        ["--data", home / "另一平台", "restore", home / "平台备份", "--json"],
        {"records": INT, "blobs": INT},
    )
    server(
        "hand-over",
        [*data, "liaison", "hand-over", "--unit", CHANGAN, "--to", "王五", "--json"],
        {"code": TEXT, "records": INT},
    )
    server("device revoke", [*data, "device", "revoke", of("enrol", ".device"), "--json"], ANY)
    liaison("sync when closed", ["sync", *a], None)
    if "inspect" not in COMMANDS:
        del made["inspect"]
    return made


STATUS = {"sync into a conflict": 6, "sync when closed": 4}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[dict[str, Any], Any]]]:
    """name -> (answer, promised shape)."""
    home = tmp_path_factory.mktemp("contract")
    platform = Platform(home)
    platform("init", "--units", UNITS)
    platform.start()
    try:
        (home / "two.json").write_text(
            json.dumps([demand("甲需求：微孔发泡"), {**demand("乙需求：激光切割"), "budget_fen": 9_999_999}]), "utf-8"
        )
        (home / "parameters.json").write_text(json.dumps({"max_file_bytes": 50_000_000}), "utf-8")
        wanted = calls(home, platform.url)
        given = [[program, list(map(str, words)), stdin] for program, words, stdin, _shape in wanted.values()]
        (home / "calls.json").write_text(json.dumps(given), "utf-8")
        env = environment(home)
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.many", str(home / "calls.json"), str(home / "answers.json")],
            env=env, cwd=home, capture_output=True, text=True, timeout=110, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        found = json.loads((home / "answers.json").read_text("utf-8"))
        yield {name: (answer, wanted[name][3]) for name, answer in zip(wanted, found, strict=True)}
    finally:
        platform.stop()


@pytest.mark.parametrize("name", calls(Path("/"), ""))
def test_a_command_keeps_its_promise(name: str, answers: dict[str, tuple[dict[str, Any], Any]]) -> None:
    answer, shape = answers[name]
    assert answer["status"] == STATUS.get(name, 0), answer["err"] + answer["out"][:500]
    document = json.loads(answer["out"])
    assert answer["out"].count("\n") == 1, "one document, one line"
    assert answer["qt"] == [], "no window toolkit for a command"
    if shape is None:
        assert not fits(document, {"error": {"code": TEXT, "message": TEXT, "problems": [PROBLEM]}})
    else:
        assert fits(document, shape) == []


def test_every_command_is_asked_here() -> None:
    asked = {
        word for program, words, _in, _shape in calls(Path("/"), "").values() if program == "liaison" for word in words
    }
    elsewhere = {"convert", "demo", "dump", "passphrase", "follow", "read", "receipt", "stage", "todo"}
    assert set(COMMANDS) - asked <= elsewhere, "these open windows, or answer only to what the centre has done"


def test_a_dump_is_lines_sorted_by_id(answers: dict[str, tuple[dict[str, Any], Any]]) -> None:
    home = Path(answers["export csv"][0]["words"][-1]).parent
    env = environment(home)
    for words in (["--profile", home / "a", "dump"], ["dump", "--profile", home / "a", "--json"]):
        found = lines(run(LIAISON, *words, env=env))
        assert all(set(one) == {"id", "kind", "fields", "workflow", "version", "evidence"} for one in found.values())
    # a profile is named by the environment too, and people are spoken to in English
    told = run(LIAISON, "show", "nobody", "--lang", "en", env={**env, "LIAISON_PROFILE": str(home / "a")})
    assert (told.status, told.out) == (3, "") and "No such record" in told.err
    assert (home / "表.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "Excel opens it right"
    assert (
        len((home / "表.jsonl").read_text("utf-8").splitlines())
        == json.loads(answers["export jsonl"][0]["out"])["rows"]
    )


def test_what_happened_is_what_was_meant(answers: dict[str, tuple[dict[str, Any], Any]]) -> None:
    said = {name: json.loads(answer["out"]) for name, (answer, _shape) in answers.items()}
    assert said["check"]["verdict"] == "count" and said["submit"]["results"][0]["workflow"] == "queued"
    assert (
        said["withdraw"]["results"][0]["workflow"] == "draft"
        and said["restore a draft"]["results"][0]["workflow"] == "draft"
    )
    assert said["sync"]["uploaded_files"] == 1 and said["sync"]["pending"] == {
        "records": 0,
        "files": 0,
        "bytes": 0,
        "oldest": None,
    }
    assert said["show"]["workflow"] == "returned" and said["show"]["server"]["remarks"][0]["field"] == "problem"
    assert said["list"]["total"] == 1 and [one["field"] for one in said["conflicts"]["conflicts"]] == ["indicators"]
    assert (
        said["review accept"]["number"]
        and said["quota"]["discovery"]["counted"] == 1
        and said["quota"]["discovery"]["target"] == 6
    )
    assert (
        said["import --dry-run"]["batch"] is None and said["import"]["added"] == said["import --dry-run"]["added"] > 10
    )
    assert said["restore"]["records"] == said["verify"]["records"] and said["restore"]["files"] == 1
    assert said["sync when closed"]["error"]["code"] == "device_closed"


def test_every_command_is_explained_in_english_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(ENGLISH) == set(COMMANDS)
    for words in (["--help"], ["add", "--help"]):
        with pytest.raises(SystemExit):
            main(["--lang", "en", *words])
        said = capsys.readouterr().out
        assert said and said.isascii()
