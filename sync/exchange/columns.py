"""Head words of a ledger to the fields of a kind: labels of the declaration, plus what towns write instead.

A target is a path: a field of the kind ("title"), a field of the organisation it refers to ("org.uscc"), or
``KIND`` ("@kind"), the column in which mixed ledgers say whether a row is a demand or an achievement. Each column
serves one target and each target one column; what fits best wins, the rest is reported as unused. A map given by the
person (``--map``, or remembered from last time) wins over everything; an empty target leaves the column out.
Must not know files, cells or the store.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sync.domain.declare import Kind
from sync.domain.fields import Field
from sync.domain.kinds import KINDS, ORGANISATION
from sync.domain.problems import Problem
from sync.errors import Refused

KIND = "@kind"

#: What a mixed ledger writes in its kind column, by record kind.
KIND_WORDS: dict[str, tuple[str, ...]] = {
    "achievement": ("科技成果", "成果", "技术成果", "成果类"),
    "demand": ("技术需求", "需求", "企业需求", "企业技术需求", "科技需求", "需求类"),
    "visit": ("走访", "走访记录"),
    "request": ("诉求", "企业诉求"),
}
_KIND_HEADS = ("类别", "类型", "种类", "项目类别", "项目类型", "记录类型", "成果/需求")


def _words(spoken: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(words.split()) for name, words in spoken.items()}


_ORGANISATION = _words({
    "name": (
        "企业名称 单位名称 公司名称 机构名称 企业全称 公司全称 企业 单位 公司 需求单位 需求方 提出单位 "
        "完成单位 成果完成单位 所属单位 所属企业 依托单位 走访企业 走访单位 主体名称 申报单位 成果单位 "
        "持有单位 被走访单位 诉求企业"
    ),
    "uscc": "信用代码 社会信用代码 统一信用代码 统一社会信用码 机构代码 企业代码 代码 税号 纳税人识别号",
    "org_kind": "企业性质 单位类型 机构性质",
    "division": "所属镇街 镇街 所在镇街 镇街(园区) 所属镇街(园区) 所属园区 园区 属地 所在地 所属镇 所在镇",
    "reg_address": "地址 企业地址 单位地址 公司地址",
    "contact_name": "联系人姓名 企业联系人 单位联系人 对接人 姓名",
    "contact_phone": "电话 联系方式 手机 手机号 手机号码 电话号码 联系人电话 联系号码 联系人联系方式",
})  # fmt: skip
_DAY = "日期 时间 登记日期 填报日期 登记时间 上报日期"
_FOUND = f"{_DAY} 发现时间 收集日期 收集时间 征集日期 征集时间 录入日期 提出日期 报送日期"
_PROJECT = "项目名称 名称 项目 课题名称 项目/需求名称 项目/成果名称"

#: Other words for a field than its label, by kind.
SYNONYMS: dict[str, dict[str, tuple[str, ...]]] = {
    "organisation": {**_ORGANISATION, "name": (*_ORGANISATION["name"], "名称")},
    "demand": _words({
        "title": f"技术需求 技术需求名称 需求题目 需求项目 需求项目名称 难题名称 技术难题 需求 {_PROJECT}",
        "found_on": _FOUND,
        "problem": "需求内容 需求描述 问题描述 需求简介 存在问题 需求说明 技术需求内容 具体需求 需求详情",
        "indicators": "技术指标 主要指标 指标要求 技术关键 关键指标 预期指标 技术参数",
        "goal": "目标",
        "budget_fen": (
            "预算 合作预算 预算金额 金额 拟投入资金 拟投入 计划投入 投入预算 合作金额 意向金额 研发预算 "
            "经费预算 项目预算 拟投入合作经费 合作经费 需求预算 投入金额"
        ),
        "letter_signed_on": "需求书日期 签署日期 需求书签订日期 签字日期",
        "letter_signatory": "签署人 需求书签字人",
        "solve_mode": "合作方式 合作模式 拟合作方式",
        "partner_org": "合作单位 意向合作单位 拟合作单位 合作高校 对接单位",
        "tech_field": "所属领域 领域 技术方向",
        "industry_dg": "产业 所属产业 产业领域",
        "industry": "行业 所属行业 行业代码",
        "keywords": "关键词",
        "need_to": "截止日期 需求时限",
        "pilot_need": "是否需要中试 是否中试 中试需求",
    }),
    "achievement": _words({
        "title": f"科技成果 科技成果名称 成果题目 成果项目 成果 {_PROJECT}",
        "found_on": _FOUND,
        "intro": "简介 成果介绍 项目简介 成果内容 成果描述",
        "stage": "成熟度 阶段 成果阶段 成熟阶段",
        "trl": "TRL 就绪度 技术成熟度",
        "reg_no": "登记号 成果登记编号",
        "claimed_value_fen": "估值 成果估值",
        "tech_field": "所属领域 领域 技术方向",
        "industry_dg": "产业 所属产业 产业领域",
        "industry": "行业 所属行业 行业代码",
        "source_channel": "来源 渠道",
        "transfer_modes": "转化方式 合作方式",
        "keywords": "关键字",
        "high_quality": "是否高质量",
    }),
    "visit": _words({
        "started_at": f"{_DAY} 走访日期 走访时间",
        "place": "走访地点",
        "visitors": "参加人员 走访人 参与人员 我方人员 走访组成员",
        "met": "接待人员 企业接待人 企业人员",
        "purpose": "走访目的 事由 走访事由",
        "minutes": "主要内容 走访内容 走访情况 内容 情况记录 走访记录 工作内容",
        "next_step": "下一步计划 后续工作 下一步工作 跟进事项",
        "due_on": "完成时限 完成期限",
    }),
    "landing": _words({
        "title": _PROJECT,
        "subject": "成果名称 需求名称 成果或需求名称",
        "place": "落地地点 落地园区",
    }),
    "request": _words({
        "raised_on": _DAY,
        "content": "诉求 诉求事项 内容",
        "contact": "电话 联系电话 联系方式",
    }),
    "service_log": _words({
        "done_on": _DAY,
        "content": "内容 服务情况",
        "subject": "项目名称 成果名称 需求名称",
    }),
    "blocker": _words({
        "since": _DAY,
        "description": "问题 堵点 问题情况",
    }),
    "event": _words({
        "starts_on": f"{_DAY} 活动日期 活动时间",
        "title": "活动名称",
        "place": "地点 活动地点",
    }),
    "broker": _words({
        "phone": "手机 手机号 联系电话 联系方式",
        "cert_no": "证书号",
        "issued_on": "发证时间",
    }),
}  # fmt: skip

_UNIT = re.compile(r"(亿元|万元|亿|万|元)$")
_MEASURES = frozenset({"天", "日", "月", "年", "人", "个", "项", "次", "页", "份", "台", "%"})
_DECORATION = re.compile(r"[\s*★●:：。]+")
_ASIDE = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Column:
    """``index`` from 0; ``unit`` 元, 万元, … where the head names one, else empty."""

    index: int
    head: str
    target: str
    unit: str


@dataclass(frozen=True, slots=True)
class Match:
    """Columns found, heads that serve nothing, and the map to remember (head -> target)."""

    columns: tuple[Column, ...]
    unused: tuple[str, ...]

    @property
    def mapping(self) -> dict[str, str]:
        """Head -> target of every column used, in the order of the sheet."""
        return {column.head: column.target for column in self.columns}


def targets(kind: Kind) -> dict[str, Field]:
    """Every path a column of ``kind`` may be mapped to, with the field it fills.

    Left out: what only the platform or the client fills, papers, lists of parts and references to other records than
    organisations (but for a landing's or service's subject, which may be named by its title).
    """
    found: dict[str, Field] = {}
    main = main_organisation(kind)
    for field in kind.fields.values():
        if field.owner != "liaison" or field.type in ("auto", "evidence") or field.items:
            continue
        if field.type == "ref" and field.of == ("organisation",):
            found[f"{field.name}.name"] = field
            parts = _ORGANISATION if field.name == main else ("uscc",)
            found.update({f"{field.name}.{part}": ORGANISATION.fields[part] for part in parts if part != "name"})
        elif not (field.type == "ref" and field.name != "subject") and not (field.type == "list" and field.of):
            found[field.name] = field
    return found


def main_organisation(kind: Kind) -> str:
    """The reference whose organisation the contact columns of a ledger describe; empty where there is none."""
    references = [f for f in kind.fields.values() if f.type == "ref" and f.of == ("organisation",)]
    needed = [f.name for f in references if f.draft == "yes" or f.submit == "yes"]
    return (needed or [f.name for f in references if f.name in ("org",) and f.shown is None] or [""])[0]


def word(text: str) -> str:
    """A head as it is compared: one width, no spaces, marks or units, case folded."""
    plain = _DECORATION.sub("", unicodedata.normalize("NFKC", text))
    plain = _ASIDE.sub(lambda found: "" if _aside(found.group(1)) else found.group(0), plain)
    return (_UNIT.sub("", plain).rstrip("/,-") or plain).casefold()


def unit_of(text: str) -> str:
    """The money unit a head or a remark such as "单位：万元" names, else empty."""
    plain = _DECORATION.sub("", unicodedata.normalize("NFKC", text))
    for aside in _ASIDE.findall(plain):
        found = _UNIT.search(aside)
        if found is not None and _aside(aside):
            return _full(found.group(1))
    found = _UNIT.search(plain)
    return _full(found.group(1)) if found is not None and len(plain) > len(found.group(1)) else ""


def _full(unit: str) -> str:
    return unit if unit.endswith("元") else f"{unit}元"


def _aside(text: str) -> bool:
    """Brackets that say a unit or how to fill in, not what the column is."""
    return (
        bool(_UNIT.search(text))
        or text in _MEASURES
        or any(hint in text for hint in ("必填", "选填", "可选", "单位", "格式", "如", "填"))
    )


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Every head word of every kind: by these a head row is told from a title or a row of data."""
    words = {word(one) for one in _KIND_HEADS} | {"序号", "备注", "编号"}
    for kind in KINDS.values():
        words.update(one for spoken in _vocabulary(kind.name).values() for one in spoken)
    return frozenset(words)


