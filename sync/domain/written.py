"""Facts as people and scripts write them, made plain before the rules judge them: "是", "100000", "10万元", "ＰＬＴ-Ａ".

Records come typed by their fields; a case in a file was typed by somebody. A text stands for the amount, number, answer
or word it says; what says none of them counts for nothing, and the rule that needs it says what is missing. Names and
titles are never touched. Must not know what any fact means beyond its name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from sync.domain.values import BadValue, parse_money

_ANSWERS = frozenset((
    "already_landed", "applied_in_dg", "branch", "duplicate", "economic", "has_economic", "has_innovation", "has_market",
    "high_quality", "in_dg", "in_service", "innovation", "is_branch", "is_dg", "market", "org_in_dg", "entity_in_dg",
    "benefit_org_in_dg", "revoked", "seal_valid", "seller_in_dg", "settle_proof", "signed", "stamped", "supported",
    "tax_included", "traded_in_dg", "valid", "written",
))  # fmt: skip
_PAPERS = frozenset(("settle_proof",))
_NUMBERS = frozenset((
    "core_members", "quality_proofs", "target", "target_after", "target_before", "done", "year", "open_days", "limit_days",
))  # fmt: skip
_WORDS = frozenset((
    "by", "contract_kind", "currency", "doc_level", "form", "kind", "legal_form", "level", "mode", "proof", "proof_issuer",
    "route", "seal_kind", "secrecy", "source", "state", "status", "unit_kind", "workflow",
))  # fmt: skip
_NO = frozenset(("", "0", "false", "f", "no", "n", "none", "null", "否", "无", "没有", "未", "不是", "×", "x"))
_YES = frozenset(("1", "true", "t", "yes", "y", "是", "有", "已", "√", "✓"))
#: Other words for the same fact, where only one of them is the rules' own.
_OTHER_NAMES = {"org_kind": "kind", "partner_org": "partner", "seal": "seal_name", "amount_cny_fen": "cny_fen", "fen_cny": "cny_fen"}
_UNITS = {"yuan": "元", "wan": "万元"}


def plain_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The same facts, as the rules read them."""
    made: dict[str, Any] = {}
    for name, value in facts.items():
        own, read = _fact(str(name), value)
        if own not in made or own == name:  # the rules' own word wins over another word for it
            made[own] = read
    return made


def _fact(name: str, value: Any) -> tuple[str, Any]:
    name = _OTHER_NAMES.get(name, name)
    if isinstance(value, Mapping):
        return name, plain_facts(value)
    if isinstance(value, list):
        return name, [plain_facts(one) if isinstance(one, Mapping) else one for one in value]
    in_unit = re.fullmatch(r"(.*_)?(yuan|wan)", name)
    if in_unit:
        return f"{in_unit[1] or ''}fen", _money(value, _UNITS[in_unit[2]])
    if name == "fen" or name.endswith("_fen"):
        return name, _fen(value)
    if name in _ANSWERS:
        return name, _answer(value, name in _PAPERS)
    if name in _NUMBERS:
        return name, _number(value)
    if name in _WORDS and isinstance(value, str):
        word = unicodedata.normalize("NFKC", value).strip()
        return name, re.sub(r"[_\s]+", "-", word.upper()) if name == "route" else word
    return name, value


def _answer(value: Any, named: bool) -> Any:
    """Yes or no; another text is neither, unless it names the paper that is the answer ("社保证明")."""
    if not isinstance(value, str):
        return value
    word = unicodedata.normalize("NFKC", value).strip().lower()
    return False if word in _NO else True if word in _YES or named else None


def _number(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    text = unicodedata.normalize("NFKC", value).strip() if isinstance(value, str) else ""
    return int(text.replace(",", "")) if re.fullmatch(r"-?(\d{1,15}|\d{1,3}(,\d{3}){1,4})", text) else value


def _fen(value: Any) -> Any:
    """An amount in fen: bare figures are fen, an amount with its unit says itself what it is."""
    number = _number(value)
    return _money(value, "") if isinstance(number, str) and number.strip() else number


def _money(value: Any, unit: str) -> Any:
    """An amount read as it is typed; without a unit of its own in ``unit``, where there is one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    if not unit and not re.search("[元万亿¥￥]", str(value)):
        return value
    try:
        return parse_money(value, unit or "元")
    except BadValue as wrong:
        return 0 if wrong.code == "AMOUNT_NOT_POSITIVE" else value
