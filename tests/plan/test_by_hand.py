"""Without a line: parcels to the platform and its replies, and receipts that prove what it has. Real processes and in one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import safekeeping
from sync.errors import DamagedParcel, NoSuch, Refused
from sync.messages import head_text, link
from sync.sealed import signed
from sync.server import archive
from tests.plan.conftest import CHANGAN, HUMEN, Centre, company
from tests.support.commands import UNITS, Laptop, Platform, demand, paper


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """A platform in a process of its own."""
    home = tmp_path / "server"
    home.mkdir()
    made = Platform(home)
    made("init", "--units", UNITS)
    made.start()
    yield made
    made.stop()


def a_whole_demand(laptop: Laptop) -> str:
    """A demand with its letter, submitted on the laptop."""
    letter = paper()
    made: str = laptop("add", "demand", "--file", "-", stdin=json.dumps(demand("压铸模具纳米涂层")))["ids"][0]
    laptop("attach", made, letter["path"], "--kind", "demand_letter", "--set", "doc_on=2026-03-06", "--set", "signed=true",
           "--set", "stamped=true", "--set", "seal_kind=公章", "--set", "seal_name=东莞市诚桥储能科技股份有限公司")  # fmt: skip
    (sent,) = laptop("submit", made)["results"]
    assert sent["workflow"] == "queued", sent
    return made


@pytest.mark.slow
def test_an_isolated_laptop_works_by_parcel_and_reply(platform: Platform, tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "laptop").enrol(platform)
    platform.stop()  # from here on there is no line at all
    made = a_whole_demand(laptop)
    assert laptop.call("receipt", made).status == 3, "nothing to prove yet"
    parcel, reply = tmp_path / "包.liaison", tmp_path / "回执.liaison"
    laptop("rescue", "save", "--out", parcel)
    taken = platform("rescue", "load", parcel, "--reply", reply)
    assert (taken["unit"], taken["files"], taken["refused"]) == (CHANGAN, 1, []) and taken["records"] >= 3
    again = platform("rescue", "load", parcel, "--reply", reply)
    assert (again["records"], again["files"]) == (0, 0), "any number of times"
    told = laptop("rescue", "load", reply)
    assert told["records"] >= 3
    shown = laptop("show", made)
    assert shown["workflow"] == "submitted" and shown["sync"]["state"] == "synced"
    assert [one["state"] for one in shown["evidence"]] == ["complete"]
    assert laptop("rescue", "load", reply)["records"] == 0
    number = platform("review", made, "accept")["number"]
    platform("rescue", "load", parcel, "--reply", reply)
    laptop("rescue", "load", reply)
    receipt = laptop("receipt", made)
    assert receipt["verified"] is True and receipt["number"] == number and len(receipt["evidence"]) == 1
    assert receipt["head"]["seq"] >= receipt["seq"] and receipt["signature"] == receipt["head"]["signature"]
    assert laptop("quota", "--year", "2026")["discovery"]["counted"] == 1, "tables come with the reply too"
    assert platform("verify")["ok"] and laptop("verify")["ok"]
    platform.start()
    report = laptop("sync")
    assert (report["pushed"], report["uploaded_files"], report["requests"]) == (0, 0, 1), "by line there is nothing left to do"


def test_a_receipt_is_proved_by_the_platforms_signature(centre: Centre) -> None:
    a = centre.laptop()
    made = a.demand()
    a.sync()
    found = a.w.receipt(made)
    head = found["head"]
    assert found["verified"] and signed(found["platform"], found["signature"], head_text(CHANGAN, head["epoch"], head["seq"], head["chain"]))
    with centre.service.database.read() as connection:
        from sqlalchemy import select

        from sync.server.schema import feed

        rows = {row.seq: row for row in connection.execute(select(feed).where(feed.c.unit == CHANGAN))}
    own = rows[found["seq"]]
    assert own.chain == found["chain"] and json.loads(own.body)["record"] == made and found["version"] == json.loads(own.body)["version"]
    chain = found["chain"]
    for seq in range(found["seq"] + 1, head["seq"] + 1):
        chain = link(chain, json.loads(rows[seq].body))
    assert chain == head["chain"]
    centre("review", made, "accept")
    assert a.w.receipt(made)["version"] == found["version"], "an older receipt stays good until the next is here"
    a.sync()
    assert a.w.receipt(made)["version"] > found["version"] and a.w.receipt(made)["workflow"] == "accepted"
    access = a.w.access()
    a.w.local.remember({"access": {**access, "pinned": "A" * 43}})
    assert a.w.receipt(made)["verified"] is False, "another platform's key proves nothing"


def test_a_parcel_is_only_taken_whole_and_from_its_unit(centre: Centre, tmp_path: Path) -> None:
    a = centre.laptop()
    a.sync()
    a.demand()
    parcel, reply = tmp_path / "a.liaison", tmp_path / "r.liaison"
    safekeeping.rescue_save(a.w, parcel)
    whole = parcel.read_bytes()
    for wrong in (whole[:-40], whole[:2000] + b"x" + whole[2001:], b"nothing", whole.replace(CHANGAN.encode(), HUMEN.encode(), 1)):
        parcel.write_bytes(wrong)
        with pytest.raises(DamagedParcel):
            centre("rescue", "load", parcel)
    parcel.write_bytes(whole.replace(CHANGAN.encode(), b"000000000", 1))
    with pytest.raises(NoSuch):
        centre("rescue", "load", parcel)
    with pytest.raises(Refused):
        centre("rescue", "load", tmp_path / "nothing here")
    parcel.write_bytes(whole)
    centre("rescue", "load", parcel, "--reply", reply)
    c = centre.laptop(HUMEN, "陈志强")
    c.sync()
    with pytest.raises(Refused):
        safekeeping.rescue_load(c.w, reply)
    with pytest.raises(DamagedParcel):
        centre("rescue", "load", reply)
    centre.verify()


def test_what_is_edited_after_a_parcel_left_does_not_disagree_with_it(centre: Centre, tmp_path: Path) -> None:
    a = centre.laptop()
    a.sync()
    made = a.w.add("demand", [{"title": "写到一半的需求", "org": company(), "found_on": "2026-03-10"}])[0]
    parcel, reply = tmp_path / "a.liaison", tmp_path / "r.liaison"
    safekeeping.rescue_save(a.w, parcel)
    a.w.edit(made, {"title": "后来改的题目"})
    centre("rescue", "load", parcel, "--reply", reply)
    safekeeping.rescue_load(a.w, reply)
    assert a.w.get(made).fields["title"] == "后来改的题目" and a.w.pending().records == 1
    a.sync()
    assert not a.w.conflicts() and centre("review", made, "show")["fields"]["title"] == "后来改的题目"
    centre.verify()


def test_replies_join_on_wherever_the_laptop_stands(centre: Centre, tmp_path: Path) -> None:
    a = centre.laptop()
    first, second, third = (tmp_path / f"{name}.liaison" for name in "abc")
    a.sync()
    safekeeping.rescue_save(a.w, tmp_path / "p1")
    centre("notice", "add", "--title", "第一", "--unit", CHANGAN)
    centre("rescue", "load", tmp_path / "p1", "--reply", first)
    a.sync()
    safekeeping.rescue_save(a.w, tmp_path / "p2")
    centre("notice", "add", "--title", "第二", "--unit", CHANGAN)
    centre("rescue", "load", tmp_path / "p2", "--reply", second)
    assert safekeeping.rescue_load(a.w, first)["records"] == 0, "read already"
    assert safekeeping.rescue_load(a.w, second)["records"] == 1
    b = centre.laptop(CHANGAN, "副手")
    with pytest.raises(Refused) as refused:
        safekeeping.rescue_load(b.w, second)
    assert refused.value.problems[0].code == "PARCEL_NO_KEY"
    backup = tmp_path / "platform.zip"
    centre("backup", "--out", backup)
    centre("notice", "add", "--title", "第三", "--unit", CHANGAN)
    a.sync()
    archive.restore(centre.service, backup)
    centre("notice", "add", "--title", "恢复后的通知", "--unit", CHANGAN)
    safekeeping.rescue_save(a.w, tmp_path / "p3")
    centre("rescue", "load", tmp_path / "p3", "--reply", third)
    assert safekeeping.rescue_load(a.w, third)["records"] > 0, "another history: read again from the common place"
    titles = {row.title for row in a.w.rows(("notice",)).rows}
    assert {"第一", "第二", "恢复后的通知"} <= titles
    a.sync()
    assert not a.w.conflicts() and {row.title for row in a.w.rows(("notice",)).rows} >= titles
    centre.verify()
