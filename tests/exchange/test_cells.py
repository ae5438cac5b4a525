"""One cell to one value, as people write them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from sync.domain.kinds import KINDS, ORGANISATION
from sync.domain.values import BadValue
from sync.exchange.cells import bare, nature, said, value_of, without_year
from sync.exchange.grids import Cell

PLACES = {
    "松山湖": "441900402",
    "长安镇": "441900118",
    "东城街道": "441900003",
    "东坑镇": "441900110",
    "水乡新城": "441900403",
}


def read(target: str, cell: Cell, unit: str = "万元", year: int | None = 2026, kind: str = "demand") -> Any:
    reference, _, part = target.rpartition(".")
    field = ORGANISATION.fields[part] if reference else KINDS[kind].fields[target]
    return value_of(target, field, cell, unit, year, PLACES)


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("68万", 68_000_000), ("６８万元", 68_000_000), ("9.9999万", 9_999_900), ("99999元", 9_999_900), ("30 万元", 30_000_000),
        ("１０万元", 10_000_000), ("10.00", 10_000_000), (10, 10_000_000), (68.5, 68_500_000), (12.300000000000001, 12_300_000),
        ("1,200,000元", 120_000_000), ("￥100000元", 10_000_000), ("0.5亿元", 5_000_000_000),
    ],
)  # fmt: skip
def test_amounts(cell: Cell, fen: int) -> None:
    assert read("budget_fen", cell) == fen


@pytest.mark.parametrize("cell", ["面议", "8-12万", "十万元", "约10万", "10万美元", date(2026, 1, 1), True])
def test_what_is_no_amount(cell: Cell) -> None:
    with pytest.raises(BadValue) as caught:
        read("budget_fen", cell)
    assert caught.value.code == "AMOUNT_NOT_NUMBER"


def test_whether_an_amount_names_its_unit() -> None:
    assert bare(10) and bare("10.00") and bare("面议")
    assert not bare("10万") and not bare("100元")


@pytest.mark.parametrize(
    "cell",
    [
        "2026.3.5", "2026-03-05", "2026/3/5", "2026年3月5日", "２０２６．３．５", "20260305", "46086", 46086, "3月5日", "3/5", "03-05",
        "26.3.5", datetime(2026, 3, 5, 9, 30), date(2026, 3, 5), "2026 年 3 月 5 日",
    ],
)  # fmt: skip
def test_days(cell: Cell) -> None:
    assert read("found_on", cell) == "2026-03-05"


@pytest.mark.parametrize("cell", ["去年底", "2026.3", "2月30日", "2026.13.1", "3月", 5.3, True, "2026.3.5-3.8"])
def test_what_is_no_day(cell: Cell) -> None:
    with pytest.raises(BadValue) as caught:
        read("found_on", cell)
    assert caught.value.code == "NOT_A_DATE"


def test_a_day_without_a_year_needs_one() -> None:
    assert (
        without_year("5月14日") and without_year("5/14") and not without_year("2026.5.14") and not without_year(46086)
    )
    with pytest.raises(BadValue):
        read("found_on", "5月14日", year=None)


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2026-03-05 9:30", "2026-03-05T01:30:00Z"),
        ("2026年3月5日 14点30分", "2026-03-05T06:30:00Z"),
        ("2026.3.5 7时", "2026-03-04T23:00:00Z"),
        (datetime(2026, 3, 5, 9, 30), "2026-03-05T01:30:00Z"),
    ],
)
def test_times_are_dongguans(cell: Cell, instant: str) -> None:
    assert read("started_at", cell, kind="visit") == instant


@pytest.mark.parametrize("cell", ["2026-03-05", datetime(2026, 3, 5), "上午", "2026-03-05 25:00", 46086])
def test_a_day_alone_is_no_instant(cell: Cell) -> None:
    with pytest.raises(BadValue) as caught:
        read("started_at", cell, kind="visit")
    assert caught.value.code == "NOT_A_TIME"


@pytest.mark.parametrize(
    ("cell", "month"), [("2024.3", "2024-03"), ("2024年03月", "2024-03"), (date(2024, 3, 9), "2024-03")]
)
def test_months(cell: Cell, month: str) -> None:
    assert read("completed_ym", cell, kind="achievement") == month
    with pytest.raises(BadValue):
        read("completed_ym", "2024年13月", kind="achievement")


def test_credit_codes() -> None:
    assert read("org.uscc", " 9144 1900wtxwxfga3l ") == "91441900WTXWXFGA3L"
    assert read("org.uscc", "９１４４１９００WTXWXFGA3L") == "91441900WTXWXFGA3L"
    for cell, code in {
        "91441900WTXWXFGA3M": "USCC_CHECK",
        "9144": "USCC_LENGTH",
        9.14419005301289e17: "ROW_DIGITS_LOST",
        914419005301289216: "ROW_DIGITS_LOST",
        "9.14419E+17": "ROW_DIGITS_LOST",
    }.items():
        with pytest.raises(BadValue) as caught:
            read("org.uscc", cell)
        assert caught.value.code == code, cell


@pytest.mark.parametrize(
    ("cell", "number"),
    [(13679290810, "13679290810"), (13679290810.0, "13679290810"), ("0769-22223333 / 13679290810", "0769-22223333"),
     ("座机、13679290810", "13679290810"), ("１３６７９２９０８１０", "13679290810")],
)  # fmt: skip
def test_telephone_numbers(cell: Cell, number: str) -> None:
    assert read("org.contact_phone", cell) == number
    with pytest.raises(BadValue):
        read("org.contact_phone", "14589215")


@pytest.mark.parametrize(
    ("cell", "code"),
    [("松山湖", "441900402"), ("长安", "441900118"), ("东莞市长安镇", "441900118"), ("东城", "441900003"), ("水乡", "441900403"),
     ("441900118", "441900118"), (441900118, "441900118")],
)  # fmt: skip
def test_places(cell: Cell, code: str) -> None:
    assert read("org.division", cell) == code


@pytest.mark.parametrize("cell", ["东", "深圳", "东莞"])
def test_a_place_that_could_be_several_is_none(cell: str) -> None:
    with pytest.raises(BadValue):
        read("org.division", cell)


def test_words_lists_ticks_and_choices() -> None:
    assert read("keywords", "激光，焊接、飞溅; 监测\n检测") == ["激光", "焊接", "飞溅", "监测", "检测"]
    assert read("visitors", "李敏、陈志强", kind="visit") == ["李敏", "陈志强"]
    assert read("solve_mode", " 委托 研发 ") == "委托研发"
    assert read("pilot_need", "√") is True and read("pilot_need", "否") is False and read("pilot_need", True) is True
    with pytest.raises(BadValue):
        read("pilot_need", "看情况")
    assert read("trl", "5", kind="achievement") == 5 and read("trl", 5.0, kind="achievement") == 5
    with pytest.raises(BadValue):
        read("trl", "5级", kind="achievement")


def test_text_is_cleaned_but_not_rewritten() -> None:
    assert said(" ５Ｇ　通信\u200b（筹）\r\n设备 ") == "5G 通信（筹） 设备"
    assert read("problem", "一 \r\n 二\x07") == "一\n二"
    assert said(10.0) == "10" and said(None) == "" and said(datetime(2026, 3, 5)) == "2026-03-05"


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [
        ("东莞理工学院", "", "高校"), ("东莞市人民医院", "", "医院"), ("东莞新能源研究院", "", "科研院所"),
        ("东莞市某某研究院有限公司", "", "企业"), ("长安镇某某股份经济联合社", "", "农村集体"), ("某某村", "N2441900MF00000131", "农村集体"),
        ("东莞市科学技术局", "", "机关"), ("东莞市机器人行业协会", "", "社团"), ("甲", "", "企业"), ("大学城酒店", "91441900XX", "企业"),
    ],
)  # fmt: skip
def test_what_a_name_tells(name: str, code: str, kind: str) -> None:
    assert nature(name, code) == kind
