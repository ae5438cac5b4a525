"""The secondary record kinds of DOMAIN section 6 (service, events, pilot platforms, brokers, requests, …).

Same rules as ``kinds``: one declaration each. Kinds whose writer is the platform are pulled only; their
fields are ``auto`` and never typed on a laptop.
"""

from __future__ import annotations

from datetime import date

from sync.domain import lists
from sync.domain.declare import Kind, needs, table
from sync.domain.fields import Field, Values, empty, not_future, ordered, telephone
from sync.domain.parameters import DEFAULTS
from sync.domain.problems import Problem
from sync.domain.selection import check_broker

_DISCLOSURE = Field(
    "disclosure", "公开级别", "Disclosure", "choice", "yes", "yes", choices=lists.DISCLOSURE, default="内部"
)
_FIELD = Field(
    "field", "产业方向", "Industry direction", "choice", submit="yes", choices=lists.INDUSTRIES_DG, source="industry_dg"
)


def _day(name: str, label: str, en: str) -> Field:
    return Field(name, label, en, "date", submit="yes")


def _pulled(name: str, label: str, en: str) -> Field:
    return Field(name, label, en, "auto", owner="platform")


_DONE_ON = _day("done_on", "服务日期", "Served on")
_DUE_ON = Field("due_on", "期限", "Due on", "date")
SERVICE_LOG = Kind(
    "service_log", "服务记录", "Service log", title="content", subtitle="subject", prefix="FW",
    columns=("content", "subject", "mode", "done_on", "due_on"),
    checks=(not_future((_DONE_ON,), "done_on"), ordered((_DONE_ON, _DUE_ON), "done_on", "due_on")),
    fields=table(
        Field("subject", "服务对象", "Subject", "ref", "yes", "yes", of=("achievement", "demand")),
        _DONE_ON,
        Field("mode", "方式", "Way", "choice", submit="yes", choices=lists.SERVICE_MODES),
        Field("content", "服务内容", "What was done", "text", submit="yes", least=10, most=1000, long=True),
        Field("stage_after", "服务后阶段", "Stage after", "code", most=20),
        Field("next_step", "下一步", "Next step", "text", most=300),
        _DUE_ON,
        Field("voucher_used", "使用服务券", "Voucher used", "choice", choices=lists.VOUCHERS),
        Field("finance_kind", "融资方式", "Kind of finance", "choice", choices=lists.FINANCE_KINDS, shown=needs(mode="融资"),
              help="知识产权质押融资计入院所年度报告"),
        Field("finance_fen", "融资金额", "Amount financed", "money", least=0, unit="万元", shown=needs(mode="融资")),
        _DISCLOSURE),
)  # fmt: skip

_STARTS, _ENDS = _day("starts_on", "开始日期", "Starts on"), _day("ends_on", "结束日期", "Ends on")
EVENT = Kind(
    "event", "对接会与活动", "Event", prefix="HD", machine="event",
    columns=("title", "kind", "host_unit", "starts_on", "place"), checks=(ordered((_STARTS, _ENDS), "starts_on", "ends_on"),),
    fields=table(
        Field("title", "名称", "Name", "text", "yes", "yes", least=2, most=200),
        Field("kind", "活动类型", "Kind", "choice", submit="yes", choices=lists.EVENT_KINDS),
        Field("host_unit", "主办单位", "Host", "code", submit="yes", source="units", most=80),
        Field("co_hosts", "协办单位", "Co-hosts", "set", source="units", open=True),
        _STARTS, _ENDS,
        Field("place", "地点或线上", "Place or online", "text", submit="yes", most=200),
        Field("online", "线上", "Online", "bool"),
        Field("items", "推介项目", "Items shown", "list", of=("achievement", "demand"), most=200),
        Field("sign_ins", "签到", "Sign-ins", "list", most=2000, items=(
            Field("person", "姓名", "Person", "text", most=60), Field("org", "单位", "Organisation", "text", most=200),
            Field("phone", "电话", "Phone", "text", most=30, private=True))),
        Field("intentions", "达成意向", "Intentions", "list", most=200, items=(
            Field("demand", "需求", "Demand", "text", most=200), Field("achievement", "成果", "Achievement", "text", most=200))),
        Field("sign_in", "签到表", "Sign-in sheet", "evidence"),
        _DISCLOSURE),
)  # fmt: skip