@lru_cache(maxsize=32)
def _vocabulary(name: str) -> dict[str, tuple[str, ...]]:
    """Target -> its words, the most exact first."""
    kind = KINDS[name]
    main = main_organisation(kind)
    said = SYNONYMS.get(name, {})
    found: dict[str, tuple[str, ...]] = {}
    for target, field in targets(kind).items():
        reference, _, part = target.partition(".")
        if not part:
            spoken: tuple[str, ...] = (field.label, field.en, *said.get(target, ()))
        elif part == "name":
            more = _ORGANISATION["name"] if reference == main else ()
            spoken = (field.label, f"{field.label}名称", field.en, *said.get(reference, ()), *more)
        else:
            label = kind.fields[reference].label
            more = (field.label, field.en, *_ORGANISATION[part]) if reference == main else ()
            spoken = (f"{label}{field.label}", *more)
        found[target] = tuple(dict.fromkeys(word(one) for one in spoken))
    return found


def match(kind: Kind, heads: Sequence[str], given: Mapping[str, str] | None = None) -> Match:
    """Which column fills which field. ``heads`` by column, empty where a column has none; ``given`` wins.

    Raises:
        Refused: SHEET_BAD_MAP where ``given`` names a target that cannot be imported.
    """
    allowed = targets(kind)
    chosen: dict[int, str] = {}
    fixed = _given(kind, given or {}, allowed)
    for index, head in enumerate(heads):
        if head and word(head) in fixed:
            chosen[index] = fixed[word(head)]
    scored = [
        (score, -index, target)
        for index, head in enumerate(heads)
        if head and index not in chosen
        for target, score in _scores(kind, head).items()
    ]
    for _, negative, target in sorted(scored, reverse=True):
        if -negative not in chosen and target not in chosen.values():
            chosen[-negative] = target
    columns = tuple(
        Column(index, heads[index], target, unit_of(heads[index])) for index, target in sorted(chosen.items()) if target
    )
    used = {column.index for column in columns}
    return Match(columns, tuple(head for index, head in enumerate(heads) if head and index not in used))


