"""Records out: .xlsx and .csv that Excel and WPS open right, .jsonl for programs.

Rules. Columns and their labels come from the declaration; money stands in the unit its head names (万元 or 元), days
are real dates, codes and telephone numbers stay text. Nothing a company wrote may turn into a formula on somebody
else's computer: in .xlsx such text is stored as text, in .csv it begins with an apostrophe, and a number too long for
Excel ends in a tab; reading takes both off again. Private fields are masked unless the caller says otherwise. .jsonl
holds the values as they are stored (fen, ISO days, ids). A file appears whole or not at all.

openpyxl is imported on first use. Must not know the store; references are resolved by a function handed in.
"""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from sync.domain.declare import Kind
from sync.domain.fields import Field, empty, parse_date, parse_time
from sync.domain.kinds import KINDS, ORGANISATION
from sync.domain.values import SHANGHAI, mask_phone
from sync.errors import DiskFull, ReadOnly
from sync.exchange.columns import main_organisation
from sync.exchange.grids import refused
from sync.sealed import sync_folder

Row = Mapping[str, Any]
#: A record id -> that record's fields ({"name", "uscc", …} or {"title", …}), or None where it is not known.
Resolve = Callable[[str], Mapping[str, Any] | None]
Value = str | int | float | bool | Decimal | date | datetime | None