_TRL = (Field("trl_from", "服务成熟度起", "TRL from", "int", least=1, most=9),
        Field("trl_to", "服务成熟度止", "TRL to", "int", least=1, most=9))  # fmt: skip


def _levels(values: Values, _today: date) -> list[Problem]:
    low, high = values.get("trl_from"), values.get("trl_to")
    if isinstance(low, int) and isinstance(high, int) and high < low:
        labels = {"label": _TRL[1].label, "label_en": _TRL[1].en, "other": _TRL[0].label, "other_en": _TRL[0].en}
        return [Problem("trl_to", "END_BEFORE_START", "block", labels)]
    return []


PILOT_PLATFORM = Kind(
    "pilot_platform", "中试平台", "Pilot platform", title="name", subtitle="host_org", prefix="ZS", machine="pilot_platform",
    columns=("name", "host_org", "kind", "field", "level"), checks=(_levels,),
    fields=table(
        Field("name", "平台名称", "Name", "text", "yes", "yes", least=2, most=200),
        Field("kind", "类型", "Kind", "choice", submit="yes", choices=lists.PILOT_KINDS),
        Field("host_org", "依托单位", "Host", "ref", submit="yes", of=("organisation",)),
        Field("co_builders", "共建单位", "Co-builders", "list", of=("organisation",), most=30),
        _FIELD, *_TRL,
        Field("equipment", "主要设备", "Equipment", "list", most=100),
        Field("capacity", "服务能力", "Capacity", "text", most=1000, long=True),
        Field("price_note", "收费说明", "Prices", "text", most=500),
        Field("service_income_fen", "服务收入", "Service income", "money", least=0, unit="元"),
        Field("level", "级别", "Level", "choice", choices=lists.PILOT_LEVELS),
        _pulled("status", "状态", "Status"),
        _DISCLOSURE),
)  # fmt: skip

PILOT_RESOURCE = Kind(
    "pilot_resource", "中试资源", "Pilot resource", subtitle="org", prefix="ZY",
    columns=("title", "kind", "org", "field", "capacity"),
    fields=table(
        Field("kind", "类别", "Kind", "choice", "yes", "yes", choices=lists.PILOT_RESOURCES),
        Field("title", "名称", "Name", "text", "yes", "yes", least=2, most=200),
        Field("org", "单位", "Organisation", "ref", submit="yes", of=("organisation",)),
        _FIELD,
        Field("description", "说明", "Description", "text", submit="yes", most=1000, long=True),
        Field("capacity", "产能", "Capacity", "text", most=200),
        Field("moq", "最小起订量", "Minimum order", "int", least=1),
        Field("lead_time_days", "交期", "Lead time", "int", least=0, most=3650, unit="天"),
        Field("links", "关联成果或需求", "Linked items", "list", of=("achievement", "demand"), most=50),
        _DISCLOSURE),
)  # fmt: skip

_ISSUED = _day("issued_on", "发证日期", "Issued on")


def _admissible(values: Values, _today: date) -> list[Problem]:
    """V-BROKER, and the person's consent to be found in the library."""
    found: list[Problem] = []
    if not empty(values.get("cert_level")) and not empty(values.get("cert_base")):
        found += check_broker({"level": values["cert_level"], "base": values["cert_base"]}).problems
    if values.get("consent") is False:
        found.append(Problem("consent", "CONSENT_MISSING", "block", {"label": "本人公开信息", "label_en": "the person's data"}))
    return found


