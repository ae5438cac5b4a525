"""Counting where it ends: across years, disputes, changed targets, joint finds, successors. Official is always recounted."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from desktop import safekeeping
from sync.errors import DeviceClosed, NoSuch, Refused
from sync.server import counting, judge, units
from tests.plan.conftest import CHANGAN, DGUT, HUMEN, PARK, QINGXI, Centre, Laptop, company

Accepted = Callable[..., str]


def figures(centre: Centre, unit: str, metric: str = "discovery") -> dict[int, float]:
    """What the platform counts for a unit, by year."""
    years = centre.service.tables(unit)["counted"]["years"]
    return {int(year): years[year][metric]["counted"] for year in years}


def city(centre: Centre, metric: str = "discovery") -> dict[int, float]:
    years = centre.service.tables(CHANGAN)["counted"]["years"]
    return {int(year): years[year]["city"][metric]["counted"] for year in years}


def landed(centre: Centre, a: Any, accepted: Accepted) -> str:
    """A landing of an accepted demand, sent in on 1 June 2026."""
    item = accepted(a, "demand")
    for stage in ("matching", "matched"):
        assert a.w.stage(item, stage).problems == []
    centre.day("2026-06-01")
    landing = a.landing(item)
    a.sync()
    return landing


def test_a_landing_revoked_next_year_leaves_its_own_year(centre: Centre, accepted: Accepted) -> None:
    a = centre.laptop()
    landing = landed(centre, a, accepted)
    assert a.w.get(landing).fields["landed_on"] == "2026-05-10", "the later of contract and payment"
    centre("review", landing, "accept")
    assert figures(centre, CHANGAN, "landing") == {2025: 0, 2026: 1, 2027: 0} and city(centre, "landing")[2026] == 1
    centre.day("2027-04-01")
    with pytest.raises(Refused):
        centre("review", landing, "revoke")
    centre("review", landing, "revoke", "--remark", "合同解除")
    assert figures(centre, CHANGAN, "landing") == {2025: 0, 2026: 0, 2027: 0} and city(centre, "landing")[2026] == 0
    a.sync()
    assert a.official(2026, "landing") == 0 and a.w.get(landing).workflow == "revoked"
    assert a.official(2026) == 1, "the find itself keeps its count"
    centre.verify()


def test_what_was_accepted_counts_the_same_whatever_day_it_is_recounted(centre: Centre, accepted: Accepted) -> None:
    a = centre.laptop()
    landing = landed(centre, a, accepted)
    centre("review", landing, "accept")
    a.paper(landing, "contract_registration", doc_on="2026-06-02")  # dated ahead, which no clock may turn into a count of its own
    a.sync()
    for day in ("2026-06-01", "2026-06-02", "2026-06-03", "2026-01-05"):
        centre.day(day)
        assert figures(centre, CHANGAN, "landing")[2026] == 1
        centre.verify()


def test_a_merge_that_is_undone_counts_again(centre: Centre, accepted: Accepted) -> None:
    a, c = centre.laptop(), centre.laptop(HUMEN, "陈志强")
    first = accepted(a, "demand")
    second = c.demand("高速主轴热误差在线补偿", org={"name": "东莞市丁科技有限公司", "uscc": "91441900MA4444444"})
    c.sync()
    centre("review", second, "merge", "--into", first)
    assert (figures(centre, CHANGAN)[2026], figures(centre, HUMEN)[2026], city(centre)[2026]) == (1, 0, 1)
    c.sync()
    assert c.w.get(second).workflow == "merged" and c.w.quota(2026)["discovery"]["duplicate"] == 1
    assert centre("review", first, "show")["facts"]["joint_finders"] == [HUMEN]
    centre("review", second, "accept", "--remark", "复核后认定为两项")
    assert (figures(centre, CHANGAN)[2026], figures(centre, HUMEN)[2026], city(centre)[2026]) == (1, 1, 2)
    c.sync()
    assert c.official() == 1 and c.w.get(second).workflow == "accepted"
    assert "joint_finders" not in centre("review", first, "show")["facts"]
    centre.verify()


def test_a_town_promoted_in_july_has_the_new_task_for_the_whole_year(centre: Centre, accepted: Accepted) -> None:
    a = centre.laptop()
    for number in range(3):
        accepted(a, "achievement", f"工艺改进成果第 {number} 号")
    assert a.w.quota(2026)["discovery"]["gap"] == 2
    centre.day("2026-07-10")
    centre("target", "set", "--unit", CHANGAN, "--year", 2026, "--metric", "发现", "--value", 25)
    a.sync()
    found = a.w.quota(2026)["discovery"]
    assert (found["target"], found["counted"], found["gap"]) == (25, 3, 22)
    assert [one["target"] for one in found["history"]] == [5, 25] and a.w.quota(2027)["discovery"]["target"] == 5


@pytest.mark.parametrize(("received", "year"), [("2027-01-15", 2026), ("2027-01-16", 2027)])
def test_what_comes_in_after_the_fifteenth_of_january_takes_the_new_year(centre: Centre, received: str, year: int) -> None:
    a = centre.laptop()
    centre.day("2026-12-30")
    made = a.achievement(found_on="2026-12-28")
    centre.day(received, 23)
    a.sync()
    centre.day("2027-03-01")
    centre("review", made, "return", "--remark", "intro=请补充指标")
    a.sync()
    a.w.edit(made, {"intro": "卷对卷连续成膜，幅宽 300 mm。"})
    a.sent(made)
    a.sync()
    centre("review", made, "accept")
    assert figures(centre, CHANGAN)[year] == 1 and sum(figures(centre, CHANGAN).values()) == 1
    a.sync()
    counted = a.w.get(made).facts["counted"]
    assert counted["year"] == year and ("LATE_SUBMISSION" in counted["codes"]) == (year == 2027)
    assert a.w.get(made).facts["received_at"].startswith(received), "a return does not move the first receipt"
    centre.verify()


def test_a_joint_find_is_shared_as_the_centre_says(centre: Centre, accepted: Accepted) -> None:
    a, c = centre.laptop(), centre.laptop(HUMEN, "陈志强")
    item = accepted(a)
    assert centre("review", item, "shares", f"{CHANGAN}=2/3", f"{HUMEN}=1/3")["shares"] == {CHANGAN: "2/3", HUMEN: "1/3"}
    a.sync()
    c.sync()
    assert (a.official(), c.official()) == (float(Fraction(2, 3)), float(Fraction(1, 3))) and city(centre)[2026] == 1
    assert a.w.get(item).facts["counted"]["credit"] == float(Fraction(2, 3))
    with pytest.raises(Refused) as refused:
        centre("review", item, "shares", f"{CHANGAN}=1/2", f"{HUMEN}=1/3")
    assert refused.value.problems[0].code == "BAD_SHARES"
    with pytest.raises(NoSuch):
        centre("review", item, "shares", "nowhere=1")
    centre("review", item, "shares", f"{HUMEN}=1")
    assert (figures(centre, CHANGAN)[2026], figures(centre, HUMEN)[2026]) == (0, 1)
    centre.verify()
    centre("review", item, "shares")
    assert (figures(centre, CHANGAN)[2026], figures(centre, HUMEN)[2026]) == (1, 0)
    centre("review", item, "shares", f"{CHANGAN}=1/2", f"{HUMEN}=1/2")
    centre("review", item, "revoke", "--remark", "虚假")
    assert (figures(centre, CHANGAN)[2026], figures(centre, HUMEN)[2026], city(centre)[2026]) == (0, 0, 0)
    centre.verify()


def test_another_units_find_landed_here_counts_here(centre: Centre, accepted: Accepted) -> None:
    a, c = centre.laptop(), centre.laptop(PARK, "周")
    item = accepted(a, "demand")
    centre("assign", item, "--unit", PARK)
    c.sync()
    centre.day("2026-06-01")
    for stage in ("matching", "matched"):
        assert c.w.stage(item, stage).problems == []
    landing = c.landing(item, place=CHANGAN)
    c.sync()
    centre("review", landing, "accept")
    a.sync()
    c.sync()
    assert (a.official(), c.official()) == (1, 0), "the find stays with its finder"
    assert (a.official(2026, "landing"), c.official(2026, "landing")) == (0, 1), "the landing is the responsible unit's, wherever it stands"
    assert a.w.get(item).stage == "fulfilled" and c.w.get(item).stage == "fulfilled"
    centre("review", landing, "revoke", "--remark", "合同解除")
    c.sync()
    assert c.w.get(item).stage == "contracted"
    centre.verify()


def test_a_successor_takes_over_drafts_returned_ones_and_what_was_never_sent(centre: Centre, tmp_path: Path) -> None:
    old = centre.laptop()
    draft = old.w.add("demand", [{"title": "写到一半的需求", "org": company(), "found_on": "2026-03-10"}])[0]
    back = old.achievement()
    old.sync()
    centre("review", back, "return", "--remark", "intro=请补充")
    unsent = old.demand("未上传的需求一项")
    parcel = tmp_path / "unsent.liaison"
    saved = safekeeping.rescue_save(old.w, parcel)
    assert saved["files"] == 1
    answer = centre("liaison", "hand-over", "--unit", CHANGAN, "--to", "王继任")
    assert answer["records"] == 2
    with pytest.raises(DeviceClosed):
        old.sync()
    new = centre.enrolled(answer["code"])
    new.sync()
    assert new.w.get(draft).workflow == "draft" and new.w.get(back).workflow == "returned"
    assert [one.id for one in new.duties("returned")] == [back] and new.w.quota(2026)["discovery"]["target"] == 5
    assert safekeeping.rescue_load(new.w, parcel)["files"] == 1
    assert safekeeping.rescue_load(new.w, parcel) == {"records": 0, "files": 0, "bytes": 0}
    new.w.edit(back, {"intro": "补充了指标和试用情况。"})
    new.sent(back)
    new.sync()
    assert (new.w.get(unsent).workflow, new.w.get(back).workflow) == ("submitted", "submitted")
    for one in (unsent, back):
        centre("review", one, "accept")
    new.sync()
    assert new.official() == 2 and new.w.required().liaison_name == "王继任"
    centre.verify()


def test_events_services_and_pilot_platforms_count_in_the_year_of_their_day(centre: Centre, accepted: Accepted) -> None:
    a = centre.laptop()
    item = accepted(a)
    centre("evaluate", item, "--kind", "key", "--recommender", "科研院所", "--report-no", "推荐函 1 号")
    event = a.w.add("event", [{"title": "新材料成果对接会", "kind": "对接会", "host_unit": "长安镇", "starts_on": "2026-03-16",
                               "ends_on": "2026-03-16", "place": "长安镇会议中心", "items": [item]}])[0]  # fmt: skip
    assert a.w.stage(event, "published").problems == []
    assert [one.code for one in a.w.stage(event, "held").problems] == ["REQUIRED"], "no sign-ins yet"
    a.w.edit(event, {"sign_ins": [{"person": "王工", "org": "东莞市甲科技有限公司"}]})
    assert a.w.stage(event, "held").problems == []
    a.sent(event)
    log = a.log(item, "2026-03-18")
    pilot = a.w.add("pilot_platform", [{"name": "电池材料中试平台", "kind": "中试平台", "host_org": company(), "field": "新能源"}])[0]
    assert a.w.stage(pilot, "applied").problems == []
    a.sent(pilot)
    a.sync()
    for one in (event, log, pilot):
        centre("review", one, "accept")
    a.sync()
    assert a.w.quota(2026)["city"]["events"]["counted"] == 0 and a.official(2026, "service") == 1
    centre("stage", event, "confirmed")
    for stage in ("selecting", "in_library"):
        centre("stage", pilot, stage)
    assert city(centre, "pilot")[2026] == 0, "being in the library does not count"
    centre.day("2027-02-01")
    centre("stage", pilot, "supported")
    centre("stage", pilot, "operating")
    assert (city(centre, "events"), city(centre, "pilot")) == ({2025: 0, 2026: 1, 2027: 0}, {2025: 0, 2026: 0, 2027: 1})
    a.sync()
    assert a.w.quota(2026)["service"]["counted"] == 1 and a.w.quota(2027)["service"]["counted"] == 0
    assert a.w.get(pilot).fields["status"] == "运行"
    centre("stage", pilot, "suspended")
    assert city(centre, "pilot")[2027] == 0
    centre.verify()


# ---------------------------------------------------------------------------------- official figure == recount


def recounted(centre: Centre) -> None:
    """The told figures are what the rules say of the records from scratch, and the facts are what the rules say."""
    service = centre.service
    with service.database.read() as connection:
        from sync.server.work import Work

        params = judge.parameters(connection)
        assert counting.Count(Work(connection, service.ledger.clock()), params).differing() == []
        listed = counting.items(connection)
        for unit in (CHANGAN, HUMEN, QINGXI, DGUT):
            assert counting.figures(connection, unit, listed, params) == service.tables(unit)["counted"]
        whole = counting.statistics(connection, 2026, units.names(connection))
    told = sum(Fraction(one["discovery"]["counted"]).limit_denominator(100) for one in whole["units"])
    assert told <= whole["city"]["discovery"]["counted"], "units never have more than the city"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_centre_decides_the_figures_are_what_a_recount_finds(centre: Centre, seed: int) -> None:
    dice = random.Random(seed)
    laptops = [centre.laptop(), centre.laptop(HUMEN, "陈"), centre.laptop(QINGXI, "周"), centre.laptop(DGUT, "吴")]
    items: list[tuple[str, str, Laptop]] = []
    companies = [company(), company({"name": "东莞市戊科技有限公司", "uscc": "91441900MA5555555"})]
    titles = ["高速主轴热误差补偿技术", "压铸模具寿命提升技术", "锂电隔膜涂覆工艺"]
    for step in range(28):
        roll = dice.random()
        if roll < 0.3 or not items:
            laptop, kind = dice.choice(laptops), dice.choice(["demand", "achievement", "achievement"])
            org = dict(dice.choice(companies), division=CHANGAN)
            quality = {"high_quality": True} if kind == "achievement" and dice.random() < 0.7 else {}
            made = getattr(laptop, kind)(f"{dice.choice(titles)}{dice.choice(['', '（二期）'])}", org, **quality)
            laptop.sync()
            items.append((made, kind, laptop))
        else:
            decide(centre, dice, items)
        if step % 7 == 6:
            centre.day(f"2026-{4 + step // 7:02d}-20")
        recounted(centre)
    for laptop in laptops:
        laptop.sync()
        told = centre.service.tables(laptop.w.required().unit)["counted"]["years"]["2026"]["discovery"]["counted"]
        assert laptop.official() == told, "the laptop shows the platform's figure"
    centre.verify()


def decide(centre: Centre, dice: random.Random, items: list[tuple[str, str, Laptop]]) -> None:
    """One decision, of whatever kind; what the life cycle forbids is refused and changes nothing."""
    item, kind, laptop = dice.choice(items)
    other = dice.choice([one for one, its, _by in items if its == kind])
    units_of = [CHANGAN, HUMEN, QINGXI, DGUT]
    words: list[Any] = dice.choice([
        ["review", item, "accept"], ["review", item, "accept"], ["review", item, "accept"],
        ["review", item, "return", "--remark", "请补"], ["review", item, "reject", "--remark", "不符"],
        ["review", item, "revoke", "--remark", "虚假"], ["review", item, "merge", "--into", other],
        ["review", item, "shares", f"{dice.choice(units_of)}=1"], ["review", item, "shares", f"{CHANGAN}=1/4", f"{HUMEN}=3/4"],
        ["review", item, "shares"], ["assign", item, "--unit", dice.choice(units_of)],
        ["evaluate", item, "--kind", "key", "--recommender", "科研院所", "--report-no", "1"],
        ["evaluate", item, "--kind", "fair_value", "--value-fen", dice.choice([10**9, 10**10])],
        ["fill", laptop.w.get(item).fields["org" if kind == "demand" else "owner_org"], f"status={dice.choice(['存续', '吊销'])}"],
        ["withdraw"], ["edit"],
    ])  # fmt: skip
    if words == ["withdraw"]:
        laptop.w.withdraw(item, "企业改了主意")
        laptop.sync()
    elif words == ["edit"]:
        if laptop.w.get(item).workflow in ("submitted", "accepted", "returned", "amending"):
            laptop.w.edit(item, {"title": f"改过的题目{dice.randrange(3)}号"})
            laptop.sync()
    else:
        try:
            centre(*words)
        except Refused:
            return
