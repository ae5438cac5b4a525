"""A problem is a value: which field, which reason code, how grave, and the numbers its sentence needs.

    block   stops sending            review  can be sent, a person at the centre looks
    warn    can be sent; say so      hint    worth a look, nothing more

Rules return problems and never raise for what a person typed; screens, commands, the server and the spreadsheet
import all print ``sentence``. The sentences stand in ``reasons``. Must not know rules, records or screens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as part
from string import Formatter
from typing import Any, Literal, cast

from sync.domain.reasons import REASONS

Severity = Literal["block", "review", "warn", "hint"]
SEVERITIES: tuple[Severity, ...] = ("block", "review", "warn", "hint")
Language = Literal["zh", "en"]

_UNKNOWN = (
    "没有通过检查（{code}）。请核对后再试；仍有问题请联系科技成果转化服务中心。",
    "A check did not pass ({code}). Look again; if it stays, ask the service centre.",
)
#: A clause of a sentence, with its mark.
_CLAUSE = re.compile(r"(?:[^，。；,;.]|[,.](?=\d))+[，。；,;.]?")
BLANK = "…"  # stands where a figure is missing


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``field`` is the record field it stands beside, None for the whole record.

    ``values`` are JSON values for the sentence: days as text, money as integer fen.
    """

    field: str | None
    code: str
    severity: Severity
    values: Mapping[str, Any] = part(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """``{"field", "code", "severity", "values"}``, as it travels and is stored."""
        return {"field": self.field, "code": self.code, "severity": self.severity, "values": dict(self.values)}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Problem:
        """Read ``to_json`` back; an unknown severity is a "block": a newer platform is not taken lightly."""
        name, severity, values = body.get("field"), body.get("severity"), body.get("values")
        return cls(
            field=name if isinstance(name, str) else None,
            code=str(body.get("code", "")),
            severity=cast(Severity, severity) if severity in SEVERITIES else "block",
            values=values if isinstance(values, Mapping) else {},
        )


def sentence(problem: Problem | str, lang: Language | str = "zh", **values: Any) -> str:
    """The sentence of a problem or code in Chinese ("zh") or English (anything else).

    ``values`` add to or replace the problem's own. Never raises: a value that is missing prints as "…" and a code
    that is not known prints itself.
    """
    code = problem if isinstance(problem, str) else problem.code
    known = values if isinstance(problem, str) else {**problem.values, **values}
    pair = REASONS.get(code, _UNKNOWN)
    chinese = lang == "zh"
    return _Writer(chinese).vformat(pair[0 if chinese else 1], (), {**known, "code": code})


def bare(problem: Problem | str, lang: Language | str = "zh", **values: Any) -> str:
    """The sentence of a problem or code, without the clauses that figures are missing from."""
    whole = sentence(problem, lang, **values)
    if BLANK not in whole:
        return whole
    said = "".join(clause for clause in _CLAUSE.findall(whole) if BLANK not in clause).strip()
    return said[:1].upper() + said[1:] if said else whole


def placeholders(template: str) -> set[str]:
    """The names a sentence is filled with; an English twin ``label_en`` counts as ``label``."""
    return {name.removesuffix("_en") for _, name, _, _ in Formatter().parse(template) if name}


def yuan(fen: int, chinese: bool = True) -> str:
    """Integer fen for reading: "10 万元", "99,999.99 元"; in English "CNY 99,999.99"."""
    sign, rest = ("-" if fen < 0 else ""), abs(fen)
    if chinese and rest and rest % 10_000_000_000 == 0:
        return f"{sign}{rest // 10_000_000_000:,} 亿元"
    if chinese and rest and rest % 1_000_000 == 0:
        return f"{sign}{rest // 1_000_000:,} 万元"
    amount = f"{rest // 100:,}" + (f".{rest % 100:02d}" if rest % 100 or not chinese else "")
    return f"{sign}{amount} 元" if chinese else f"CNY {sign}{amount}"


class _Writer(Formatter):
    """Fills a sentence; knows money and lists and forgives what is missing."""

    def __init__(self, chinese: bool) -> None:
        self._chinese = chinese

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """The named value, its Chinese twin for ``…_en``, or a blank."""
        name = str(key)
        value = kwargs.get(name)
        if value is None and name.endswith("_en"):
            value = kwargs.get(name.removesuffix("_en"))
        return BLANK if value is None or value == "" else value

    def format_field(self, value: Any, format_spec: str) -> str:
        """Text of one value; ``yuan`` prints fen."""
        if format_spec == "yuan" and isinstance(value, int) and not isinstance(value, bool):
            return yuan(value, self._chinese)
        if isinstance(value, (list, tuple, set, frozenset)):
            return ("、" if self._chinese else ", ").join(str(one) for one in value) or BLANK
        return re.sub(r"\s+", " ", str(value))