def _given(kind: Kind, given: Mapping[str, str], allowed: Mapping[str, Field]) -> dict[str, str]:
    fixed = {}
    for head, target in given.items():
        path = (target or "").strip()
        if path in kind.fields and f"{path}.name" in allowed:
            path = f"{path}.name"
        if path and path != KIND and path not in allowed:
            raise Refused([Problem(None, "SHEET_BAD_MAP", "block", {"head": str(head)[:40], "name": path[:40]})])
        fixed[word(str(head))] = path
    return fixed


def _scores(kind: Kind, head: str) -> dict[str, int]:
    """How well a head fits each target: its own word, one half of "项目/需求名称", or a word within it."""
    whole = word(head)
    halves = [half for half in re.split(r"[/、,或及和&]", whole) if len(half) > 1]
    found: dict[str, int] = {}
    if kind.name in KIND_WORDS and whole in {word(one) for one in _KIND_HEADS}:
        found[KIND] = 95
    for target, spoken in _vocabulary(kind.name).items():
        best = 0
        for place, one in enumerate(spoken):
            if whole == one:
                best = max(best, 200 - place)  # a label before a synonym, an exact synonym before a vague one
            elif one in halves:
                best = max(best, 90 - place)
            elif len(one) >= 3 and one in whole:
                best = max(best, 30 + 2 * len(one) + 20 * whole.endswith(one))  # what a head is about stands last
            elif len(whole) >= 4 and "." not in target and whole in one and len(whole) * 5 >= len(one) * 3:
                best = max(best, 30 + 2 * len(whole))
        if best:
            found[target] = best
    return found
