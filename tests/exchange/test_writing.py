"""Records out: what Excel sees, what a program sees, and what is left when writing fails."""

from __future__ import annotations

import csv
import errno
import io
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sync.domain.declare import Kind
from sync.domain.fields import Field
from sync.domain.kinds import KINDS
from sync.errors import DiskFull, ReadOnly, Refused
from sync.exchange import writing
from sync.exchange.rows import plan
from sync.exchange.tables import read_table
from sync.exchange.writing import write_rows

TODAY = date(2026, 11, 21)
DEMAND = KINDS["demand"]
COMPANY = {
    "name": "东莞市诚桥储能科技股份有限公司",
    "uscc": "914419005301289259",
    "contact_name": "周芳",
    "contact_phone": "15158186398",
}
FIELDS: dict[str, Any] = {
    "title": "高光压铸模具表面纳米涂层工艺", "org": "company", "budget_fen": 30_000_001, "found_on": "2026-03-06", "disclosure": "内部",
    "problem": "第一行\n第二行", "keywords": ["涂层", "模具"], "pilot_need": True, "solve_mode": "委托研发",
}  # fmt: skip


def record(number: int = 1, kind: str = "demand", **fields: Any) -> dict[str, Any]:
    return {
        "id": f"id-{number}", "kind": kind, "number": f"XQ{number:06}", "workflow": "已受理", "updated_at": "2026-11-21T16:30:00Z",
        "fields": {**FIELDS, **fields} if kind == "demand" else fields,
    }  # fmt: skip


def resolve(reference: str) -> Mapping[str, Any] | None:
    return {"company": COMPANY, "thing": {"title": "某项成果"}}.get(reference)


def written(path: Path, *rows: dict[str, Any], kind: Kind | None = DEMAND, private: bool = False) -> Path:
    assert write_rows(path, kind, rows, resolve, private=private) == len(rows)
    return path