__all__ = ["Resolve", "Value", "guarded", "plain_text", "whole_file", "write_rows"]
_MOST_CHARACTERS = 32_000  # Excel holds 32,767 in a cell
_FORMULA = re.compile(r"^\s*[=+\-@]|^[\t\r]")
_LONG_NUMBER = re.compile(r"^(?:\d{12,}|0\d+|\d+[Ee]\d+)$")
_ILLEGAL = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]")
_WIDTHS = {"money": 14.0, "date": 12.0, "month": 10.0, "time": 17.0, "bool": 8.0, "int": 10.0}
_FORMATS = {"money": "#,##0.00####", "date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm"}
_META = (
    ("number", "平台编号", "text"), ("workflow", "流程状态", "text"), ("stage", "业务阶段", "text"),
    ("sync_state", "同步", "text"), ("updated_at", "更新时间", "time"), ("id", "记录标识", "text"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Column:
    head: str
    type: str
    value: Callable[[Row], Value]
    long: bool = False


def write_rows(
    path: Path, kind: Kind | None, rows: Sequence[Row], resolve: Resolve | None = None, *, private: bool = False
) -> int:
    """Write records to ``path`` (.xlsx, .csv or .jsonl by its ending) and return how many.

    ``rows`` are {"id", "kind", "fields", "number"?, "workflow"?, "stage"?, "sync_state"?, "updated_at"?}; state words
    are written as given. Without a ``kind`` every kind there is gets a sheet of its own (.xlsx) or shares columns of
    one label (.csv). ``private`` writes telephone numbers in full.

    Raises:
        Refused: EXPORT_TYPE. ReadOnly, DiskFull: the file could not be written; what stood there before still does.
    """
    ending = path.suffix.lower()
    if ending not in (".xlsx", ".csv", ".jsonl"):
        raise refused(path, "EXPORT_TYPE")
    groups = _grouped(kind, rows)
    known: Resolve = resolve or (lambda _: None)
    with whole_file(path) as file:
        if ending == ".xlsx":
            _xlsx(file, [(one, _columns(one, own, known, private), own) for one, own in groups])
        elif ending == ".csv":
            _csv(file, _shared([(one, _columns(one, own, known, private)) for one, own in groups], kind is None), rows)
        else:
            for row in rows:
                body = row if private else {**row, "fields": _masked_fields(row)}
                file.write(json.dumps(body, ensure_ascii=False, default=str).encode() + b"\n")
    return len(rows)


def _grouped(kind: Kind | None, rows: Sequence[Row]) -> list[tuple[Kind, list[Row]]]:
    if kind is not None:
        return [(kind, list(rows))]
    present = {str(row.get("kind")) for row in rows}
    return [(one, [row for row in rows if row.get("kind") == name]) for name, one in KINDS.items() if name in present]


# --------------------------------------------------------------------------------------------- columns


def _columns(kind: Kind, rows: Sequence[Row], resolve: Resolve, private: bool) -> list[_Column]:
    """The list's own columns first, then the form's order; what no row fills is left out unless every record has it."""
    filled = {name for row in rows for name, value in _fields(row).items() if not empty(value)}
    order = dict.fromkeys((*kind.columns, *kind.fields))
    columns: list[_Column] = []
    for name in order:
        field = kind.fields[name]
        wanted = name in filled or (field.owner == "liaison" and field.shown is None and field.type != "auto")
        if field.type == "evidence" or not wanted:
            continue
        columns.append(_Column(_head(field), field.type, _reader(field, resolve, private), field.long))
        if field.type == "ref" and field.of == ("organisation",):
            columns.extend(_parts(kind, field, rows, resolve, private))
    for name, label, type_ in _META:
        if name == "id" or any(row.get(name) for row in rows):
            columns.append(_Column(label, type_, _meta(name, type_)))
    return columns


def _head(field: Field) -> str:
    unit = (field.unit or "元") if field.type == "money" else field.unit
    return f"{field.label}（{unit}）" if unit else field.label


def _parts(kind: Kind, field: Field, rows: Sequence[Row], resolve: Resolve, private: bool) -> Iterator[_Column]:
    """Code and contact of an organisation beside its name; of the main one under the heads ledgers use."""
    first = field.name == main_organisation(kind)
    for part in ("uscc", "contact_name", "contact_phone") if first else ("uscc",):
        own = ORGANISATION.fields[part]
        read = _part_reader(field.name, own, resolve, private)
        if any(read(row) for row in rows):
            yield _Column(own.label if first else f"{field.label}{own.label}", "text", read)


def _reader(field: Field, resolve: Resolve, private: bool) -> Callable[[Row], Value]:
    return lambda row: _shown(field, _fields(row).get(field.name), resolve, private)


def _part_reader(reference: str, part: Field, resolve: Resolve, private: bool) -> Callable[[Row], Value]:
    def read(row: Row) -> Value:
        whole = _referred(_fields(row).get(reference), resolve)
        return _shown(part, whole.get(part.name), resolve, private) if whole else None

    return read


def _meta(name: str, type_: str) -> Callable[[Row], Value]:
    return lambda row: _instant(row.get(name)) if type_ == "time" else plain_text(row.get(name))


def _fields(row: Row) -> Mapping[str, Any]:
    fields = row.get("fields")
    return fields if isinstance(fields, Mapping) else {}


def _referred(value: Any, resolve: Resolve) -> Mapping[str, Any] | None:
    if isinstance(value, Mapping):
        return value
    return resolve(value) if isinstance(value, str) and value else None


def _shown(field: Field, value: Any, resolve: Resolve, private: bool) -> Value:
    """A value as a reader of the sheet wants it: figures as figures, days as days, everything else as words."""
    if empty(value):
        return None
    if field.type == "money" and isinstance(value, int):
        return _amount(value, field.unit)
    if field.type == "date":
        day = parse_date(str(value))
        return day if day is not None and day.year >= 1900 else plain_text(value)  # Excel begins with 1900
    if field.type == "time":
        return _instant(value)
    if field.type == "bool":
        return "是" if value else "否"
    if field.type == "int" and isinstance(value, int):
        return value
    if field.type == "ref" or (field.type == "list" and field.of):
        several = value if isinstance(value, list) else [value]
        return "；".join(_name(one, resolve) for one in several)
    if isinstance(value, list):
        return "；".join(_part_words(field, one, private) for one in value)
    return mask_phone(str(value)) if field.private and not private else plain_text(value)


def _amount(fen: int, unit: str) -> Decimal:
    return Decimal(fen) / (1_000_000 if unit == "万元" else 100)


def _instant(value: Any) -> Value:
    """The clock of Dongguan; Excel knows no zones."""
    moment = parse_time(str(value)) if value else None
    return moment.astimezone(SHANGHAI).replace(tzinfo=None, second=0, microsecond=0) if moment else plain_text(value)


def _name(value: Any, resolve: Resolve) -> str:
    whole = _referred(value, resolve)
    known = whole or {}
    return plain_text(known.get("name") or known.get("title") or (value if isinstance(value, str) else None)) or ""


def _part_words(field: Field, one: Any, private: bool) -> str:
    if not isinstance(one, Mapping):
        return plain_text(one) or ""
    parts = {part.name: part for part in field.items}
    said = []
    for name, value in one.items():
        part = parts.get(name)
        if part is not None and not empty(value):
            words = _shown(part, value, lambda _: None, private)
            said.append(f"{part.label} {words}{part.unit}" if part.type == "money" else f"{part.label} {words}")
    return "，".join(said)


def plain_text(value: Any) -> str | None:
    """Words for a cell: no control characters, no longer than Excel takes; None for nothing."""
    if empty(value):
        return None
    text = _ILLEGAL.sub("", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"


def _masked_fields(row: Row) -> dict[str, Any]:
    """The stored values with private ones masked, also inside embedded organisations and lists."""
    kind = KINDS.get(str(row.get("kind")))
    masked = dict(_fields(row))
    for name, value in masked.items():
        field = kind.fields.get(name) if kind is not None else None
        if field is None or empty(value):
            continue
        if field.private:
            masked[name] = mask_phone(str(value))
        elif field.type == "ref" and isinstance(value, Mapping):
            masked[name] = _masked_parts(value, ORGANISATION.fields)
        elif field.items and isinstance(value, list):
            parts = {part.name: part for part in field.items}
            masked[name] = [_masked_parts(one, parts) if isinstance(one, Mapping) else one for one in value]
    return masked


def _masked_parts(value: Mapping[str, Any], parts: Mapping[str, Field]) -> dict[str, Any]:
    return {
        name: mask_phone(str(one)) if name in parts and parts[name].private and not empty(one) else one
        for name, one in value.items()
    }


def _shared(groups: Sequence[tuple[Kind, list[_Column]]], mixed: bool) -> list[_Column]:
    """The columns of one .csv; of several kinds, those of one head share a column behind the kind's name."""
    if not mixed:
        return groups[0][1] if groups else []
    readers: dict[str, dict[str, _Column]] = {}
    for kind, columns in groups:
        for column in columns:
            readers.setdefault(column.head, {})[kind.name] = column
    meta = [label for _, label, _ in _META]
    heads = [head for head in readers if head not in meta] + [head for head in meta if head in readers]
    first = _Column("种类", "text", lambda row: KINDS[str(row.get("kind"))].label if row.get("kind") in KINDS else "")
    return [first, *(replace(next(iter(readers[head].values())), value=_by_kind(readers[head])) for head in heads)]


def _by_kind(columns: Mapping[str, _Column]) -> Callable[[Row], Value]:
    def read(row: Row) -> Value:
        column = columns.get(str(row.get("kind")))
        return column.value(row) if column is not None else None

    return read


# ---------------------------------------------------------------------------------------------- formats


def _xlsx(file: IO[bytes], tables: Iterable[tuple[Kind, list[_Column], Sequence[Row]]]) -> None:
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook(write_only=True)
    bold, wrapped = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    for kind, columns, rows in tables:
        sheet = book.create_sheet(kind.label[:31])
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = f"A1:{get_column_letter(max(1, len(columns)))}{len(rows) + 1}"
        for place, column in enumerate(columns, start=1):
            sheet.column_dimensions[get_column_letter(place)].width = _width(column, rows)
        head = [WriteOnlyCell(sheet, value=column.head) for column in columns]
        for cell in head:
            cell.font = bold
        sheet.append(head)
        for row in rows:
            cells: list[Any] = []
            for column in columns:
                value: Any = column.value(row)
                if isinstance(value, str) and (column.long or _FORMULA.match(value)):
                    cell = guarded(WriteOnlyCell(sheet, value=value), value)
                    if column.long:
                        cell.alignment = wrapped
                    value = cell
                elif value is not None and not isinstance(value, str) and column.type in _FORMATS:
                    cell = WriteOnlyCell(sheet, value=value)
                    cell.number_format = _FORMATS[column.type]
                    value = cell
                cells.append(value)  # anything else goes in as it is, which is much faster than a cell of its own
            sheet.append(cells)
    if not book.worksheets:
        book.create_sheet("空")
    book.save(file)


def guarded(cell: Any, text: str) -> Any:
    """``cell`` of openpyxl holding ``text`` as text for good: what a company wrote never becomes a formula."""
    cell.value = text
    cell.data_type = "s"  # openpyxl would store "=1+1" as a formula
    cell.quotePrefix = bool(_FORMULA.match(text))  # and Excel would make one of it when edited
    return cell


def _width(column: _Column, rows: Sequence[Row]) -> float:
    """Wide enough for what stands in it, within reason; a Chinese character is as wide as two letters."""
    head = _letters(column.head) + 3.0
    if column.type in _WIDTHS:
        return max(_WIDTHS[column.type], head)
    longest = max((_letters(str(column.value(row) or "")) for row in rows[:200]), default=0)
    return min(48.0, max(head, longest + 2.0))


def _letters(text: str) -> float:
    return float(sum(2 if ord(char) > 0x2E7F else 1 for char in text[:60]))


def _csv(file: IO[bytes], columns: Sequence[_Column], rows: Sequence[Row]) -> None:
    file.write(b"\xef\xbb\xbf")  # without it Excel reads UTF-8 as GBK
    lines = csv.writer(_Utf8(file), lineterminator="\r\n")
    lines.writerow([column.head for column in columns])
    for row in rows:
        lines.writerow([_plain(column.value(row)) for column in columns])


class _Utf8:
    """What csv writes to: text in, UTF-8 out."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Encode and pass on."""
        return self._file.write(text.encode())


def _plain(value: Value) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return "" if value is None else str(value)
    if _FORMULA.match(value):
        return f"'{value}"
    return f"{value}\t" if _LONG_NUMBER.match(value) else value


# ------------------------------------------------------------------------------------------------ files


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file beside ``path`` that takes its place once it is complete and on the disk."""
    scratch: Path | None = None
    try:
        beside = path.with_name(f".{path.stem[:40]}.{secrets.token_hex(4)}.part")
        with beside.open("xb") as file:
            scratch = beside
            yield file
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
        scratch = None
        sync_folder(path.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise ReadOnly(path.name) from error
    finally:
        if scratch is not None:
            scratch.unlink(missing_ok=True)
