"""A spreadsheet file as plain cells: .xlsx and .csv in, ``Grid`` out, everything else refused with its reason.

Rules. The kind of file is told by content. Nothing in a file is ever run or fetched: stored results of formulas are
read, macros and links to other files are left alone and noted. A file is measured before it is unpacked, so that a
small file cannot fill the memory (zip and XML bombs). Row numbers are those Excel shows.

openpyxl is imported on first use. Must not know heads, fields or records.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from sync.domain.problems import Problem
from sync.errors import Refused

Cell = str | int | float | bool | date | datetime | time | timedelta | None

MEGABYTE = 1024 * 1024
MAX_FILE = 50 * MEGABYTE
MAX_INFLATED = 300 * MEGABYTE
MAX_PART = 64 * MEGABYTE  # any part but the sheets themselves: those are streamed, these are held in memory
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_ENTRIES = 5_000
EXCEL_ROWS = 1_048_576  # no sheet has more; a row number beyond it would have us count to it
_CHUNK = MEGABYTE
_OVERLAP = 20_000  # longer than any formula (8,192 characters) in its cell

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARTS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_MERGED = re.compile(rb'<mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_NO_RESULT = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<f[^>]*(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
_ENTITIES = (b"<!DOCTYPE", b"<!ENTITY", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
#: What openpyxl raises for files that are not what they should be.
_BROKEN = (
    KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError, RuntimeError,
    zipfile.BadZipFile, zlib.error, ElementTree.ParseError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet. ``rows`` are those with anything in them, as (Excel's row number, cells from column A).

    ``merged`` are (top, left, bottom, right), rows and columns from 1; ``unsolved`` the (row, column) of formulas
    whose result the file does not hold; ``notes`` any of "macros", "links", "hidden".
    """

    name: str
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    unsolved: frozenset[tuple[int, int]] = frozenset()
    notes: tuple[str, ...] = ()


def read_grids(path: Path, limit_rows: int = MAX_ROWS) -> list[Grid]:
    """Every sheet of the file that holds anything; a .csv is one sheet without a name.

    Raises:
        Refused: SHEET_NOT_THERE, SHEET_UNREADABLE, SHEET_EMPTY, SHEET_TYPE, SHEET_OLD_FORMAT, SHEET_ENCRYPTED,
            SHEET_DAMAGED, SHEET_ENCODING, SHEET_TOO_LARGE or SHEET_TOO_MANY_ROWS.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise refused(path, "SHEET_TYPE")
        if size == 0:
            raise refused(path, "SHEET_EMPTY")
        if size > MAX_FILE:
            raise refused(path, "SHEET_TOO_LARGE", size=-(-size // MEGABYTE), limit=MAX_FILE // MEGABYTE)
        with path.open("rb") as file:
            head = file.read(8)
            file.seek(0)
            if head.startswith(b"PK\x03\x04"):
                grids = _workbook(path, file, limit_rows)
            else:
                grids = [_delimited(path, file.read(), limit_rows)]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise refused(path, "SHEET_NOT_THERE") from error
    except OSError as error:
        raise refused(path, "SHEET_UNREADABLE") from error
    found = [grid for grid in grids if grid.rows]
    if not found:
        raise refused(path, "SHEET_EMPTY")
    return found


def refused(path: Path, code: str, **values: Any) -> Refused:
    """The refusal of a whole file, with its name in the sentence."""
    return Refused([Problem(None, code, "block", {"name": path.name, **values})])


# ------------------------------------------------------------------------------------------------ xlsx


_SHARED = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def _workbook(path: Path, file: IO[bytes], limit_rows: int) -> list[Grid]:
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.utils.exceptions import InvalidFileException

    class Reader(ExcelReader):
        """Reads the texts of a book as what they say; with all their looks it took as long as everything else."""

        def read_strings(self) -> None:
            table = self.package.find(_SHARED)  # type: ignore[no-untyped-call]
            if table is not None:
                with self.archive.open(table.PartName[1:]) as source:
                    self.shared_strings = _texts(source)

    try:
        with zipfile.ZipFile(file) as package:
            notes = _examine(path, package)
            parts = _sheet_parts(package)
            marks = {name: _marks(package, part) for name, part in parts.items()}
        file.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of every decoration it leaves out
            reader = Reader(file, read_only=True, data_only=True, keep_links=False)
            reader.read()
            book = reader.wb
            try:
                return [_grid(path, sheet, marks.get(sheet.title), notes, limit_rows) for sheet in book.worksheets]
            finally:
                book.close()
    except (*_BROKEN, InvalidFileException) as error:
        raise refused(path, "SHEET_DAMAGED") from error


def _texts(source: IO[bytes]) -> list[str]:
    """The shared texts of a book, in their order; runs are joined, how a text is read aloud is no part of it."""
    from openpyxl.xml.functions import iterparse

    found = []
    for _event, node in iterparse(source):
        if node.tag.endswith("}si"):
            runs = [part for child in node for part in (child, *(child if child.tag.endswith("}r") else ()))]
            found.append("".join(part.text or "" for part in runs if part.tag.endswith("}t")).replace("x005F_", ""))
            node.clear()
    return found


def _examine(path: Path, package: zipfile.ZipFile) -> tuple[str, ...]:
    """Measure and identify before anything is unpacked; the notes of the book."""
    entries = package.infolist()
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise refused(path, "SHEET_ENCRYPTED")
    if "xl/workbook.bin" in names:
        raise refused(path, "SHEET_OLD_FORMAT")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise refused(path, "SHEET_TYPE")
    read = [entry for entry in entries if not entry.filename.startswith("xl/media/")]  # pictures are never unpacked
    inflated = sum(entry.file_size for entry in read)
    largest = max(entry.file_size for entry in read if not entry.filename.startswith("xl/worksheets/"))
    if inflated > MAX_INFLATED or largest > MAX_PART or len(entries) > MAX_ENTRIES:
        limit = MAX_PART if largest > MAX_PART else MAX_INFLATED
        size = largest if largest > MAX_PART else inflated
        raise refused(path, "SHEET_TOO_LARGE", size=-(-size // MEGABYTE), limit=limit // MEGABYTE)
    for entry in entries:
        if entry.filename.endswith((".xml", ".rels")):
            with package.open(entry) as part:
                opening = part.read(4096)
            if any(mark in opening for mark in _ENTITIES):  # no spreadsheet program writes one; bombs do
                raise refused(path, "SHEET_DAMAGED")
    noted = []
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        noted.append("macros")
    if any(name.startswith("xl/externalLinks/") for name in names):
        noted.append("links")
    return tuple(noted)


def _sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name -> the part that holds it."""
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))  # noqa: S314  entities were refused
    targets = {one.get("Id"): one.get("Target", "") for one in relations.iter(_PARTS)}
    book = ElementTree.fromstring(package.read("xl/workbook.xml"))  # noqa: S314  entities were refused
    found = {}
    for sheet in book.iter():
        target = targets.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION), "")
        if sheet.tag.endswith("}sheet") and target:
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in package.namelist():
                found[sheet.get("name", "")] = part
    return found