def lines(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def first_row(path: Path) -> dict[str, Any]:
    sheet = openpyxl.load_workbook(path).worksheets[0]
    head, row = list(sheet.iter_rows())[:2]
    return {str(above.value): below for above, below in zip(head, row, strict=True)}


def test_a_sheet_as_excel_sees_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", record())
    cells = first_row(path)
    assert cells["需求企业"].value == COMPANY["name"]
    assert (cells["统一社会信用代码"].value, cells["统一社会信用代码"].data_type) == (COMPANY["uscc"], "s")
    assert (cells["技术合作预算（万元）"].value, cells["技术合作预算（万元）"].number_format) == (
        30.000001,
        "#,##0.00####",
    )
    assert (cells["发现日期"].value, cells["发现日期"].number_format) == (datetime(2026, 3, 6), "yyyy-mm-dd")
    assert cells["更新时间"].value == datetime(2026, 11, 22, 0, 30)  # the clock of Dongguan
    assert (cells["关键字"].value, cells["需要中试"].value, cells["平台编号"].value) == ("涂层；模具", "是", "XQ000001")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert (sheet.title, sheet.freeze_panes) == ("技术需求", "B2")
    assert sheet["A1"].font.bold and 10 < sheet.column_dimensions["A"].width <= 48
    assert str(sheet.auto_filter.ref).endswith("2")


def test_a_csv_as_excel_opens_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", record())
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\r\n") and b"\r\r\n" not in raw
    (line,) = lines(path)
    assert line["技术合作预算（万元）"] == "30.000001" and line["发现日期"] == "2026-03-06"
    assert line["统一社会信用代码"] == COMPANY["uscc"] + "\t"  # Excel would round eighteen digits
    assert line["更新时间"] == "2026-11-22 00:30" and line["主要问题"] == "第一行\n第二行"


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1+2", "@SUM(A1)", '=HYPERLINK("http://x","y")', "\t=1", " =1+1"])
def test_text_never_becomes_a_formula(tmp_path: Path, evil: str) -> None:
    cell = first_row(written(tmp_path / "a.xlsx", record(title=evil)))["需求名称"]
    assert (cell.value, cell.data_type, bool(cell.quotePrefix)) == (evil, "s", True)
    (line,) = lines(written(tmp_path / "a.csv", record(title=evil)))
    assert line["需求名称"] == f"'{evil}"


def test_numbers_that_are_text_stay_text(tmp_path: Path) -> None:
    (line,) = lines(written(tmp_path / "a.csv", record(title="076922223333", letter_signatory="123456", goal="12E5")))
    assert (line["需求名称"], line["签字人"], line["预期目标"]) == ("076922223333\t", "123456", "12E5\t")


def test_private_numbers_are_masked_unless_asked_for(tmp_path: Path) -> None:
    for name in ("a.xlsx", "a.csv", "a.jsonl"):
        masked = written(tmp_path / name, record(org=COMPANY))
        assert (first_row(masked)["联系电话"].value if name == "a.xlsx" else masked.read_text(encoding="utf-8")).count(
            "151****6398"
        ) == 1
        assert COMPANY["contact_phone"].encode() not in masked.read_bytes()
    whole = written(tmp_path / "b.csv", record(), private=True)
    assert lines(whole)[0]["联系电话"] == COMPANY["contact_phone"]
    broker = {"name": "李四", "phone": "13800138000"}
    event = {"title": "对接会", "sign_ins": [{"person": "王五", "org": "甲公司", "phone": "13900139000"}]}
    both = written(tmp_path / "c.jsonl", record(1, "broker", **broker), record(2, "event", **event), kind=None)
    assert "138****8000" in both.read_text(encoding="utf-8") and "139****9000" in both.read_text(encoding="utf-8")


def test_lines_for_programs_hold_the_values_as_stored(tmp_path: Path) -> None:
    rows = [record(number) for number in range(3)]
    path = written(tmp_path / "a.jsonl", *rows)
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == rows


def test_lists_of_parts_and_references_are_readable(tmp_path: Path) -> None:
    landing = record(
        1, "landing", title="落地", subject="thing", route="DEM", buyer="company", seller="gone",
        payments=[{"paid_on": "2026-04-19", "amount_fen": 9_500_000, "payer": "甲"}, {"paid_on": "2026-05-19"}],
    )  # fmt: skip
    (line,) = lines(written(tmp_path / "a.csv", landing, kind=KINDS["landing"]))
    assert line["付款"] == "付款日期 2026-04-19，金额 95000元，付款方 甲；付款日期 2026-05-19"
    assert (line["成果或需求"], line["买方"], line["卖方"]) == ("某项成果", COMPANY["name"], "gone")
    assert line["买方统一社会信用代码"] == COMPANY["uscc"] + "\t" and "卖方统一社会信用代码" not in line
    assert "合同金额（万元）" not in line  # of another route, and nobody filled it


def test_every_kind_in_one_file(tmp_path: Path) -> None:
    rows = [record(1), record(2, "visit", org="company", place="二楼"), record(3)]
    book = openpyxl.load_workbook(written(tmp_path / "a.xlsx", *rows, kind=None))
    assert [(sheet.title, sheet.max_row) for sheet in book.worksheets] == [("技术需求", 3), ("走访", 2)]
    found = lines(written(tmp_path / "a.csv", *rows, kind=None))
    assert [line["种类"] for line in found] == ["技术需求", "走访", "技术需求"]
    assert [line["地点"] for line in found] == ["", "二楼", ""]
    assert [line["记录标识"] for line in found] == ["id-1", "id-2", "id-3"]
    assert list(found[0])[-1] == "记录标识"


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.jsonl"])
@pytest.mark.parametrize("kind", [None, DEMAND])
def test_nothing_to_write_is_still_a_file(tmp_path: Path, name: str, kind: Kind | None) -> None:
    path = written(tmp_path / name, kind=kind)
    if name == "a.xlsx":
        assert len(openpyxl.load_workbook(path).worksheets) == 1


SAMPLES = {
    "text": "某项内容说明文字若干", "code": "441900118", "date": "2026-03-06", "month": "2026-03", "time": "2026-03-06T01:30:00Z",
    "money": 12_345_678, "int": 3, "bool": False, "ref": {"name": "东莞市诚桥储能科技股份有限公司"},
}  # fmt: skip


def sample(field: Field) -> Any:
    if field.type in ("choice", "set", "list"):
        one: Any = (field.choices or ("某条",))[0]
        return one if field.type == "choice" else [one]
    if field.pattern:
        return next(one for one in ("CNY", "7.1", "0.06", "C39", "2026Q1") if re.fullmatch(field.pattern, one))
    return {"title": "某项成果"} if field.name == "subject" else SAMPLES[field.type]


@pytest.mark.parametrize(
    "kind", [one for one in KINDS.values() if one.writer == "liaison" and one.flow], ids=lambda one: one.name
)
@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_what_is_written_can_be_read_back(tmp_path: Path, kind: Kind, name: str) -> None:
    """Export, then import: every field an import can fill comes back as it was."""
    fields = {
        field.name: sample(field)
        for field in kind.fields.values()
        if field.owner == "liaison" and field.type not in ("auto", "evidence") and not field.items
        and not (field.type == "list" and field.of) and not (field.type == "ref" and field.of != ("organisation",) and field.name != "subject")
    }  # fmt: skip
    path = written(tmp_path / name, record(1, kind.name) | {"fields": fields}, kind=kind, private=True)
    (table,) = read_table(path)
    found = plan(kind, table, None, {}, TODAY, {"长安镇": "441900118"})
    assert [one.told() for one in found.problems if one.severity != "hint"] == []
    ((_, values),) = found.ready
    for given, value in fields.items():
        if isinstance(value, dict) and "name" in value:
            assert values[given]["name"] == value["name"], given
        else:
            assert values[given] == value, given


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", record())
    before = path.read_bytes()

    def failing(reference: str) -> Mapping[str, Any] | None:
        raise LookupError(reference)

    with pytest.raises(LookupError):
        write_rows(path, DEMAND, [record()], failing)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_a_full_disk_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(DiskFull):
        write_rows(tmp_path / "a.csv", DEMAND, [record()], resolve)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(ReadOnly):
        write_rows(tmp_path / "no such folder" / "a.csv", DEMAND, [record()], resolve)
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(ReadOnly):
        write_rows(tmp_path / "a.csv", DEMAND, [record()], resolve)
    with pytest.raises(Refused) as caught:
        write_rows(tmp_path / "a.docx", DEMAND, [record()], resolve)
    assert [problem.code for problem in caught.value.problems] == ["EXPORT_TYPE"]


def test_what_excel_cannot_hold_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", record(title="坏\x00字\x0b符", goal="长" * 40_000, found_on="0201-03-06"))
    cells = first_row(path)
    assert cells["需求名称"].value == "坏字符"
    assert len(cells["预期目标"].value) < 32_767 and cells["预期目标"].value.endswith("…")
    assert cells["发现日期"].value == "0201-03-06"
