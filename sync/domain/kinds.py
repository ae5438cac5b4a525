"""The record kinds: one declaration each, from which everything else follows.

Form, list, command line, wire, merge policy, server checks, spreadsheet columns and reports read these
declarations; a new kind is one entry here (or in ``kinds_more``) and nothing elsewhere. Names, types and
needs are those of DOMAIN section 6.1 (plan text S002; national registration forms N1 to N3). "D" is needed
already in a draft, "S" to submit; what only sometimes applies says when.

Kinds with ``flow`` travel the paper path of ``lifecycle`` (draft, queued, submitted, …); the others
(organisation, evidence) are parts of the records that refer to them. ``writer`` "platform" is pulled only.
This module must not know the store, the wire, the clock or Qt.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Literal

from sync.domain import lists
from sync.domain.declare import Check, Kind, needs, section, table
from sync.domain.fields import Field, Values, empty, not_future, ordered, telephone
from sync.domain.kinds_more import SECONDARY
from sync.domain.problems import Problem
from sync.domain.values import check_uscc, normalise_number

DISCLOSURE = Field("disclosure", "公开级别", "Disclosure", "choice", "yes", "yes", choices=lists.DISCLOSURE, default="内部",
                   help="“内部”不会出现在展示区，也不提供给金融机构")  # fmt: skip


def _uscc(values: Values, _today: date) -> list[Problem]:
    code = values.get("uscc")
    if isinstance(code, str) and code.strip():
        wrong = check_uscc(code)
        return [Problem("uscc", wrong, "block", {"value": code[:40]})] if wrong else []
    return []


def _form(name: str, pattern: str, code: str) -> Check:
    """A number that usually has a certain form: others are kept, with a warning."""

    def check(values: Values, _today: date) -> list[Problem]:
        number = normalise_number(str(values.get(name) or ""))
        return [Problem(name, code, "warn", {"value": number[:40]})] if number and not re.fullmatch(pattern, number) else []

    return check


def _income(values: Values, _today: date) -> list[Problem]:
    """What goes to people and stays with the unit is part of what came in."""
    for number, one in enumerate(values.get("incomes") or (), 1):
        amounts = [one.get(name) or 0 for name in ("amount_fen", "reward_fen", "retained_fen")] if isinstance(one, dict) else []
        if amounts and all(isinstance(amount, int) for amount in amounts) and amounts[1] + amounts[2] > amounts[0]:
            return [Problem("incomes", "INCOME_SPLIT", "block", {"row": number, "parts": amounts[1] + amounts[2], "amount": amounts[0]})]
    return []


def _secrecy(values: Values, _today: date) -> list[Problem]:
    if values.get("secrecy") in ("秘密", "机密", "绝密"):
        return [Problem("secrecy", "SECRET_LEVEL", "block", {"value": values["secrecy"]})]
    return []


def _division(name: str, least: int) -> Check:
    def check(values: Values, _today: date) -> list[Problem]:
        code = values.get(name)
        if not isinstance(code, str) or not code:
            return []
        inside = code.startswith("441900")
        good = code.isdigit() and len(code) == (9 if inside and least == 9 else len(code)) and len(code) in (6, 9)
        if good and (least == 6 or inside):
            return []
        return [Problem(name, "BAD_DIVISION", "block", {"value": code[:20]})]

    return check


def _technology(values: Values, _today: date) -> list[Problem]:
    total, tech = values.get("contract_fen"), values.get("tech_fen")
    if isinstance(total, int) and isinstance(tech, int) and tech > total:
        return [Problem("tech_fen", "OUT_OF_RANGE", "block", {"label": "技术交易额", "label_en": "Technology amount",
                        "value": tech, "least": 0, "most": total})]  # fmt: skip
    return []


ORGANISATION = Kind(
    "organisation", "单位", "Organisation", title="name", subtitle="uscc", flow=False,
    columns=("name", "uscc", "org_kind", "division", "contact_name"),
    checks=(_uscc, telephone("contact_phone"), _division("division", 6)),
    fields=table(
        Field("name", "单位全称", "Full name", "text", "yes", "yes", least=2, most=200, help="与公章一致"),
        Field("uscc", "统一社会信用代码", "Credit code", "code", submit="when", most=18,
              when=lambda v: v.get("country", "CHN") == "CHN" and empty(v.get("no_uscc_reason")), help="18 位，不含 I O S V Z"),
        Field("no_uscc_reason", "无代码原因", "Why no code", "choice", choices=lists.NO_USCC,
              shown=lambda v: empty(v.get("uscc"))),
        Field("org_kind", "单位性质", "Kind of organisation", "choice", "yes", "yes", choices=lists.ORG_KINDS),
        Field("country", "国别", "Country", "code", submit="yes", default="CHN", pattern=r"[A-Z]{3}"),
        Field("division", "行政区划", "Division", "code", submit="when", source="divisions",
              when=lambda v: v.get("country", "CHN") == "CHN", help="东莞填 9 位镇街代码，外地填 6 位"),
        Field("reg_address", "注册地址", "Registered address", "text", most=300),
        Field("established_on", "成立日期", "Established on", "date", help="企业类落地要填"),
        Field("industry", "国民经济行业", "Industry (GB/T 4754)", "code", choices=lists.INDUSTRIES, open=True,
              source="industry", pattern=lists.INDUSTRY_CODE),
        Field("tags", "资质标签", "Qualifications", "set", choices=lists.ORG_TAGS),
        Field("contact_name", "联系人", "Contact", "text", submit="yes", most=60),
        Field("contact_phone", "联系电话", "Contact phone", "text", submit="yes", most=30, private=True),
        Field("contact_consent", "联系人同意留存电话", "Contact agreed to keep the number", "bool"),
        Field("is_dg", "是否东莞主体", "Dongguan entity", "auto", owner="platform"),
        Field("status", "登记状态", "Registration status", "auto", owner="platform"),
        DISCLOSURE,
    ),
)  # fmt: skip

_INDUSTRY = (
    Field("industry_dg", "产业方向", "Industry direction", "choice", submit="yes", choices=lists.INDUSTRIES_DG,
          source="industry_dg"),
)  # fmt: skip


def _gb(need: Literal["yes", "no"]) -> Field:
    return Field("industry", "应用行业", "Industry (GB/T 4754)", "code", submit=need, choices=lists.INDUSTRIES, open=True,
                 source="industry", pattern=lists.INDUSTRY_CODE, help="字母加 2 至 4 位数字，如 C39")  # fmt: skip


_TECH = Field("tech_field", "技术领域", "Technology field", "choice", submit="yes", choices=lists.TECH_FIELDS,
              source="tech_field")  # fmt: skip
_CO_FINDERS = Field("co_finders", "协同发现单位", "Joint finders", "set", source="units", open=True)
_YEAR_MONTHS = (
    Field("started_ym", "研究开始年月", "Started (month)", "month"),
    Field("completed_ym", "研究完成年月", "Completed (month)", "month", help="参加“3有”评价时需要"),
)
_FOUND = Field("found_on", "发现日期", "Found on", "date", "yes", "yes", help="不晚于今天")

ACHIEVEMENT = Kind(
    "achievement", "成果", "Achievement", subtitle="owner_org", prefix="CG", machine="achievement",
    columns=("title", "owner_org", "category", "industry_dg", "found_on"),
    checks=(_secrecy, ordered(_YEAR_MONTHS, "started_ym", "completed_ym"), not_future((_FOUND,), "found_on")),
    sent=(_form("reg_no", r"[0-9A-Z]{3}(19|20)\d\dY\d{4}", "REG_NO_FORMAT"),),
    sections={"who": ("完成单位", "Owner"), "what": ("成果内容", "Achievement"), "stage": ("阶段与权属", "Stage and rights"),
              "source": ("发现与来源", "Find and source"), "proof": ("证明材料", "Evidence")},
    fields=table(
        *section("who",
            Field("owner_org", "第一完成单位", "Owner", "ref", "yes", "yes", of=("organisation",)),
            Field("co_orgs", "合作单位", "Co-owners", "list", of=("organisation",), most=20)),
        *section("what",
            Field("title", "成果名称", "Achievement title", "text", "yes", "yes", least=4, most=120),
            Field("category", "成果类别", "Category", "choice", submit="yes", choices=lists.CATEGORIES, help="决定落地标准"),
            Field("intro", "成果简介", "Summary", "text", submit="yes", most=2000, long=True),
            Field("innovation", "创新点", "Innovations", "list", most=3, each=50, help="最多 3 条，每条 50 字内"),
            Field("keywords", "关键词", "Keywords", "list", most=3),
            _TECH, *_INDUSTRY, _gb("no"),
            Field("form", "成果体现形式", "Form", "choice", choices=lists.FORMS),
            Field("nature", "成果属性", "Nature", "choice", choices=lists.NATURES)),
        *section("stage",
            Field("stage", "所处阶段", "Maturity", "choice", submit="yes", choices=lists.STAGES),
            Field("trl", "技术就绪度", "Readiness level", "int", least=1, most=9),
            *_YEAR_MONTHS,
            Field("fund_source", "经费来源", "Funding", "choice", submit="yes", choices=lists.FUNDS),
            Field("accepted", "已通过验收", "Passed acceptance", "bool", shown=needs(fund_source="财政")),
            Field("acceptance_no", "验收或评价证书号", "Acceptance number", "text", submit="when", most=60,
                  when=needs(fund_source="财政", accepted=True)),
            Field("reg_no", "成果登记号", "Registration number", "code", most=20, help="12 位，如 4412025Y0123"),
            Field("ip", "知识产权", "Intellectual property", "list", most=50, items=(
                Field("kind", "类型", "Kind", "choice", choices=lists.IP_KINDS),
                Field("number", "编号", "Number", "text", most=60),
                Field("status", "状态", "Status", "choice", choices=lists.IP_STATES),
                Field("owner", "权利人", "Owner", "text", most=200))),
            Field("rights", "权属与赋权", "Rights", "choice", choices=lists.RIGHTS),
            Field("rights_note", "权属说明", "Note on rights", "text", most=500),
            Field("transfer_modes", "拟转化方式", "Intended transfer", "set", submit="yes", choices=lists.TRANSFER_MODES),
            Field("claimed_value_fen", "自报估值", "Own valuation", "money", least=0, unit="万元", help="只作参考，不影响跟踪级别"),
            Field("valuation_wanted", "申请公允价值评价", "Valuation wanted", "bool", help="由中心按需委托评估机构估值并出具报告"),
            Field("finance_need_fen", "融资需求", "Finance wanted", "money", least=0, unit="万元"),
            Field("finance_consent", "同意向金融机构提供评价信息", "Evaluation may be shown to financiers", "bool"),
            Field("wanted_site", "意向落地载体", "Wanted site", "text", most=200, help="如创新创业综合体、专业化园区")),
        *section("source",
            _FOUND,
            Field("source_channel", "来源渠道", "Source channel", "choice", submit="yes", choices=lists.CHANNELS),
            Field("visit_id", "来源走访", "From visit", "ref", of=("visit",)),
            Field("event_id", "来源活动", "From event", "ref", of=("event",)),
            Field("request_id", "来源诉求", "From request", "ref", of=("request",)),
            _CO_FINDERS,
            Field("territory_reason", "非属地原因", "Why outside the territory", "text", most=200),
            Field("secrecy", "成果密级", "Secrecy", "choice", "yes", "yes", choices=lists.SECRECY, default="非密",
                  help="秘密及以上不得录入本系统"),
            DISCLOSURE,
            Field("catalogue_ok", "同意列入目录并发布", "May be listed and published", "bool"),
            Field("high_quality", "高质量成果", "High quality", "bool", help="院所计入任务需要，并附一份证明")),
    ),
)  # fmt: skip

_NEED_DATES = (
    Field("need_from", "需求开始", "Needed from", "date"),
    Field("need_to", "需求截止", "Needed until", "date"),
)
_LETTER_ON = Field("letter_signed_on", "需求书签署日期", "Letter signed on", "date", submit="yes")
_foreign = lambda v: v.get("budget_currency", "CNY") != "CNY"  # noqa: E731  a condition is data of the declaration

DEMAND = Kind(
    "demand", "技术需求", "Technology demand", subtitle="org", prefix="XQ", machine="demand",
    columns=("title", "org", "budget_fen", "industry_dg", "found_on"),
    checks=(ordered(_NEED_DATES, "need_from", "need_to"),
            not_future((_FOUND, _LETTER_ON), "found_on", "letter_signed_on")),
    sections={"who": ("企业信息", "Company"), "what": ("技术需求", "Demand"), "budget": ("合作与预算", "Cooperation and budget"),
              "proof": ("证明材料", "Evidence"), "source": ("来源与保密", "Source and disclosure")},
    fields=table(
        *section("who",
            Field("org", "需求企业", "Company", "ref", "yes", "yes", of=("organisation",)),
            Field("partner_org", "合作方", "Partner", "ref", of=("organisation",), help="企业不在东莞时，请写明东莞合作方")),
        *section("what",
            Field("title", "需求名称", "Demand title", "text", "yes", "yes", least=4, most=120),
            Field("problem", "主要问题", "Problem", "text", submit="yes", most=1000, long=True),
            Field("indicators", "技术关键与主要指标", "Key technology and indicators", "text", submit="yes", most=1000,
                  long=True, help="最好写出数字"),
            Field("goal", "预期目标", "Goal", "text", most=500, long=True),
            Field("keywords", "关键字", "Keywords", "list", most=5),
            _TECH, *_INDUSTRY, _gb("yes")),
        *section("budget",
            Field("budget_fen", "技术合作预算", "Budget", "money", submit="yes", least=0, unit="万元", help="不少于 10 万元，与需求书一致"),
            Field("budget_currency", "预算币种", "Currency", "code", submit="yes", choices=lists.CURRENCIES, default="CNY",
                  pattern=r"[A-Z]{3}", open=True),
            Field("budget_original", "外币金额", "Amount in that currency", "money", submit="when", when=_foreign, shown=_foreign),
            Field("budget_rate", "折算汇率", "Exchange rate", "text", submit="when", when=_foreign, shown=_foreign, most=20,
                  pattern=r"\d+(\.\d+)?"),
            Field("budget_rate_on", "汇率日期", "Rate of", "date", submit="when", when=_foreign, shown=_foreign),
            Field("solve_mode", "解决方式", "Way of cooperation", "choice", submit="yes", choices=lists.SOLVE_MODES),
            *_NEED_DATES,
            Field("pilot_need", "需要中试", "Needs pilot scale", "bool")),
        *section("proof",
            Field("demand_letter", "技术合作需求书", "Demand letter", "evidence", submit="yes", help="签字并盖章"),
            _LETTER_ON,
            Field("letter_signatory", "签字人", "Signed by", "text", submit="yes", most=60)),
        *section("source",
            _FOUND,
            Field("visit_id", "来源走访", "From visit", "ref", of=("visit",)),
            Field("request_id", "来源诉求", "From request", "ref", of=("request",)),
            Field("call_id", "来源征集", "From collection call", "code", source="calls", most=40),
            _CO_FINDERS, DISCLOSURE),
    ),
)  # fmt: skip

_VISIT_TIMES = (
    Field("started_at", "开始时间", "Started", "time", submit="yes"),
    Field("ended_at", "结束时间", "Ended", "time", submit="yes"),
)


def _follow_up(values: Values, _today: date) -> list[Problem]:
    due, start = values.get("due_on"), values.get("started_at") or values.get("planned_on")
    if isinstance(due, str) and isinstance(start, str) and due < start[:10]:
        return [Problem("due_on", "END_BEFORE_START", "block", {"label": "期限", "label_en": "Due on",
                        "other": "走访日期", "other_en": "the visit"})]  # fmt: skip
    return []


VISIT = Kind(
    "visit", "走访", "Visit", title="place", subtitle="org", machine="visit", prefix="ZF",
    columns=("place", "org", "purpose", "started_at", "due_on"),
    checks=(ordered(_VISIT_TIMES, "started_at", "ended_at"), _follow_up),
    sent=(not_future(_VISIT_TIMES, "started_at", "ended_at"),),
    sections={"when": ("对象与时间", "Whom and when"), "what": ("内容", "What"), "next": ("下一步", "Next"),
              "proof": ("照片", "Photos")},
    fields=table(
        *section("when",
            Field("org", "走访对象", "Organisation", "ref", "yes", "yes", of=("organisation",)),
            Field("place", "地点", "Place", "text", "yes", "yes", most=200),
            Field("planned_on", "计划日期", "Planned on", "date"),
            *_VISIT_TIMES),
        *section("what",
            Field("visitors", "走访人员", "Visitors", "list", submit="yes", most=20),
            Field("met", "接待人", "Met", "list", submit="yes", most=20),
            Field("purpose", "目的", "Purpose", "choice", submit="yes", choices=lists.PURPOSES),
            Field("minutes", "走访纪要", "Minutes", "text", submit="yes", least=10, most=4000, long=True),
            Field("finds", "发现", "Finds", "list", of=("achievement", "demand", "request", "blocker", "pilot_platform"),
                  most=50)),
        *section("next",
            Field("next_step", "下一步", "Next step", "text", most=300),
            Field("due_on", "期限", "Due on", "date"),
            DISCLOSURE),
        *section("proof", Field("visit_photo", "照片", "Photos", "evidence")),
    ),
)  # fmt: skip

_ent, _plt_a = needs(route="ENT"), needs(route="PLT-A")
_plt_b, _plt_c = needs(route="PLT-B"), needs(route="PLT-C")
_doc, _prj1 = needs(route=("PLT-B", "PLT-C")), needs(route=("PRJ-1A", "PRJ-1B"))
_prj2, _prj3, _dem = needs(route="PRJ-2"), needs(route="PRJ-3"), needs(route="DEM")
_plt = needs(route=("PLT-A", "PLT-B", "PLT-C"))
_trade, _earning = needs(route=("DEM", "PRJ-1A", "PRJ-1B")), needs(route=("DEM", "PRJ-1A", "PRJ-1B", "ENT"))


def _c(name: str, label: str, en: str, type_: str, when: Callable[[Values], bool], **more: object) -> Field:
    """A field that belongs to one landing route: shown and needed there only."""
    return Field(name, label, en, type_, submit="when", when=when, shown=when, **more)  # type: ignore[arg-type]


def _o(name: str, label: str, en: str, type_: str, when: Callable[[Values], bool], **more: object) -> Field:
    """A field that belongs to one landing route but may stay empty."""
    return Field(name, label, en, type_, shown=when, **more)  # type: ignore[arg-type]


def _t(name: str, label: str, en: str, type_: str, **more: object) -> Field:
    """A fact of the contract: needed for cooperation, worth giving for a trade of the project class."""
    return Field(name, label, en, type_, submit="when", when=_dem, shown=_trade, **more)  # type: ignore[arg-type]


LANDING = Kind(
    "landing", "落地", "Landing", title="title", subtitle="subject", machine="landing", prefix="LD",
    columns=("title", "subject", "route", "place", "landed_on"),
    checks=(_division("place", 9), _technology, _income),
    sent=(_form("reg_no", r"\d{14,16}", "CONTRACT_NO_FORMAT"),),
    sections={"what": ("落地事项", "Landing"), "facts": ("标准与事实", "Standard and facts"),
              "contract": ("合同要素", "Contract"), "income": ("转化收益", "Income"), "proof": ("证明材料", "Evidence")},
    fields=table(
        *section("what",
            Field("title", "落地事项名称", "Landing title", "text", "yes", "yes", least=4, most=120, default=""),
            Field("subject", "成果或需求", "Achievement or demand", "ref", "yes", "yes", of=("achievement", "demand")),
            Field("route", "落地路径", "Route", "choice", "yes", "yes", choices=lists.ROUTES),
            Field("place", "落地镇街", "Landing place", "code", submit="yes", source="divisions"),
            Field("tags", "示范标签", "Tags", "set", choices=lists.LANDING_TAGS),
            Field("responsible_unit", "包干责任单位", "Responsible unit", "auto", owner="platform"),
            Field("landed_on", "落地日期", "Landed on", "auto", owner="client"),
            DISCLOSURE),
        *section("facts",
            _c("mode", "落地方式", "Mode", "choice", _ent, choices=("新注册", "迁入")),
            _c("org", "落地企业", "Company", "ref", _ent, of=("organisation",)),
            _c("event_on", "登记或迁入日期", "Registered or moved on", "date", _ent),
            _c("legal_form", "组织形式", "Legal form", "choice", _ent, choices=lists.LEGAL_FORMS),
            _o("tax_paid_fen", "实缴税收", "Tax paid", "money", _ent, least=0, unit="元"),
            _o("rd_spend_fen", "研发投入", "R&D spending", "money", _ent, least=0, unit="元"),
            _c("fact_on", "凭证日期", "Date of the proof", "date", _ent),
            _c("entity_org", "东莞经营实体", "Dongguan entity", "ref", _plt, of=("organisation",)),
            _c("revenue_fen", "服务收入", "Service revenue", "money", _plt_a, least=0, unit="元"),
            _c("revenue_from", "收入期间起", "Revenue from", "date", _plt_a),
            _c("revenue_to", "收入期间止", "Revenue to", "date", _plt_a),
            _c("tax_included", "是否含税", "Includes VAT", "bool", _plt_a),
            _o("vat_rate", "增值税率", "VAT rate", "text", _plt_a, pattern=r"0(\.\d{1,4})?", help="如 0.06"),
            _c("doc_kind", "文件种类", "Kind of document", "text", _doc, most=60),
            _c("doc_no", "文号", "Document number", "text", _doc, most=80),
            _c("doc_issuer", "发文单位", "Issuer", "text", _doc, most=120),
            _c("doc_level", "发文层级", "Level", "choice", _doc, choices=lists.DOC_LEVELS),
            _c("doc_on", "文件日期", "Document date", "date", _doc),
            _c("granted_name", "授予名称", "Name granted", "text", _plt_c, most=120),
            _c("proof", "交易证明", "Trade proof", "choice", _prj1, choices=("trade_contract", "trade_certificate")),
            _c("proof_issuer", "证明出具方", "Issued by", "choice", _prj1, choices=("seller", "buyer", "town", "other")),
            _c("proof_on", "证明日期", "Proof dated", "date", needs(route=("PRJ-1A", "PRJ-1B", "PRJ-2"))),
            _c("traded_in_dg", "在莞交易", "Traded in Dongguan", "bool", needs(route="PRJ-1A")),
            _c("seller_in_dg", "卖方为东莞主体", "Seller in Dongguan", "bool", needs(route="PRJ-1B")),
            _c("applied_in_dg", "在莞应用", "Applied in Dongguan", "bool", _prj2),
            _c("benefit_fen", "带来效益", "Benefit", "money", _prj2, least=0, unit="万元"),
            _c("benefit_kind", "效益性质", "Kind of benefit", "choice", _prj2, choices=("直接", "间接")),
            _c("benefit_org", "受益主体", "Who gained", "ref", _prj2, of=("organisation",)),
            _c("benefit_basis", "测算依据", "Basis", "text", _prj2, most=500, long=True),
            _c("core_members", "落户核心成员数", "Core members settled", "int", _prj3, least=0, most=999),
            _o("team_members", "团队人数", "Team size", "int", _prj3, least=0, most=9999),
            _c("settled_on", "落户日期", "Settled on", "date", _prj3)),
        *section("contract",
            _c("contract_title", "合同名称", "Contract title", "text", _dem, most=200),
            _t("contract_kind", "合同类型", "Kind of contract", "choice", choices=lists.CONTRACT_KINDS),
            _t("buyer", "买方", "Buyer", "ref", of=("organisation",)),
            _t("seller", "卖方", "Seller", "ref", of=("organisation",)),
            _t("contract_fen", "合同金额", "Contract amount", "money", least=0, unit="万元"),
            _o("tech_fen", "技术交易额", "Technology amount", "money", _trade, least=0, unit="万元"),
            _c("signed_on", "签订日期", "Signed on", "date", _dem),
            _o("valid_from", "有效期起", "Valid from", "date", _dem),
            _o("valid_to", "有效期止", "Valid to", "date", _dem),
            _o("reg_no", "合同登记编号", "Registration number", "code", _trade, most=20),
            _o("reg_office", "登记机构", "Registration office", "text", _trade, most=120),
            _c("payments", "付款", "Payments", "list", _dem, most=100, items=(
                Field("paid_on", "付款日期", "Paid on", "date"),
                Field("amount_fen", "金额", "Amount", "money", least=0, unit="元"),
                Field("payer", "付款方", "Payer", "text", most=200),
                Field("payee", "收款方", "Payee", "text", most=200),
                Field("doc", "凭证号", "Document", "text", most=80)))),
        *section("income",
            _o("incomes", "收益到账与分配", "Income and its split", "list", _earning, most=100,
               help="院所年度报告的绩效奖励和收益分配由此汇总", items=(
                Field("received_on", "到账日期", "Received on", "date"),
                Field("amount_fen", "到账金额", "Amount", "money", least=0, unit="元"),
                Field("reward_fen", "奖励个人", "Rewards to people", "money", least=0, unit="元"),
                Field("people", "受奖人数", "People rewarded", "int", least=0, most=9999),
                Field("retained_fen", "单位留存", "Kept by the unit", "money", least=0, unit="元")))),
        *section("proof",
            _c("business_licence", "营业执照", "Business licence", "evidence", needs(route="ENT", mode="新注册")),
            _c("relocation_proof", "迁移证明", "Relocation proof", "evidence", needs(route="ENT", mode="迁入")),
            _c("tax_proof", "完税证明", "Tax payment proof", "evidence", lambda v: _ent(v) and bool(v.get("tax_paid_fen"))),
            _c("rd_proof", "研发投入证明", "R&D proof", "evidence",
               lambda v: _ent(v) and bool(v.get("rd_spend_fen")) and not v.get("tax_paid_fen")),
            _c("revenue_proof", "服务收入证明", "Revenue proof", "evidence", _plt_a),
            _c("project_approval", "立项文件", "Project approval", "evidence", _plt_b),
            _c("qualification_notice", "资质文件或通知", "Qualification notice", "evidence", _plt_c),
            _c("trade_contract", "交易合同", "Trade contract", "evidence", lambda v: _prj1(v) and v.get("proof") == "trade_contract"),
            _c("trade_certificate", "交易方证明", "Trade certificate", "evidence",
               lambda v: _prj1(v) and v.get("proof") == "trade_certificate"),
            _c("application_proof", "应用证明", "Application proof", "evidence", _prj2),
            _c("benefit_proof", "经济效益证明", "Benefit proof", "evidence", _prj2),
            _c("team_proof", "团队落户证明", "Team proof", "evidence", _prj3),
            _c("tech_contract", "技术合同", "Technology contract", "evidence", _dem),
            _c("payment_proof", "付款证明", "Payment proof", "evidence", _dem)),
    ),
)  # fmt: skip

_letter, _numbered = needs(kind="demand_letter"), needs(kind=tuple(lists.NUMBERED))
_DOC_ON = Field("doc_on", "文件日期", "Dated", "date", submit="yes")

EVIDENCE = Kind(
    "evidence", "证明材料", "Evidence", title="file", subtitle="subject", flow=False,
    columns=("file", "kind", "subject", "doc_on", "bytes"),
    checks=(not_future((_DOC_ON,), "doc_on"),),
    fields=table(
        Field("subject", "所属记录", "Of record", "ref", "yes", "yes", of=("*",)),
        Field("kind", "材料种类", "Kind of paper", "choice", "yes", "yes", choices=tuple(lists.EVIDENCE_KINDS)),
        Field("file", "文件名", "File", "text", "yes", "yes", most=255),
        Field("sha256", "文件指纹", "SHA-256", "code", "yes", "yes", pattern=r"[0-9a-f]{64}"),
        Field("bytes", "大小", "Bytes", "int", "yes", "yes", least=1),
        Field("mime", "文件类型", "Type", "text", "yes", "yes", most=80),
        Field("pages", "页数", "Pages", "int", "yes", "yes", least=1, most=100_000),
        _DOC_ON,
        Field("doc_no", "文号", "Document number", "text", submit="when", when=_numbered, shown=_numbered, most=80),
        Field("issuer", "出具单位", "Issued by", "text", submit="when", when=_numbered, shown=_numbered, most=200),
        Field("signed", "已签字", "Signed", "bool", submit="when", when=_letter),
        Field("signed_by", "签字人", "Signed by", "text", most=60),
        Field("stamped", "已盖章", "Stamped", "bool", submit="when", when=_letter),
        Field("seal_kind", "章种", "Kind of seal", "choice", choices=lists.SEALS),
        Field("seal_name", "章名", "Name on the seal", "text", most=200),
        Field("original_seen", "已核对原件", "Original seen", "bool"),
        Field("covers", "证明事项", "Proves", "set", submit="yes", open=True),
        Field("redacted", "已脱敏", "Redacted", "bool"),
        Field("removed", "已移除", "Removed", "bool", help="移除只是不再作为证明，原件保留"),
    ),
)  # fmt: skip

#: Every kind by name, the main six first.
KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (ORGANISATION, ACHIEVEMENT, DEMAND, VISIT, LANDING, EVIDENCE, *SECONDARY)
}
