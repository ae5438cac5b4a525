"""Files as cells: what is read, and the reason for each file that is not."""

from __future__ import annotations

import io
import os
import random
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from sync.domain.problems import sentence
from sync.errors import Refused
from sync.exchange import grids
from sync.exchange.grids import read_grids

PRACTICE = Path(__file__).parents[2] / "resources" / "practice"
LEDGER = PRACTICE / "ledger.xlsx"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def workbook(
    rows: list[list[object]], change: Callable[[openpyxl.worksheet.worksheet.Worksheet], None] | None = None
) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if change is not None:
        change(sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(
    content: bytes, more: dict[str, bytes], edit: Callable[[str, bytes], bytes] = lambda _, data: data
) -> bytes:
    """The same package with parts added or edited."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, edit(name, old.read(name)))
        for name, data in more.items():
            new.writestr(name, data)
    return file.getvalue()


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr(name, "x")
    return file.getvalue()


def with_entity(name: str, data: bytes) -> bytes:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    return bomb + data if name.endswith("sheet1.xml") else data


def flagged(package: bytes) -> bytes:
    return package.replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0")


def read(folder: Path, name: str, content: bytes) -> list[grids.Grid]:
    path = folder / name
    path.write_bytes(content)
    return read_grids(path)


def refusal(path: Path, **limits: int) -> str:
    with pytest.raises(Refused) as caught:
        read_grids(path, **limits)
    (problem,) = caught.value.problems
    for lang in ("zh", "en"):
        said = sentence(problem, lang)
        assert path.name in said and "…" not in said
    return problem.code


def test_the_practice_ledger_as_cells() -> None:
    ledger, visits = read_grids(LEDGER)
    assert (ledger.name, len(ledger.rows), ledger.merged) == ("2026年台账", 67, ((1, 1, 1, 12),))
    assert ledger.rows[2][0] == 3 and ledger.rows[2][1][5] == "项目/需求名称"
    assert (visits.name, len(visits.rows)) == ("走访", 26)


def test_gb18030_and_utf8_say_the_same(tmp_path: Path) -> None:
    (old,) = read_grids(PRACTICE / "ledger-gb18030.csv")
    text = (PRACTICE / "ledger-gb18030.csv").read_bytes().decode("gb18030")
    for name, content in {
        "utf8.csv": text.encode(),
        "bom.csv": text.encode("utf-8-sig"),
        "utf16.txt": text.replace(",", "\t").encode("utf-16"),
        "semicolons.csv": text.replace(",", ";").encode(),
    }.items():
        (new,) = read(tmp_path, name, content)
        assert new.rows == old.rows, name


def test_a_quoted_line_break_is_one_row_as_in_excel(tmp_path: Path) -> None:
    (grid,) = read(tmp_path, "a.csv", '名称,内容\r\n"甲","一\r\n二"\r\n\r\n乙,三\r\n'.encode())
    assert [number for number, _ in grid.rows] == [1, 2, 4]
    assert grid.rows[1][1] == ("甲", "一\r\n二")


def test_what_an_export_guards_is_taken_off_again(tmp_path: Path) -> None:
    (grid,) = read(tmp_path, "a.csv", "a,b\r\n'=1+1,'甲\r\n".encode())
    assert grid.rows[1][1] == ("=1+1", "'甲")


def test_stored_results_are_read_and_missing_ones_marked(tmp_path: Path) -> None:
    plain = workbook([["名称", "金额", "备注"], ["甲", "=1+2", "=A2"]])

    def solve(name: str, data: bytes) -> bytes:
        return data.replace(b"<f>1+2</f><v></v>", b"<f>1+2</f><v>3</v>").replace(
            b"<f>1+2</f><v />", b"<f>1+2</f><v>3</v>"
        )

    (grid,) = read(tmp_path, "a.xlsx", repacked(plain, {}, solve))
    assert grid.rows[1][1][:2] == ("甲", 3)
    assert grid.unsolved == {(2, 3)}


def test_marks_are_found_across_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[list[object]] = [["名称", "金额"], *([f"需求{number}", "=1+1"] for number in range(400))]
    whole = read(tmp_path, "a.xlsx", workbook(rows, lambda sheet: sheet.merge_cells("C500:D501")))
    monkeypatch.setattr(grids, "_CHUNK", 777)
    monkeypatch.setattr(grids, "_OVERLAP", 300)
    assert read(tmp_path, "a.xlsx", (tmp_path / "a.xlsx").read_bytes()) == whole
    assert len(whole[0].unsolved) == 400 and whole[0].merged == ((500, 3, 501, 4),)


def test_dates_numbers_and_text_keep_their_type(tmp_path: Path) -> None:
    (grid,) = read(
        tmp_path, "a.xlsx", workbook([["x"], [datetime(2026, 3, 5)], [68.5], ["00123"], [True], [None], [7]])
    )
    assert [cells[0] for _, cells in grid.rows] == ["x", datetime(2026, 3, 5), 68.5, "00123", True, 7]
    assert [number for number, _ in grid.rows] == [1, 2, 3, 4, 5, 7]


def test_a_wrong_size_in_the_file_does_not_cut_the_table(tmp_path: Path) -> None:
    def shrink(name: str, data: bytes) -> bytes:
        return data.replace(b'<dimension ref="A1:C3"', b'<dimension ref="A1"')

    (grid,) = read(tmp_path, "a.xlsx", repacked(workbook([["a", "b", "c"]] * 3), {}, shrink))
    assert [len(cells) for _, cells in grid.rows] == [3, 3, 3]


def test_a_cell_far_out_does_not_widen_the_table(tmp_path: Path) -> None:
    def far(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        sheet.cell(1_048_576, 16_384, "x")

    (grid,) = read(tmp_path, "a.xlsx", workbook([["a", "b"], ["1", "2"]], far))
    assert len(grid.rows) == 3 and max(len(cells) for _, cells in grid.rows) == grids.MAX_COLUMNS


def test_a_row_number_beyond_excel_is_not_counted_to(tmp_path: Path) -> None:
    def far(name: str, data: bytes) -> bytes:
        return data.replace(b'<row r="2"', b'<row r="999999999999"') if name.endswith("sheet1.xml") else data

    path = tmp_path / "a.xlsx"
    path.write_bytes(repacked(workbook([["a"], ["b"]]), {}, far))
    assert refusal(path) == "SHEET_TOO_MANY_ROWS"


def test_macros_and_links_are_noted_never_followed(tmp_path: Path) -> None:
    more = {"xl/vbaProject.bin": OLE, "xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
    (grid,) = read(tmp_path, "a.xlsm", repacked(workbook([["名称"], ["甲"]]), more))
    assert grid.notes == ("macros", "links")
    assert grid.rows[1][1] == ("甲",)


def test_hidden_sheets_are_noted(tmp_path: Path) -> None:
    def hide(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        other = sheet.parent.create_sheet("旧")  # type: ignore[union-attr]
        other.append(["x"])
        other.sheet_state = "hidden"

    assert [grid.notes for grid in read(tmp_path, "a.xlsx", workbook([["a"]], hide))] == [(), ("hidden",)]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "SHEET_EMPTY"),
        ("a.csv", b"\r\n , ,\r\n", "SHEET_EMPTY"),
        ("a.xlsx", workbook([]), "SHEET_EMPTY"),
        ("a.xls", OLE, "SHEET_OLD_FORMAT"),
        ("a.xlsb", repacked(zipped("xl/workbook.bin"), {"[Content_Types].xml": b"<x/>"}), "SHEET_OLD_FORMAT"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "SHEET_ENCRYPTED"),
        ("a.xlsx", flagged(LEDGER.read_bytes()), "SHEET_ENCRYPTED"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "SHEET_TYPE"),
        ("a.xlsx", b"%PDF-1.7\n" + b"text " * 200, "SHEET_TYPE"),
        ("a.csv", (PRACTICE / "demand-letter.pdf").read_bytes(), "SHEET_TYPE"),
        ("a.csv", (PRACTICE / "payment-slip.jpg").read_bytes(), "SHEET_TYPE"),
        ("a.csv", bytes(byte or 1 for byte in random.Random(5).randbytes(5000)), "SHEET_TYPE"),
        ("a.xlsx", zipped("word/document.xml"), "SHEET_TYPE"),
        ("a.ods", zipped("content.xml"), "SHEET_TYPE"),
        ("a.csv", "名称,金额\n".encode() + b"\xff\xfe\xfd\xfc," * 3, "SHEET_ENCODING"),
        ("a.xlsx", LEDGER.read_bytes()[:9000], "SHEET_DAMAGED"),
        ("a.xlsx", repacked(LEDGER.read_bytes(), {}, with_entity), "SHEET_DAMAGED"),
        ("a.xlsx", repacked(LEDGER.read_bytes(), {}, lambda n, d: d[:400] if n.endswith("sheet1.xml") else d), "SHEET_DAMAGED"),
        ("a.xlsx", repacked(LEDGER.read_bytes(), {}, lambda n, d: b"" if n == "xl/workbook.xml" else d), "SHEET_DAMAGED"),
        ("a.csv", b'"' + b"x" * 200_000, "SHEET_DAMAGED"),
        ("a.xlsx", repacked(workbook([["a"]]), {"xl/sharedStrings.xml": bytes(65 * 1024 * 1024)}), "SHEET_TOO_LARGE"),
    ],
)  # fmt: skip
def test_each_bad_file_has_its_reason(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path) == code


def test_pictures_in_a_ledger_do_not_matter(tmp_path: Path) -> None:
    (grid,) = read(tmp_path, "a.xlsx", repacked(workbook([["a"]]), {"xl/media/image1.bmp": bytes(65 * 1024 * 1024)}))
    assert grid.rows == ((1, ("a",)),)


def test_what_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "not there.xlsx") == "SHEET_NOT_THERE"
    assert refusal(tmp_path) == "SHEET_TYPE"
    assert refusal(Path(os.devnull)) == "SHEET_TYPE"
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    assert refusal(loop) == "SHEET_UNREADABLE"


def test_limits_of_rows_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" * 12)
    assert refusal(path, limit_rows=11) == "SHEET_TOO_MANY_ROWS"
    assert refusal(LEDGER, limit_rows=60) == "SHEET_TOO_MANY_ROWS"
    monkeypatch.setattr(grids, "MAX_INFLATED", 50_000)
    assert refusal(LEDGER) == "SHEET_TOO_LARGE"
    monkeypatch.setattr(grids, "MAX_FILE", 20)
    assert refusal(path) == "SHEET_TOO_LARGE"


def test_shared_texts_are_what_they_say_whatever_they_look_like() -> None:
    """Runs of a rich text are one text; how it is read aloud (rPh) is none of it."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rich = '<si><r><rPr><b/></rPr><t>主轴</t></r><r><t xml:space="preserve"> 热误差</t></r><rPh sb="0" eb="1"><t>zhu</t></rPh></si>'
    table = f'<sst {space}><si><t>甲公司</t></si>{rich}<si><t/></si><si><t>_x005F_x000D_</t></si></sst>'
    assert grids._texts(io.BytesIO(table.encode())) == ["甲公司", "主轴 热误差", "", "_x000D_"]
