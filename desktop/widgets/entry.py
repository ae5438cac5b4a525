"""What a person typed, read as a value of a field; and a value, written the way it is typed.

Reading is generous ("68万", "2026.3.5", full-width digits) and never guesses: text that cannot be read stays as
it is, as ``Unread``, and its problem says why. Instants are shown and typed in Dongguan time (UTC+8), whatever
the laptop's zone is. Must not know Qt, the store or a particular kind.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sync.domain import lists
from sync.domain.fields import Field, parse_time
from sync.domain.problems import Problem
from sync.domain.values import SHANGHAI, BadValue, clean_phone, clean_uscc, parse_day, parse_money

#: Field codes whose words are not in their list; the landing routes are named as in the plan's standards.
WORDS: dict[str, tuple[str, str]] = {
    "ENT": ("企业类：新注册或迁入", "Company: registered or moved in"),
    "PLT-A": ("平台类：服务收入", "Platform: service revenue"),
    "PLT-B": ("平台类：立项支持", "Platform: project approval"),
    "PLT-C": ("平台类：授予资质", "Platform: qualification granted"),
    "PRJ-1A": ("项目类：在莞交易", "Project: traded in Dongguan"),
    "PRJ-1B": ("项目类：东莞卖方", "Project: Dongguan seller"),
    "PRJ-2": ("项目类：在莞应用产生效益", "Project: applied here with benefit"),
    "PRJ-3": ("项目类：团队落户", "Project: team settled"),
    "DEM": ("技术需求：签约并付款", "Demand: contract and payment"),
    "seller": ("卖方", "Seller"),
    "buyer": ("买方", "Buyer"),
    "town": ("镇街", "Town"),
    "other": ("其他", "Other"),
}
_FEN = {"万元": 1_000_000, "元": 100}


@dataclass(frozen=True, slots=True)
class Unread:
    """Typed text that is not of the field's type; kept so that nothing typed is lost."""

    text: str
    code: str  # reason code for ``sentence``


def word(value: str, lang: str = "zh") -> str:
    """What a choice is called; choices that are words already name themselves."""
    pair = WORDS.get(value) or lists.EVIDENCE_KINDS.get(value)
    return pair[lang == "en"] if pair else value


def read(field: Field, text: str, today: date) -> Any:
    """The value ``text`` means for ``field``: None where blank, ``Unread`` where it cannot be read.

    ``today`` fills in the year of "3月5日" and the day of "9:30".
    """
    if not text.strip():
        return None
    reader = _READERS.get(field.type)
    if reader is None:
        return _text(field, text)
    try:
        return reader(field, text.strip(), today)
    except BadValue as bad:
        return Unread(text, bad.code)


def show(field: Field, value: Any) -> str:
    """``value`` as it stands in the field's line; text that never became a value is shown as it was typed."""
    if value is None:
        return ""
    if isinstance(value, Unread):
        return value.text
    if field.type == "money" and isinstance(value, int):
        return money(value, field.unit or "元")
    if field.type == "time" and isinstance(value, str):
        instant = parse_time(value)
        return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if instant else value
    return str(value)


def money(fen: int, unit: str) -> str:
    """Fen as an amount in ``unit`` (元 or 万元): two decimals, more only where they are needed, thousands apart."""
    factor = _FEN.get(unit, 100)
    digits = len(str(factor)) - 1
    sign, rest = ("-" if fen < 0 else ""), abs(fen)
    decimals = f"{rest % factor:0{digits}d}".rstrip("0").ljust(2, "0")
    return f"{sign}{rest // factor:,}.{decimals}"


def understood(field: Field, text: str, value: Any) -> str:
    """What to say below the line when ``text`` was not simply the amount or day it became, else ""."""
    if isinstance(value, Unread) or value is None or field.type not in ("money", "date", "month", "time"):
        return ""
    plain = show(field, value)
    same = {plain, plain.replace(",", ""), plain.replace(",", "").removesuffix("0").removesuffix("0").removesuffix(".")}
    if text.strip() in same:
        return ""
    return f"{plain} {field.unit or '元'}" if field.type == "money" else plain


def problem_of(field: Field, unread: Unread) -> Problem:
    """The problem of text that could not be read."""
    values = {"label": field.label, "label_en": field.en, "value": unread.text.strip()[:40]}
    return Problem(field.name, unread.code, "block", values)


def _text(field: Field, text: str) -> str:
    return text if field.long else text.strip()


def _code(field: Field, text: str, _today: date) -> Any:
    if field.name == "uscc":
        return clean_uscc(text)
    flat = unicodedata.normalize("NFKC", text).strip()
    head = re.match(r"([A-Z]?\d{2,9})\s+\D", flat)  # "441900101 东城街道": the list shows the name beside the code
    return head.group(1) if head else flat.upper() if field.pattern else flat


def _money(field: Field, text: str, _today: date) -> int:
    if re.fullmatch(r"[0０]+([.．][0０]*)?\s*(元|万元?)?", text):
        return 0
    return parse_money(text, field.unit or "元")


def _int(_field: Field, text: str, _today: date) -> int:
    flat = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    if not re.fullmatch(r"[+-]?\d{1,15}", flat):
        raise BadValue("NOT_AN_INT", text)
    return int(flat)


def _day(text: str, today: date) -> date:
    flat = unicodedata.normalize("NFKC", text).strip()
    near = {"今天": 0, "昨天": -1, "前天": -2, "明天": 1, "后天": 2}.get(flat)
    if near is not None:
        return today + timedelta(days=near)
    short = re.fullmatch(r"(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", flat)
    return parse_day(f"{today.year}-{short[1]}-{short[2]}" if short else flat)


def _date(_field: Field, text: str, today: date) -> str:
    return _day(text, today).isoformat()


def _month(_field: Field, text: str, _today: date) -> str:
    flat = unicodedata.normalize("NFKC", text)
    found = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?|(\d{4})(\d{2})", flat.strip())
    year, month = (found[1] or found[3], int(found[2] or found[4])) if found else ("", 0)
    if not 1 <= month <= 12:
        raise BadValue("NOT_A_MONTH", text)
    return f"{year}-{month:02d}"


def _time(_field: Field, text: str, today: date) -> str:
    flat = unicodedata.normalize("NFKC", text).strip()
    found = re.fullmatch(r"(.*?)\s*(上午|下午)?\s*(\d{1,2})(?::(\d{2})|[时点](\d{0,2})分?)", flat)
    if found is None:
        raise BadValue("NOT_A_TIME", text)
    hour, minute = int(found[3]), int(found[4] or found[5] or 0)
    if found[2] == "下午" and hour < 12:
        hour += 12
    try:
        day = _day(found[1], today) if found[1].strip() else today
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)
    except ValueError as wrong:  # 25:00, or a day that is none
        raise BadValue("NOT_A_TIME", text) from wrong
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def tidy_phone(text: str) -> str:
    """A telephone number as it is kept, or the text where it is none (the rules then say so)."""
    return clean_phone(text) or text.strip()


_READERS: dict[str, Callable[[Field, str, date], Any]] = {
    "code": _code, "money": _money, "int": _int, "date": _date, "month": _month, "time": _time,
}  # fmt: skip
