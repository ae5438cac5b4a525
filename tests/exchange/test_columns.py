"""Head words to fields: labels, what towns write instead, units, and the person's own word."""

from __future__ import annotations

import pytest

from sync.domain.declare import Kind
from sync.domain.kinds import KINDS
from sync.errors import Refused
from sync.exchange.columns import KIND, main_organisation, match, targets, unit_of, word

WRITABLE = [kind for kind in KINDS.values() if kind.writer == "liaison"]


@pytest.mark.parametrize(
    ("kind", "head", "target"),
    [
        ("demand", "需求名称", "title"),
        ("demand", "项目名称", "title"),
        ("demand", "技术需求", "title"),
        ("demand", "项目/需求名称", "title"),
        ("demand", "* 需 求 名 称（必填）", "title"),
        ("demand", "企业名称", "org.name"),
        ("demand", "单位名称", "org.name"),
        ("demand", "信用代码", "org.uscc"),
        ("demand", "统一社会信用代码（18位，如9144…）", "org.uscc"),
        ("demand", "预算", "budget_fen"),
        ("demand", "金额（万元）", "budget_fen"),
        ("demand", "技术合作预算(单位：元)", "budget_fen"),
        ("demand", "联系人", "org.contact_name"),
        ("demand", "需求单位联系人", "org.contact_name"),
        ("demand", "企业联系电话", "org.contact_phone"),
        ("demand", "日期", "found_on"),
        ("demand", "所属镇街", "org.division"),
        ("demand", "类别", KIND),
        ("demand", "Demand title", "title"),
        ("achievement", "项目名称", "title"),
        ("achievement", "成果完成单位", "owner_org.name"),
        ("achievement", "成果类别", "category"),
        ("visit", "走访对象", "org.name"),
        ("visit", "参加人员", "visitors"),
        ("visit", "主要内容", "minutes"),
        ("visit", "日期", "started_at"),
        ("organisation", "公司名称", "name"),
        ("organisation", "电话", "contact_phone"),
        ("broker", "手机", "phone"),
    ],
)
def test_what_ledgers_write(kind: str, head: str, target: str) -> None:
    assert match(KINDS[kind], [head]).mapping == {head: target}


@pytest.mark.parametrize("head", ["序号", "备注", "需求书", "是否重复", "镇街意见"])
def test_what_is_no_field_is_reported(head: str) -> None:
    found = match(KINDS["demand"], ["需求名称", head])
    assert found.unused == (head,) and found.mapping == {"需求名称": "title"}


@pytest.mark.parametrize("kind", WRITABLE, ids=lambda kind: kind.name)
def test_every_label_finds_its_own_field(kind: Kind) -> None:
    for target in targets(kind):
        reference, _, part = target.partition(".")
        if part and part != "name":
            continue
        label = kind.fields[reference].label
        assert match(kind, [label]).mapping == {label: target}, label


def test_the_label_wins_over_a_vague_word() -> None:
    found = match(KINDS["demand"], ["日期", "发现日期", "名称", "需求名称"])
    assert found.mapping == {"发现日期": "found_on", "需求名称": "title"}
    assert found.unused == ("日期", "名称")


def test_the_persons_word_wins_and_may_leave_out() -> None:
    heads = ["日期", "事项", "单位", "联系人"]
    found = match(KINDS["demand"], heads, {"事项": "title", "联系人": "", "单 位": "org", "不在表里": "goal"})
    assert found.mapping == {"日期": "found_on", "事项": "title", "单位": "org.name"}
    assert found.unused == ("联系人",)


@pytest.mark.parametrize("target", ["nonsense", "org.status", "demand_letter", "visit_id", "org.nonsense"])
def test_a_map_to_nowhere_is_refused(target: str) -> None:
    with pytest.raises(Refused) as caught:
        match(KINDS["demand"], ["日期"], {"日期": target})
    assert [problem.code for problem in caught.value.problems] == ["SHEET_BAD_MAP"]


def test_a_remembered_map_gives_the_same_columns() -> None:
    heads = ["序号", "日期", "企业名称", "类别", "项目/需求名称", "合作预算"]
    first = match(KINDS["demand"], heads)
    assert match(KINDS["demand"], heads, first.mapping) == first


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("金额（万元）", "万元"),
        ("金额(单位：元)", "元"),
        ("预算万元", "万元"),
        ("金额/亿元", "亿元"),
        ("金额（万）", "万元"),
        ("金额", ""),
        ("万元", ""),
        ("预算（含税）", ""),
    ],
)
def test_units_in_heads(head: str, unit: str) -> None:
    assert unit_of(head) == unit


def test_words_are_compared_without_dress() -> None:
    assert word("＊需求 名称（必填）：") == word("需求名称") == "需求名称"
    assert word("预算（万元）") == "预算"
    assert word("成果（项目）名称") != word("成果名称")


def test_the_main_organisation() -> None:
    found = {kind.name: main_organisation(kind) for kind in WRITABLE}
    assert (found["demand"], found["achievement"], found["visit"], found["pilot_platform"]) == (
        "org", "owner_org", "org", "host_org",
    )  # fmt: skip
    assert found["organisation"] == found["landing"] == ""