BROKER = Kind(
    "broker", "技术经纪（理）人", "Technology broker", title="name", subtitle="org", prefix="JJ", machine="broker",
    columns=("name", "org", "cert_level", "cert_base", "issued_on"), checks=(not_future((_ISSUED,), "issued_on"),),
    sent=(_admissible, telephone("phone")),
    fields=table(
        Field("name", "姓名", "Name", "text", "yes", "yes", most=60),
        Field("org", "所在单位", "Organisation", "ref", of=("organisation",)),
        Field("cert_level", "证书等级", "Certificate level", "choice", submit="yes", choices=lists.CERT_LEVELS),
        Field("cert_base", "发证基地", "Issuing base", "choice", submit="yes", choices=lists.CERT_BASES, open=True, source="cert_base"),
        Field("cert_no", "证书编号", "Certificate number", "text", submit="yes", most=60),
        _ISSUED,
        Field("fields", "擅长领域", "Fields", "list", most=20),
        Field("phone", "电话", "Phone", "text", submit="yes", most=30, private=True),
        Field("consent", "本人同意登记信息", "Agrees to being listed", "bool", submit="yes"),
        Field("broker_certificate", "证书扫描件", "Certificate scan", "evidence", submit="yes"),
        _pulled("items_helped", "促成项目", "Items helped"),
        _DISCLOSURE),
)  # fmt: skip

_RAISED = _day("raised_on", "提出日期", "Raised on")
REQUEST = Kind(
    "request", "企业诉求", "Enterprise request", title="content", subtitle="org", prefix="SQ", machine="request",
    columns=("content", "org", "kind", "raised_on", "status"), checks=(not_future((_RAISED,), "raised_on"),),
    sent=(lambda _values, _today: [Problem(None, "REQUEST_ONLY", "hint", {"minimum": DEFAULTS.budget_min_fen})],),
    fields=table(
        Field("org", "企业", "Company", "ref", "yes", "yes", of=("organisation",)),
        Field("kind", "诉求类型", "Kind", "choice", submit="yes", choices=lists.REQUEST_KINDS),
        Field("content", "诉求内容", "Content", "text", submit="yes", least=10, most=1000, long=True),
        Field("contact", "联系人电话", "Contact phone", "text", submit="yes", most=60, private=True),
        _RAISED,
        Field("entered_by", "代录联络员", "Entered by", "auto", owner="client"),
        Field("demand_id", "转成的需求", "Became demand", "ref", of=("demand",)),
        _pulled("status", "状态", "Status"), _pulled("replies", "答复", "Replies"),
        _DISCLOSURE),
)  # fmt: skip

_SINCE = _day("since", "出现日期", "Since")
BLOCKER = Kind(
    "blocker", "堵点", "Blocker", title="description", subtitle="subject", prefix="DD", machine="blocker",
    columns=("description", "subject", "kind", "since", "owner_dept"), checks=(not_future((_SINCE,), "since"),),
    fields=table(
        Field("subject", "对象", "Subject", "ref", "yes", "yes", of=("achievement", "demand", "landing", "organisation")),
        Field("kind", "类型", "Kind", "choice", submit="yes", choices=lists.BLOCKER_KINDS),
        Field("description", "问题描述", "Description", "text", submit="yes", least=10, most=1000, long=True),
        _SINCE,
        Field("help_wanted", "希望协调事项", "Help wanted", "text", submit="yes", most=1000, long=True),
        _pulled("owner_dept", "责任部门", "Responsible department"), _pulled("decision", "协调结果", "Decision"),
        _pulled("one_case", "一事一议", "One-case decision"), _pulled("resolved_on", "解决日期", "Resolved on"),
        _DISCLOSURE),
)  # fmt: skip

LEDGER_ROW = Kind(
    "ledger_row", "台账行", "Ledger row", title="progress", subtitle="subject", prefix="TZ",
    columns=("month", "subject", "progress", "next_step", "responsible"),
    fields=table(
        Field("month", "月份", "Month", "month", "yes", "yes"),
        Field("subject", "项目", "Item", "ref", "yes", "yes", of=("achievement", "demand", "landing")),
        Field("progress", "本月进展", "Progress", "text", submit="yes", most=1000, long=True),
        Field("stage", "阶段", "Stage", "auto", owner="client"),
        Field("counterpart", "对接主体", "Counterpart", "ref", of=("organisation",)),
        Field("blocker", "堵点", "Blocker", "ref", of=("blocker",)),
        Field("next_step", "下一步", "Next step", "text", most=300),
        Field("responsible", "责任单位和专职人员", "Responsible", "text", submit="yes", most=200),
        _DISCLOSURE),
)  # fmt: skip

