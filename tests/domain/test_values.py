"""Single values: what is read, what is refused, and what is never guessed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain import values
from sync.domain.kinds import KINDS
from sync.domain.problems import sentence
from sync.domain.reasons import REASONS
from sync.domain.values import BadValue

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def reason(call, *args):
    with pytest.raises(BadValue) as refused:
        call(*args)
    assert refused.value.code in REASONS and len(refused.value.value) <= 40
    return refused.value.code


@given(
    st.sampled_from("123456789ANY"),
    st.sampled_from(ALPHABET),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
)
def test_a_credit_code_round_trips_and_one_wrong_character_is_caught(authority, kind, area, body):
    first = authority + kind + area + body
    code = first + values.uscc_check_character(first)
    assert values.check_uscc(code) is None
    assert values.check_uscc(f" {code[:8].lower()}－{code[8:]} ") is None
    assert values.clean_uscc(f"{code[:4]} {code[4:]}") == code
    for place in (8, 12, 17):
        other = "1" if code[place] != "1" else "2"
        assert values.check_uscc(code[:place] + other + code[place + 1 :]) == "USCC_CHECK"


@pytest.mark.parametrize(
    ("code", "wrong", "bad"),
    [
        ("", "USCC_LENGTH", ""),
        ("91441900MA0000007J1", "USCC_LENGTH", "9"),
        ("9144I900MA0000007J", "USCC_CHARSET", "I"),
        ("9144A900MA0000007J", "USCC_CHARSET", "A"),
        ("91441900中A0000007J", "USCC_CHARSET", "中"),
        ("01441900MA0000007J", "USCC_AUTHORITY", "0"),
        ("91441900MA0000007K", "USCC_CHECK", "9"),
        ("A1441900MF00000133", "USCC_CHECK", "A"),
    ],
)
def test_credit_codes_refused(code, wrong, bad):
    assert values.check_uscc(code) == wrong
    known = values.uscc_problem_values(code)
    assert known["bad"] == bad and "…" not in sentence(wrong, **known).replace("…", "", int(not code))


@given(st.integers(min_value=1, max_value=10**14))
def test_an_amount_written_to_the_fen_is_read_to_the_fen(fen):
    text = f"{fen // 100}.{fen % 100:02d}"
    assert values.parse_money(text) == fen
    assert values.parse_money(f"¥ {fen // 100:,}.{fen % 100:02d} 元") == fen
    assert values.parse_money(f"{fen // 10**6}.{fen % 10**6:06d}万元", "元") == fen
    assert reason(values.parse_money, "-" + text) == "AMOUNT_NOT_POSITIVE"
    assert reason(values.parse_money, text + "1") == "AMOUNT_PRECISION"


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [
        ("0.01", "元", 1),
        ("10", "万元", 10_000_000),
        ("10元", "万元", 1000),
        ("１０万", "元", 10_000_000),
        ("1.5亿", "元", 15_000_000_000),
        ("人民币 10 万元整", "元", 10_000_000),
        ("RMB 5,000,000", "元", 500_000_000),
        ("100000.000", "元", 10_000_000),
        (10, "万", 10_000_000),
        (0.1, "元", 10),
        ("+3", "元", 300),
        ("0.000001亿元", "元", 10_000),
        ("￥1", "元", 100),
    ],
)
def test_amounts_read(text, unit, fen):
    assert values.parse_money(text, unit) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "十万元",
        "10万5千",
        "8-12万",
        "约10万",
        "10美元",
        "$10",
        "1,00",
        "1,0000",
        "10千元",
        "1e5",
        "10.",
        ".5",
        "1.2.3",
        "10 5",
        "九",
        "nan",
        True,
        "万元",
        "1" * 16,
    ],
)
def test_what_is_no_amount(text):
    assert reason(values.parse_money, text) == "AMOUNT_NOT_NUMBER"
    assert reason(values.parse_money, "1", "两") == "AMOUNT_NOT_NUMBER"


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_day_is_read_however_it_is_written(day):
    forms = [
        "%Y-%m-%d",
        "%Y.%m.%d",
        "%Y/%m/%d",
        "%Y年%m月%d日",
        "%Y 年 %m 月 %d 日",
        "%Y%m%d",
        "%Y-%m-%d 00:00:00",
        "%Y年%m月%d日 上午",
    ]
    assert {values.parse_day(day.strftime(form)) for form in forms} == {day}
    assert values.parse_day(f"{day.year}.{day.month}.{day.day}") == day
    serial = (day - date(1899, 12, 30)).days
    assert {values.parse_day(serial), values.parse_day(f"{serial}.5"), values.parse_day(day)} == {day}


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "2026-13-01", "26-3-5", "2026-3", "三月", "12345", "99999", "2026-01-01Tnoon", True]
)
def test_what_is_no_day(text):
    assert reason(values.parse_day, text) == "NOT_A_DATE"


def test_a_day_is_a_day_in_dongguan():
    assert values.parse_day("2025-12-31T16:00:00Z") == date(2026, 1, 1)
    assert values.to_day("2025-12-31T15:59:59Z") == date(2025, 12, 31)
    assert values.to_day("2026-01-01T00:30:00") == date(2026, 1, 1)  # no zone: already local
    assert values.to_day(datetime(2025, 12, 31, 16, tzinfo=UTC)) == date(2026, 1, 1)
    assert (
        values.to_instant("2026-01-01") == values.to_instant(date(2026, 1, 1)) == datetime(2025, 12, 31, 16, tzinfo=UTC)
    )
    assert values.to_instant("2026-01-01T00:00:00+00:00").utcoffset() == timedelta(0)
    with pytest.raises(ValueError, match="format"):
        values.to_day("tomorrow!!")


@pytest.mark.parametrize(
    ("kind", "name", "good", "bad"),
    [
        ("ledger_row", "month", "2026-12", ["2026-13", "0000-05", "9999-12", "2026-03\n"]),
        ("visit", "started_at", "2026-03-10T01:00:00Z",
         ["2026-03-10T01:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "25:00"]),
    ],
)  # fmt: skip
def test_a_month_or_moment_beyond_the_calendar_is_none(kind, name, good, bad):
    field = KINDS[kind].fields[name]
    assert field.check(good) is None
    assert {field.check(one).code for one in bad} == {"NOT_A_MONTH" if field.type == "month" else "NOT_A_TIME"}


def test_years_and_months_end_where_they_should():
    assert values.add_years(date(2024, 2, 29), 2) == date(2026, 2, 28)
    assert values.add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert values.add_years(date(2023, 5, 31), 2) == date(2025, 5, 31)
    assert [values.month_end(m) for m in ("2024-02", "2025-02", "2025-12")] == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2025, 12, 31),
    ]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("大湾区大学（筹）", "大湾区大学(筹)", True),
        ("东莞市甲【集团】有限公司", "东莞市甲[集团]有限公司", True),
        ("ＡＢＣ 公司", "ABC公司", True),
        ("甲　公司", "甲公司", True),
        ("东莞（松山湖）甲", "东莞松山湖甲", True),
        ("甲公司", "乙公司", False),
        ("ABC公司", "abc公司", False),
        ("", "", False),
        ("（）", "()", False),
        ("甲·乙", "甲乙", False),
    ],
)
def test_names(a, b, same):
    assert values.same_org_name(a, b) is same is values.same_org_name(b, a)


def test_titles_drop_spaces_and_punctuation_and_case_but_not_symbols():
    assert values.normalise_title(" 高速主轴，热误差（补偿）—ABC！") == values.normalise_title("高速主轴热误差补偿abc")
    assert values.normalise_title("C语言") != values.normalise_title("C++语言")


@given(st.text(st.sampled_from("东莞市甲（筹）()，。·—－ Ａａ９zZ9+ｇ　%-\t")))
def test_normalising_twice_changes_nothing(text):
    for clean in (values.normalise_name, values.normalise_title, values.clean_uscc):
        once = clean(text)
        assert clean(once) == once


def test_numbers_lose_their_patent_mark():
    assert (
        values.normalise_number("ZL 2023 1 0000001.X")
        == values.normalise_number("cn20231 0000001-x")
        == "202310000001X"
    )
    assert values.normalise_number("ZL1") == "ZL1"


@pytest.mark.parametrize(
    ("text", "clean", "masked"),
    [
        ("138-0013-8000", "13800138000", "138****8000"),
        ("+86 13800138000", "13800138000", "138****8000"),
        ("8613800138000", "13800138000", "138****8000"),
        ("（0769）2222 3333", "0769-22223333", "0769-****3333"),
        ("076922223333转801", "0769-22223333-801", "0769-****3333"),
        ("010-12345678", "010-12345678", "010-****5678"),
        ("0769—2222333", "0769-2222333", "0769-****2333"),
        ("12800138000", None, "128****8000"),
        ("22223333", None, "222****3333"),
        ("12345", None, "*****"),
        ("", None, ""),
    ],
)
def test_phones(text, clean, masked):
    assert values.clean_phone(text) == clean
    assert values.mask_phone(text) == masked


def test_divisions():
    assert values.clean_division("441900119000") == "441900119" and values.clean_division(" 4419 00 ") == "441900"
    assert values.division_in_dongguan("441900119") and values.division_in_dongguan("４４１９００")
    assert not values.division_in_dongguan("440300") and not values.division_in_dongguan(None)
    assert values.town_of("441900119") == "441900119"
    assert values.town_of("441900") is None and values.town_of("440300001") is None and values.town_of(None) is None
