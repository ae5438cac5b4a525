"""Every threshold, date and list the rules use, in one place: the platform's parameters, with the plan's as default.

The plan text (three-year plan 2025-2027) gives the amounts, targets and lists it names; where it is silent the value
is our default. The platform sends its own with every change (``from_mapping``), so none of these is a constant of
the client. Amounts are integer fen; "以上" and "不少于" include the figure. Must not know rules or records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from dataclasses import field as part
from datetime import date
from typing import Any

CityTargets = Mapping[str, Mapping[int, int]]


def _city() -> CityTargets:
    return {
        "discovery": {2025: 200, 2026: 160, 2027: 160},
        "landing": {2025: 100, 2026: 80, 2027: 80},
        "events": {2025: 10, 2026: 10, 2027: 12},
        "pilot": {2025: 1, 2026: 3, 2027: 5},  # additions: 1 + 3 + 5 are the nine of the plan
    }


@dataclass(frozen=True, slots=True)
class Parameters:
    """Thresholds and lists; a change of one is a platform message, never a release."""

    plan_start: date = date(2025, 1, 1)
    plan_end: date = date(2027, 12, 31)
    closing_month: int = 1  # what is received after this day of the next year takes the year of receipt
    closing_day: int = 15
    budget_min_fen: int = 10_000_000  # 10万元, letter budget only
    revenue_min_fen: int = 5_000_000  # 5万元, without VAT
    benefit_min_fen: int = 50_000_000  # 50万元, direct and indirect together
    escalation_fen: int = 10_000_000_000  # 1亿元
    core_members_min: int = 1
    letter_years: int = 1
    selection_years: int = 2
    stuck_days: int = 90
    ledger_freeze_days: int = 5  # after the month's end
    quality_proofs_min: int = 1
    dongguan_prefix: str = "4419"
    currency: str = "CNY"
    institute_prefixes: tuple[str, ...] = ("INS-",)
    enterprise_kinds: tuple[str, ...] = ("企业",)
    inactive_states: tuple[str, ...] = ("吊销", "注销")
    secret_levels: tuple[str, ...] = ("秘密", "机密", "绝密")
    seal_kinds: tuple[str, ...] = ("公章", "合同章", "合同专用章", "电子章", "电子公章", "电子签章")
    entry_modes: tuple[str, ...] = ("新注册", "新注册成立", "迁入", "迁移")
    branch_forms: tuple[str, ...] = ("分公司", "分支机构", "办事处", "代表处")
    sole_forms: tuple[str, ...] = ("个体",)
    city_levels: tuple[str, ...] = ("市级",)
    above_levels: tuple[str, ...] = ("省级", "省部级", "部级", "国家级")
    granted_endings: tuple[str, ...] = ("中心", "平台", "机构")
    tech_contracts: tuple[str, ...] = ("委托开发", "合作开发", "开发", "转让", "许可", "咨询", "服务")
    trading_parties: tuple[str, ...] = ("seller", "buyer", "卖方", "买方")
    recommenders: tuple[str, ...] = ("科研院所", "龙头链主企业")
    broker_levels: tuple[str, ...] = ("中级", "高级")
    broker_bases: tuple[str, ...] = ("国家技术转移人才培养基地（广东）", "国家技术转移人才培养基地（东莞）")
    quality_papers: tuple[str, ...] = ("ip_certificate", "acceptance_report", "evaluation_report")
    counted_events: tuple[str, ...] = ("对接会",)
    city_targets: CityTargets = part(default_factory=_city)

    @classmethod
    def from_mapping(cls, sent: Mapping[str, Any]) -> Parameters:
        """The defaults with what the platform sent on top (JSON values; days as text).

        Names this version does not know are passed over: a newer platform may have more.

        Raises:
            ValueError: a value of the wrong type, named, so that the parameters in force are kept.
        """
        values: dict[str, Any] = {}
        default = cls()
        for one in fields(cls):
            if one.name in sent:
                values[one.name] = _read(one.name, getattr(default, one.name), sent[one.name])
        return cls(**values)

    def to_mapping(self) -> dict[str, Any]:
        """JSON values, as the platform sends them; ``from_mapping`` reads them back to an equal object."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}


def _read(name: str, default: Any, value: Any) -> Any:
    """``value`` as the type of ``default``, or ValueError."""
    try:
        if isinstance(default, date):
            return date.fromisoformat(value)
        if isinstance(default, Mapping):
            return {str(metric): {int(y): _whole(t) for y, t in years.items()} for metric, years in value.items()}
    except (TypeError, ValueError, AttributeError):
        raise ValueError(f"parameter {name}: {value!r} is not of the expected form") from None
    if isinstance(default, tuple) and isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return tuple(value)
    if isinstance(default, int) and isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(default, str) and isinstance(value, str):
        return value
    raise ValueError(f"parameter {name}: {value!r} is not of the expected form")


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("not a whole number")
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return {metric: {str(year): target for year, target in years.items()} for metric, years in value.items()}
    return value


#: The parameters before the platform has sent any.
DEFAULTS = Parameters()
