"""Closed months of the ledger, reports reopened after they were stated, and the warning of another unit's item."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from desktop import reporting
from sync.domain.known import Known, keys_of, publish
from sync.errors import Refused
from sync.reports import periods
from sync.reports.catalogue import REPORTS
from tests.plan.conftest import CHANGAN, HUMEN, Centre, company

Accepted = Callable[..., str]


def row(subject: str, month: str, **more: Any) -> dict[str, Any]:
    return {"month": month, "subject": subject, "progress": "完成小试，准备中试。", "responsible": "长安镇 李敏", **more}


def test_a_closed_month_is_refused_by_laptop_and_platform(centre: Centre, accepted: Accepted) -> None:
    a, b = centre.laptop(), centre.laptop(CHANGAN, "副手")
    item = accepted(a)
    centre.day("2026-03-28")
    march = a.w.add("ledger_row", [row(item, "2026-03")])[0]
    a.sent(march)
    a.sync()
    assert a.w.get(march).fields["stage"] == "已登记入发现库", "the stage of its item, filled by the program"
    centre("review", march, "accept")
    b.sync()
    centre.day("2026-04-05")
    assert not any(one.code == "MONTH_FROZEN" for one in b.w.edit(march, {"progress": "截止日当天还能改。"}))
    b.sync()
    assert not b.w.get(march).refusals
    centre("review", march, "accept")
    a.sync()
    a.w.edit(march, {"next_step": "离线时改的"})
    centre.day("2026-04-06")
    with pytest.raises(Refused) as refused:
        b.w.edit(march, {"progress": "补写"})
    (problem,) = refused.value.problems
    assert (problem.field, problem.code, problem.values["until"]) == ("month", "MONTH_FROZEN", "2026-04-05")
    a.sync()
    assert [one.code for one in a.w.get(march).refusals] == ["MONTH_FROZEN"], "the platform's day decides"
    assert "next_step" not in centre("review", march, "show")["fields"]
    late = a.w.add("ledger_row", [row(item, "2026-03", progress="迟到的一行")])[0]
    (outcome,) = a.w.submit([late])
    assert [one.code for one in outcome.problems] == ["MONTH_FROZEN"]
    with pytest.raises(Refused):
        a.w.edit(late, {"progress": "再改"})
    a.w.edit(late, {"month": "2026-04"})
    a.sent(late)
    a.sync()
    assert a.w.get(late).workflow == "submitted"
    centre.verify()


def test_what_the_centre_returned_may_be_corrected_and_the_days_are_data(centre: Centre, accepted: Accepted, tmp_path: Path) -> None:
    a = centre.laptop()
    item = accepted(a)
    march = a.w.add("ledger_row", [row(item, "2026-03")])[0]
    a.sent(march)
    a.sync()
    centre.day("2026-04-08")
    centre("review", march, "return", "--remark", "progress=请写明数量")
    a.sync()
    a.w.edit(march, {"progress": "完成小试 3 批，准备中试。"})
    a.sent(march)
    a.sync()
    assert a.w.get(march).workflow == "submitted"
    with pytest.raises(Refused):
        a.w.edit(march, {"progress": "再改"})
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps({"ledger_freeze_days": 10}), "utf-8")
    centre("publish", "parameters", "--file", file)
    a.sync()
    a.w.edit(march, {"progress": "期限放宽后可以再改。"})
    a.sync()
    assert not a.w.get(march).refusals


# ------------------------------------------------------------------------------------------------- elsewhere


def test_a_report_reopened_after_the_centre_took_it_waits_as_a_change(centre: Centre, accepted: Accepted) -> None:
    a = centre.laptop()
    accepted(a)
    report, period = REPORTS["review"], periods.current("year", date(2026, 3, 20))
    stated = reporting.state(a.w, report, period, "上半年")
    a.paper(stated, "report_scan")
    a.sent(stated)
    a.sync()
    centre("review", stated, "accept")
    a.sync()
    accepted(a, "achievement", "第二项成果的连续制备")

    def found() -> int:
        rows = reporting.read(a.w, report, period)[0].rows
        return sum(int(str(row[1])) for row in rows)

    assert found() == 1, "stated is stated, whatever was found since"
    reporting.reopen(a.w, stated)
    assert found() == 2
    reporting.state(a.w, report, period)
    a.sync()
    held = centre("review", stated, "show")
    in_force = held["fields"]
    assert (held["workflow"], in_force["state"], in_force["totals"]["sums"]["found"]) == ("amending", "定稿", 1), "the old one is in force"
    centre("review", stated, "accept")
    a.sync()
    assert (a.w.get(stated).workflow, a.w.get(stated).fields["totals"]["sums"]["found"], found()) == ("accepted", 2, 2)


def test_a_draft_is_warned_of_another_units_item_without_a_line(centre: Centre, accepted: Accepted) -> None:
    a, c = centre.laptop(), centre.laptop(HUMEN, "陈志强")
    a.demand("高速主轴热误差补偿技术")
    a.achievement("锂电隔膜涂覆工艺", reg_no="4412025Y0123")
    a.sync()
    c.sync()
    same = c.w.add("demand", [{"title": "高速主轴 热误差补偿技术", "org": company(), "found_on": "2026-03-19"}])[0]
    other = c.w.add("demand", [{"title": "高速主轴热误差在线补偿", "org": company(), "found_on": "2026-03-19"}])[0]
    number = c.w.add("achievement", [{"title": "另一个题目", "owner_org": company(), "found_on": "2026-03-19", "secrecy": "非密",
                                      "reg_no": "4412025Y0123"}])[0]  # fmt: skip
    said = c.w.check(same)
    warning = next(one for one in said.problems if one.code == "MAYBE_KNOWN_ELSEWHERE")
    assert warning.severity == "warn" and "MAYBE_KNOWN_ELSEWHERE" in [one.code for one in c.w.check(number).problems]
    assert "MAYBE_KNOWN_ELSEWHERE" not in [one.code for one in c.w.check(other).problems]
    whole = c.demand("高速主轴热误差补偿技术", org={"division": CHANGAN}, disclosure="内部")
    assert c.w.get(whole).workflow == "queued" and "MAYBE_KNOWN_ELSEWHERE" in c.w.check(whole).codes, "it stops nobody"
    assert not any("MAYBE_KNOWN_ELSEWHERE" in a.w.check(one.id).codes for one in a.w.rows(("demand",)).rows), "own items are no news"
    c.sync()
    assert "MAYBE_KNOWN_ELSEWHERE" not in c.w.check(whole).codes, "now the platform has judged it"


def test_marks_tell_nothing_to_whoever_lacks_the_salt(centre: Centre) -> None:
    a, c, d = centre.laptop(), centre.laptop(HUMEN, "陈"), centre.laptop("441900110", "周")
    a.demand("高速主轴热误差补偿技术")
    a.sync()
    for one in (c, d):
        one.sync()
    sent, others = c.w.feed.facts("known"), d.w.feed.facts("known")
    text = json.dumps(sent, ensure_ascii=False)
    assert set(sent) == {"salt", "marks"} and not any(word in text for word in ("主轴", "东莞", "91441900", CHANGAN))
    assert sent["salt"] != others["salt"] and sent["marks"] != others["marks"], "tables of two units cannot be laid side by side"
    item = {"kind": "demand", "title": "高速主轴热误差补偿技术", "org": {"name": "东莞市甲科技有限公司", "uscc": company()["uscc"]}}
    assert Known(sent).maybe(item), "with the salt, company and exact title together can be tested"
    for guess in (bytes(32), b"\x01" * 32, bytes.fromhex(others["salt"])):
        assert not Known({"salt": guess.hex(), "marks": sent["marks"]}).maybe(item), "without it the right guess looks like any other"
    assert not Known(sent).maybe({**item, "org": {"name": "东莞市己科技有限公司"}}), "a title alone tells nothing"
    assert not Known(sent).maybe({"kind": "demand", "title": "", "org": item["org"]}), "nor a company alone"
    assert len(Known({"salt": "zz", "marks": "!"})) == len(Known(None)) == 0


def test_a_withdrawn_or_revoked_item_is_marked_no_more(centre: Centre, accepted: Accepted) -> None:
    a, c = centre.laptop(), centre.laptop(HUMEN, "陈")
    item = accepted(a, "demand")
    c.sync()
    assert len(Known(c.w.feed.facts("known"))) == 2
    centre("review", item, "revoke", "--remark", "虚假")
    c.sync()
    assert len(Known(c.w.feed.facts("known"))) == 0


def test_ten_thousand_items_stay_small_quick_and_rarely_wrong() -> None:
    def item(number: int) -> dict[str, Any]:
        org = {"uscc": f"9144190{number:011d}", "name": f"东莞市第{number}号科技有限公司"}
        return {"kind": "achievement", "title": f"第 {number} 号成果的制备工艺", "org": org, "reg_no": f"44{number:010d}"}

    began = time.perf_counter()
    keys = {key for number in range(10_000) for key in keys_of(item(number))}
    sent = publish(keys, bytes(range(32)))
    made = time.perf_counter() - began
    known = Known(json.loads(json.dumps(sent)))
    began = time.perf_counter()
    assert all(known.maybe(item(number)) for number in range(0, 10_000, 10))
    wrong = sum(known.maybe(item(number)) for number in range(1_000_000, 1_010_000))
    each = (time.perf_counter() - began) / 11_000
    assert len(sent["marks"]) <= 170_000 and len(known) == len(keys) == 30_000
    assert wrong / 10_000 < 1 / 1_000
    assert made < 10 and each < 0.005