EVALUATION = Kind(
    "evaluation", "评价结果", "Evaluation", title="kind", subtitle="subject", writer="platform", flow=False,
    columns=("kind", "subject", "round", "verdict", "report_on"),
    fields=table(*(_pulled(*row) for row in (
        ("subject", "对象", "Subject"), ("kind", "评价类型", "Kind"), ("round", "批次", "Round"),
        ("score_tech", "科技含量", "Technology score"), ("score_econ", "经济效益", "Economic score"),
        ("score_transfer", "转化效率", "Transfer score"), ("has_market", "有市场需求", "Has market need"),
        ("has_innovation", "有创新价值", "Has innovation"), ("has_economic", "有经济贡献", "Has economic value"),
        ("verdict", "结论", "Verdict"), ("advice", "落地建议", "Advice"), ("value_fen", "估值", "Value"),
        ("appraiser", "评估机构", "Appraiser"), ("report_no", "报告号", "Report number"), ("report_on", "报告日期", "Report date"))),
        Field("followed", "已办建议", "Advice followed", "set", owner="client", open=True)),
)  # fmt: skip

ASSIGNMENT = Kind(
    "assignment", "包干任务", "Assignment", title="level", subtitle="subject", writer="platform", flow=False,
    columns=("subject", "unit", "liaison", "due_on", "level"),
    fields=table(*(_pulled(*row) for row in (
        ("subject", "对象", "Subject"), ("unit", "责任单位", "Responsible unit"), ("liaison", "责任人", "Responsible person"),
        ("from_on", "开始", "From"), ("to_on", "结束", "To"), ("due_on", "期限", "Due on"), ("level", "跟踪级别", "Level")))),
)  # fmt: skip

QUOTA = Kind(
    "quota", "指标", "Target", title="metric", subtitle="unit", writer="platform", flow=False,
    columns=("unit", "year", "metric", "target", "doc"),
    fields=table(*(_pulled(*row) for row in (
        ("unit", "单位", "Unit"), ("year", "年度", "Year"), ("metric", "指标类型", "Metric"), ("target", "目标数", "Target"),
        ("doc", "文件", "Document"), ("valid_from", "生效日期", "Valid from"), ("rev", "版本", "Revision")))),
)  # fmt: skip

REPORT = Kind(
    "report", "报表", "Report", title="kind", subtitle="period", prefix="BB",
    columns=("kind", "period", "state", "notes"),
    fields=table(
        Field("kind", "报表类型", "Kind", "choice", "yes", "yes", choices=lists.REPORT_KINDS),
        Field("period", "期间", "Period", "code", "yes", "yes", pattern=r"\d{4}(-(0[1-9]|1[0-2])|Q[1-4])?"),
        Field("rows", "明细", "Rows", "auto", owner="client"), Field("totals", "合计", "Totals", "auto", owner="client"),
        Field("notes", "说明", "Notes", "text", most=2000, long=True),
        Field("report_scan", "盖章扫描件", "Stamped scan", "evidence", submit="when",
              when=lambda v: len(str(v.get("period", ""))) == 4),
        Field("state", "状态", "State", "auto", owner="client"),
        _DISCLOSURE),
)  # fmt: skip

NOTICE = Kind(
    "notice", "通知与政策资讯", "Notice", writer="platform", flow=False, subtitle="issuer",
    columns=("title", "kind", "issuer", "issued_on", "read_at"),
    fields=table(*(_pulled(*row) for row in (
        ("title", "标题", "Title"), ("body", "正文", "Text"), ("kind", "类型", "Kind"), ("issuer", "发文单位", "Issuer"),
        ("doc_no", "文号", "Document number"), ("issued_on", "日期", "Issued on"), ("targets", "接收单位", "For units"),
        ("due_on", "期限", "Due on"))), Field("read_at", "阅读时间", "Read at", "auto", owner="client")),
)  # fmt: skip

SECONDARY = (SERVICE_LOG, EVENT, PILOT_PLATFORM, PILOT_RESOURCE, BROKER, REQUEST, BLOCKER, LEDGER_ROW, EVALUATION,
             ASSIGNMENT, QUOTA, REPORT, NOTICE)  # fmt: skip
