"""``liaison report``: without a display, without Qt for sheets, JSON and nothing else on standard output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pypdfium2
import pytest

from desktop import credentials
from sync.records import Identity
from sync.workspace import Workspace
from tests.desktop.platform_rows import PlatformRows

ROOT = Path(__file__).resolve().parents[2]
PHRASE = "练习口令-report"


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    place = tmp_path / "资料"
    workspace = Workspace(place, credentials.create(place, PHRASE))
    workspace.enrolled(Identity("441900119", "长安镇", "town", "L1", "李敏", "7f3a91c40b7e55d2", "http://127.0.0.1:1"), {})
    rows = PlatformRows(workspace)
    org = rows.say("organisation", {"name": "东莞市禾微光学有限公司", "org_kind": "企业", "contact_phone": "13862106210"})
    rows.say("demand", {"title": "玻璃基板激光诱导刻蚀", "org": org, "found_on": "2026-07-03", "budget_fen": 96_000_000}, (None, "accepted"))
    workspace.close()
    return place


def run(profile: Path, *words: str, code: str = "from desktop.command_line import main; raise SystemExit(main())") -> Any:
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    env |= {"LIAISON_PASSPHRASE": PHRASE, "LIAISON_TODAY": "2026-09-16", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-c", code, "report", *words, "--profile", str(profile)],
        capture_output=True, text=True, encoding="utf-8", env=env, cwd=profile.parent, check=False, timeout=100,
    )  # fmt: skip


def test_a_sheet_without_qt(profile: Path, tmp_path: Path) -> None:
    watched = (
        "import sys, atexit; atexit.register(lambda: print([n for n in sys.modules if n.startswith('PySide6')], file=sys.stderr))\n"
        "from desktop.command_line import main; raise SystemExit(main())"
    )
    done = run(profile, "季度需求征集", "--period", "2026Q3", "--out", str(tmp_path / "a.xlsx"), "--json", code=watched)
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    assert (body["rows"], body["kind"], body["period"], Path(body["file"]).name) == (1, "demands", "2026Q3", "a.xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["C4"].value == "玻璃基板激光诱导刻蚀"
    assert done.stderr.strip().splitlines()[-1] == "[]"


def test_a_pdf_without_a_display(profile: Path, tmp_path: Path) -> None:
    notes = tmp_path / "说明.txt"
    notes.write_text("由科技办汇总。", "utf-8")
    done = run(profile, "demands", "--period", "2026-08", "--out", str(tmp_path / "a.pdf"), "--notes", str(notes), "--json")
    assert done.returncode == 0, done.stderr
    body = json.loads(done.stdout)
    said = "".join(pypdfium2.PdfDocument(tmp_path / "a.pdf")[0].get_textpage().get_text_range().split())
    for words in (body["title"], "玻璃基板激光诱导刻蚀", "138****6210", "说明：由科技办汇总。", body["seal"]):
        assert words in said


def test_the_list_and_the_usual_period(profile: Path, tmp_path: Path) -> None:
    listed = json.loads(run(profile, "--list", "--json").stdout)["reports"]
    assert len(listed) == 13
    assert {"kind", "label", "period", "by", "to", "phrase", "current", "columns"} <= set(listed[0])
    assert "Working ledger" in run(profile, "--list", "--lang", "en").stdout
    done = run(profile, "ledger", "--out", str(tmp_path / "a.xlsx"))
    assert done.returncode == 0
    assert "2026年9月" in done.stdout


@pytest.mark.parametrize(
    "words",
    [("nothing", "--out", "a.xlsx"), ("ledger",), ("ledger", "--out", "a.docx"), ("ledger", "--period", "2026Q1", "--out", "a.xlsx"),
     ("ledger", "--out", "a.xlsx", "--notes", "missing.txt")],
)  # fmt: skip
def test_a_wrong_call_is_usage(profile: Path, words: tuple[str, ...]) -> None:
    done = run(profile, *words, "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "usage"
    assert not (profile.parent / "a.xlsx").exists()