@dataclass(frozen=True, slots=True)
class _Marks:
    merged: tuple[tuple[int, int, int, int], ...]
    unsolved: frozenset[tuple[int, int]]


def _marks(package: zipfile.ZipFile, part: str) -> _Marks:
    """Merged ranges and formulas without a result, which openpyxl's streaming reader does not tell."""
    merged: dict[tuple[int, int, int, int], None] = {}
    unsolved: set[tuple[int, int]] = set()
    with package.open(part) as stream:
        for text in _windows(stream):
            for left, top, right, bottom in _MERGED.findall(text):
                merged[(int(top), _column(left), int(bottom), _column(right))] = None
            unsolved.update((int(row), _column(column)) for column, row in _NO_RESULT.findall(text))
    return _Marks(tuple(merged), frozenset(unsolved))


def _windows(stream: IO[bytes]) -> Iterator[bytes]:
    """The text in overlapping pieces, so that no mark is cut in two."""
    kept = b""
    while chunk := stream.read(_CHUNK):
        yield kept + chunk
        kept = (kept + chunk)[-_OVERLAP:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _grid(path: Path, sheet: Any, marks: _Marks | None, notes: tuple[str, ...], limit_rows: int) -> Grid:
    sheet.reset_dimensions()  # some programs write a wrong size, and openpyxl would cut the table to it
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > EXCEL_ROWS:
            raise refused(path, "SHEET_TOO_MANY_ROWS", limit=limit_rows)
        width = len(cells)
        while width and (cells[width - 1] is None or cells[width - 1] == ""):
            width -= 1
        if not width:
            continue
        rows.append((number, tuple(cells[: min(width, MAX_COLUMNS)])))
        if len(rows) > limit_rows:
            raise refused(path, "SHEET_TOO_MANY_ROWS", limit=limit_rows)
    hidden = ("hidden",) if getattr(sheet, "sheet_state", "visible") != "visible" else ()
    return Grid(
        sheet.title,
        tuple(rows),
        marks.merged if marks else (),
        marks.unsolved if marks else frozenset(),
        notes + hidden,
    )


# ------------------------------------------------------------------------------------------------- csv


def _delimited(path: Path, data: bytes, limit_rows: int) -> Grid:
    text = _decoded(path, data)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
        rows: list[tuple[int, tuple[Cell, ...]]] = []
        for number, cells in enumerate(lines, start=1):
            if any(cell.strip() for cell in cells):
                rows.append((number, tuple(_unguarded(cell) for cell in cells[:MAX_COLUMNS])))
            if len(rows) > limit_rows:
                raise refused(path, "SHEET_TOO_MANY_ROWS", limit=limit_rows)
    except csv.Error as error:
        raise refused(path, "SHEET_DAMAGED") from error
    return Grid("", tuple(rows))


def _decoded(path: Path, data: bytes) -> str:
    if data.startswith(_OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise refused(path, "SHEET_ENCRYPTED" if locked else "SHEET_OLD_FORMAT")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\0" in data[:65536]:
        raise refused(path, "SHEET_TYPE")
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        opening = text[:4096]
        odd = sum(1 for char in opening if ord(char) < 32 and char not in "\t\r\n\f")
        if odd * 50 > len(opening) or opening.lstrip()[:1] == "<" or opening.startswith("%PDF-"):
            raise refused(path, "SHEET_TYPE")  # a picture, a page of HTML that calls itself .xls, a PDF
        return text
    # neither Chinese nor anything else that is written: a picture or a program, if it does not even look like text
    binary = sum(1 for byte in data[:4096] if byte < 32 and byte not in b"\t\r\n\f")
    raise refused(path, "SHEET_TYPE" if binary * 50 > min(len(data), 4096) else "SHEET_ENCODING")


def _delimiter(text: str) -> str:
    """The separator that cuts the first lines into the most columns most often."""
    opening = text[:20_000].splitlines()[:30]
    best, most = ",", 0
    for candidate in ",\t;|":
        widths = [len(row) for row in csv.reader(opening, delimiter=candidate) if len(row) > 1]
        score = max((widths.count(width) * width for width in set(widths)), default=0)
        if score > most:
            best, most = candidate, score
    return best


def _unguarded(cell: str) -> str:
    """Take off what ``writing`` puts on so that Excel neither calculates a text nor rounds a long number."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@" else cell
