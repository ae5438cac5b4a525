"""What once got lost in simulated histories, each on its own: typed text stays in sight and reaches the platform."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from sync.domain.kinds import KINDS
from sync.errors import Refused
from sync.messages import GENESIS, Change, Cursor, FeedRow, Page, link
from sync.workspace import Workspace
from tests.store.conftest import as_version_two, opened

Demand = Callable[..., dict[str, Any]]


class Told:
    """A platform that says whatever a test wants, in a feed that links."""

    def __init__(self, workspace: Workspace, epoch: str = "e1") -> None:
        self.workspace, self.epoch = workspace, epoch
        self.at = Cursor(epoch)

    def row(self, record: str, change: str = "", **more: Any) -> dict[str, Any]:
        return {"change": change or f"{self.at.seq:032x}", "record": record, "kind": "demand", "at": "2026-03-11T00:00:00Z", "by": "平台",
                "device": "D9", "what": "edited", "fields": {}, "version": 1, **more}  # fmt: skip

    def answer(self, change: Change, **more: Any) -> dict[str, Any]:
        """A change taken as it is."""
        body = {"fields": {name: list(pair) for name, pair in change.fields.items()}, "device": change.device, "kind": change.kind}
        return self.row(change.record, change.id, **{**body, **more})

    def page(self, *bodies: dict[str, Any], want: Sequence[str] = (), **more: Any) -> Page:
        seq, chain, rows = self.at.seq, self.at.chain, []
        for body in bodies:
            seq += 1
            body = {**body, "seq": seq}
            chain = link(chain, body)
            rows.append(FeedRow(body, chain))
        return Page(self.epoch, rows, False, (seq, chain, f"signed {seq}"), want, **more)

    def tell(self, *bodies: dict[str, Any], want: Sequence[str] = (), **more: Any) -> Any:
        page = self.page(*bodies, want=want, **more)
        saved = self.workspace.save_page(page)
        self.at = page.cursor(self.at)
        return saved


@pytest.fixture
def told(workspace: Workspace) -> Told:
    return Told(workspace)


def sent(workspace: Workspace) -> list[Change]:
    return workspace.feed.take()


def test_only_a_note_waits_for_no_disk_and_the_next_commit_does_again(workspace: Workspace) -> None:
    said = []
    for lasting in (False, True):
        with workspace.database.write(lasting=lasting) as connection:
            said.append(connection.exec_driver_sql("PRAGMA synchronous").scalar())
    assert said == [1, 2]


def test_a_folded_change_is_another_change(workspace: Workspace, demand: Demand) -> None:
    (record,) = workspace.add("demand", [demand()])
    before = {body["id"] for body in workspace.feed.bodies() if body["record"] == record}
    workspace.edit(record, {"title": "改过的名称"})
    (after,) = [body for body in workspace.feed.bodies() if body["record"] == record]
    assert after["id"] not in before and after["fields"]["title"] == [None, "改过的名称"]


def test_what_is_cleared_after_others_wrote_the_same_stays_cleared(workspace: Workspace, told: Told) -> None:
    record = workspace.draft("demand", {"title": "主轴", "problem": "温升"})
    told.tell(told.row(record, "b" * 32, fields={"title": [None, "主轴"], "problem": [None, "温升"]}, workflow=[None, "draft"]))
    workspace.edit(record, {"problem": None, "title": "主轴二"})
    assert workspace.get(record).fields.get("problem") is None and workspace.get(record).fields["title"] == "主轴二"
    assert [one.fields.get("problem") for one in sent(workspace)] == [(None, "温升"), ("温升", None)]


def test_what_the_platform_refused_as_a_whole_stays_and_goes_out_again(workspace: Workspace, told: Told, demand: Demand) -> None:
    (record,) = workspace.add("demand", [demand()])
    for change in sent(workspace):
        problem = {"field": None, "code": "RECORD_TOO_LARGE", "severity": "block", "values": {}}
        told.tell(told.answer(change, fields={}, version=0, what="refused", problems=[problem]))
    kept = workspace.get(record)
    assert kept.sync_state == "refused" and kept.fields["title"] == "高速主轴热误差补偿技术"
    workspace.edit(record, {"title": "短一些的名称"})
    (again,) = [one for one in sent(workspace) if one.record == record]
    assert again.fields["title"] == (None, "短一些的名称") and again.fields["problem"] == (None, "主轴温升造成尺寸漂移。")


def test_a_refusal_of_somebody_elses_change_makes_no_record(workspace: Workspace, told: Told) -> None:
    problem = {"field": None, "code": "NOT_YOURS", "severity": "block", "values": {}}
    told.tell(told.row("x1", version=0, what="refused", problems=[problem]))
    assert workspace.dump() == [] and workspace.feed.cursor().seq == 1


def test_a_refusal_that_tells_nothing_of_a_known_record_leaves_it_as_it_was(workspace: Workspace, told: Told) -> None:
    problem = {"field": None, "code": "NOT_YOURS", "severity": "block", "values": {}}
    told.tell(told.row("x1", "1" * 32, fields={"title": [None, "别处的名称"]}, version=3))
    told.tell(told.row("x1", "2" * 32, version=0, what="refused", problems=[problem]))
    (line,) = workspace.dump()
    assert (line["version"], line["fields"]["title"]) == (3, "别处的名称")


def test_what_is_only_another_laptops_leaves_no_empty_record_behind(workspace: Workspace, told: Told) -> None:
    mine = workspace.draft("demand", {"title": "本机写的"})
    (change,) = sent(workspace)
    told.tell(told.row("x1", "1" * 32, fields={"title": [None, "同事写的"]}), told.answer(change))
    problem = {"field": None, "code": "NOT_YOURS", "severity": "block", "values": {}}
    workspace.rewind(0, "e2")
    assert {line["id"] for line in workspace.dump()} == {"x1", mine}, "in sight until the platform has spoken"
    told.epoch, told.at = "e2", Cursor("e2")
    refused = {"version": 0, "what": "refused", "problems": [problem]}
    told.tell(told.row("x1", "1" * 32, **refused), told.answer(change, fields={}, **refused))
    assert len(workspace.feed.lost()) == 1, "what the platform once took it has to be shown first"
    (proof,) = workspace.feed.lost()
    workspace.feed.handed_back(proof.n, told.at.to_json())
    told.tell()
    (line,) = workspace.dump()
    assert (line["id"], line["fields"]["title"]) == (mine, "本机写的") and workspace.get(mine).sync_state == "refused"
    assert [row.id for row in workspace.rows(search="同事写的").rows] == []


def test_a_record_is_not_synced_while_its_paper_is_on_its_way(workspace: Workspace, told: Told, demand: Demand, letter: Path) -> None:
    (record,) = workspace.add("demand", [demand()])
    told.tell(*[told.answer(one) for one in sent(workspace)])
    assert workspace.get(record).sync_state == "synced"
    paper = workspace.attach(record, letter, "demand_letter", {"doc_on": "2026-03-10"})
    assert workspace.get(record).sync_state != "synced"
    told.tell(*[told.answer(one) for one in sent(workspace)], want=[paper.sha256])
    assert workspace.get(record).sync_state == "files"
    told.tell(want=[])
    assert workspace.get(record).sync_state == "synced"
    workspace.detach(paper.id)
    assert workspace.get(record).sync_state == "pending"


def test_a_record_and_its_paper_on_one_page_are_not_synced_without_the_scan(workspace: Workspace, told: Told) -> None:
    paper = {"subject": [None, "r1"], "kind": [None, "other"], "file": [None, "a.jpg"], "sha256": [None, "a" * 64], "bytes": [None, 9]}
    told.tell(
        told.row("r1", fields={"title": [None, "一"]}), told.row("p1", "b" * 32, kind="evidence", what="attached", fields=paper),
        want=["a" * 64],
    )
    assert workspace.get("r1").sync_state == "files"
    workspace.take_in([Change("c" * 32, "p2", "evidence", "D2", "2026-03-11T00:00:00Z", {name: (None, pair[1]) for name, pair in paper.items()}),
                       Change("d" * 32, "r1", "demand", "D2", "2026-03-11T00:00:00Z", {})])
    told.tell(told.row("r1", "d" * 32, version=2), want=[])
    assert workspace.get("r1").sync_state == "pending"


def test_a_receipt_for_another_record_acknowledges_nothing(workspace: Workspace, told: Told, demand: Demand) -> None:
    (record,) = workspace.add("demand", [demand()])
    (change,) = [one for one in sent(workspace) if one.record == record]
    told.tell(told.row("somebody-elses", change.id))
    assert workspace.get(record).pending == 1 and workspace.get(record).sync_state == "local"


def test_a_page_that_does_not_follow_is_not_saved(workspace: Workspace, told: Told) -> None:
    told.tell(told.row("r1", fields={"title": [None, "一"]}))
    other = Told(workspace, "e1")
    other.at = Cursor("e1", 1, "f" * 64)
    assert workspace.save_page(other.page(other.row("r1", fields={"title": ["一", "二"]}, version=2))).rows == 0
    assert workspace.get("r1").fields["title"] == "一" and workspace.feed.cursor() == told.at


def test_a_cut_list_of_wanted_files_says_nothing_of_the_others(
    workspace: Workspace, told: Told, demand: Demand, tmp_path: Path, letter: Path
) -> None:
    (record,) = workspace.add("demand", [demand()])
    second = tmp_path / "second.jpg"
    second.write_bytes(letter.read_bytes() + b"\0")
    papers = [workspace.attach(record, path, "other", {"doc_on": "2026-03-10"}) for path in (letter, second)]
    low, high = sorted(paper.sha256 for paper in papers)
    told.tell(*[told.answer(one) for one in sent(workspace)], want=[low], want_more=True)
    assert {one["sha256"]: one["state"] for one in workspace.local.files()} == {low: "local", high: "local"}
    told.tell(want=[high], want_after=low)
    assert {one["state"] for one in workspace.local.files()} == {"local"}
    told.tell(want=[high])
    assert {one["sha256"]: one["state"] for one in workspace.local.files()} == {low: "complete", high: "local"}
    assert workspace.get(record).sync_state == "files"


def test_words_struck_out_before_they_were_sent_stay_struck_out(workspace: Workspace, told: Told, demand: Demand) -> None:
    (record,) = workspace.add("demand", [demand(keywords=["主轴"])])
    told.tell(*[told.answer(one) for one in sent(workspace)])
    workspace.edit(record, {"keywords": ["主轴", "误差"]})
    told.tell(told.row(record, fields={"keywords": [["主轴"], ["主轴", "补偿"]]}, version=2))
    workspace.edit(record, {"keywords": ["主轴", "误差"]})
    assert sorted(workspace.get(record).fields["keywords"]) == ["主轴", "误差"]
    pairs = [one.fields["keywords"] for one in sent(workspace)]
    assert set().union(*(set(base) - set(new) for base, new in pairs)) == {"补偿"}


def test_what_is_typed_after_a_parcel_came_in_is_what_shows(workspace: Workspace, demand: Demand) -> None:
    (record,) = workspace.add("demand", [demand()])
    workspace.take_in([Change("c" * 32, record, "demand", "D2", "2026-03-11T00:00:00Z", {"title": ("高速主轴热误差补偿技术", "另一台的名称")})])
    assert workspace.get(record).fields["title"] == "另一台的名称"
    workspace.edit(record, {"title": "后来的名称"})
    assert workspace.get(record).fields["title"] == "后来的名称"
    assert [one.fields["title"][0] for one in sent(workspace) if one.record == record][-1] == "另一台的名称"


def test_a_decision_about_others_knows_what_was_typed_before_it(workspace: Workspace, told: Told, demand: Demand) -> None:
    (record,) = workspace.add("demand", [demand(goal="原文")])
    told.tell(*[told.answer(one) for one in sent(workspace)])
    clash = {"id": "k1", "field": "goal", "base": "更早", "mine": "他的", "theirs": "原文", "device": "D7", "by": "甲", "at": ""}
    told.tell(told.row(record, conflicts=[clash], version=2))
    workspace.edit(record, {"goal": "我的"})
    sent(workspace)
    workspace.resolve(record, "goal", "theirs")
    assert sent(workspace)[-1].fields["goal"] == ("我的", "他的")


def test_an_emptied_platform_never_empties_a_laptop(workspace: Workspace, told: Told, demand: Demand) -> None:
    (own,) = workspace.add("demand", [demand()])
    told.tell(*[told.answer(one) for one in sent(workspace)])
    first = told.row("r1", fields={"title": [None, "另一台电脑的"]})
    told.tell(first, told.row("r1", "b" * 32, fields={"title": ["另一台电脑的", "改过"]}, version=2))
    dump = {line["id"]: line["fields"] for line in workspace.dump()}
    emptied = Told(workspace, "e2")
    workspace.rewind(0, "e2")
    assert {line["id"]: line["fields"] for line in workspace.dump()} == dump
    assert workspace.get("r1").sync_state == workspace.get(own).sync_state == "pending"
    assert {one.id for one in sent(workspace)} >= {body["id"] for body in workspace.feed.bodies()}
    assert emptied.tell().lost and {line["id"]: line["fields"] for line in workspace.dump()} == dump
    stretches = workspace.feed.lost()
    chain = GENESIS
    for one in stretches:
        assert one.chain == chain
        for row in one.rows:
            chain = link(chain, row)
        assert one.head[2:] == [chain, f"signed {one.rows[-1]['seq']}"] and one.head[:2] == ["e1", one.rows[-1]["seq"]]
    rows = [row for one in stretches for row in one.rows]
    half = len(rows) - 1
    assert emptied.tell(*rows[:half]).lost
    assert {line["id"]: line["fields"] for line in workspace.dump()} == dump
    assert not emptied.tell(*rows[half:]).lost and not workspace.feed.lost()
    assert {line["id"]: line["fields"] for line in workspace.dump()} == dump
    assert workspace.get("r1").sync_state == workspace.get(own).sync_state == "synced"


def test_lost_rows_outlive_a_second_restore_and_go_once_they_were_taken_back(workspace: Workspace, told: Told) -> None:
    told.tell(told.row("r1", fields={"title": [None, "一"]}))
    told.tell(told.row("r1", fields={"title": ["一", "二"]}, version=2))
    workspace.rewind(1, "e1")
    (second,) = workspace.feed.lost()
    workspace.feed.handed_back(second.n, ["e1", 2, "f" * 64])
    workspace.rewind(0, "e1")
    assert [row["fields"]["title"][1] for one in workspace.feed.lost() for row in one.rows] == ["一", "二"], "each after what it follows on"
    again = Told(workspace, "e1")
    assert again.tell(again.row("r1", "0" * 32, fields={"title": [None, "一"]})).lost
    (left,) = workspace.feed.lost()
    page = again.page(again.row("r2", fields={"title": [None, "别的"]}))
    workspace.feed.handed_back(left.n, [page.epoch, page.head[0], page.head[1]])
    assert not workspace.save_page(page).lost
    assert workspace.get("r1").fields["title"] == "一" and not workspace.feed.lost()


def test_what_another_platform_said_is_not_told_to_this_one(workspace: Workspace, told: Told, demand: Demand) -> None:
    """The laptop was enrolled elsewhere since: people's words stay in sight, what that platform decided does not."""
    (own,) = workspace.add("demand", [demand()])
    sent(workspace)
    told.tell(*[told.answer(one) for one in sent(workspace)], told.row("r1", fields={"title": [None, "别人的"]}))
    accepted = {"workflow": ["draft", "accepted"], "facts": {"number": "XQ26-0001"}, "device": ""}
    told.tell(told.row(own, "b" * 32, version=2, **accepted), told.row(own, "c" * 32, version=3, fields={"goal": [None, "别人补的目标"]}))
    assert workspace.get(own).workflow == "accepted"
    workspace.rewind(0, "e2")
    who = workspace.required()
    for public, theirs in (("", False), ("A" * 43, True)):
        workspace.feed.tell_apart(public, who.unit, who.device, "2026-03-12T00:00:00Z")
        assert bool(workspace.feed.lost()) != theirs
    other = Told(workspace, "e2")
    assert not other.tell(*[other.answer(one) for one in sent(workspace)]).lost
    held = workspace.get(own)
    assert held.workflow != "accepted" and held.facts.get("number") is None and held.fields["goal"] == "别人补的目标"
    assert workspace.get("r1").fields["title"] == "别人的" and workspace.get("r1").sync_state == "pending"
    workspace.feed.tell_apart("", who.unit, who.device, "2026-03-12T00:00:00Z")
    assert workspace.get(own).workflow == "accepted" and workspace.feed.lost()


def test_the_timeline_shows_what_was_refused_and_what_a_request_says(workspace: Workspace, told: Told) -> None:
    problem = {"field": None, "code": "RECORD_CLOSED", "severity": "block", "values": {}}
    told.tell(
        told.row("r1", fields={"title": [None, "一"]}),
        told.row("r1", "a" * 32, version=2, amendment={"title": "二"}, amended={"title": ["一", "二"]}),
        told.row("r1", "b" * 32, version=2, what="refused", problems=[problem], said={"title": ["一", "三"]}),
    )
    refused, asked, _made = workspace.timeline("r1")
    assert refused.what == "refused" and refused.changes == {"title": ("一", "三")}
    assert asked.changes == {"title": ("一", "二")}
    assert json.loads(json.dumps(dict(workspace.get("r1").fields))) == {"title": "一"}


def test_what_an_older_program_does_not_know_is_kept_and_looks_right_after_the_update(
    folder: Path, workspace: Workspace, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = KINDS["visit"]
    monkeypatch.delitem(KINDS, "visit")
    workspace.close()
    older = opened(folder)
    body = {"place": "会议室三号", "visitors": ["周芳"], "started_at": "2026-03-06T01:00:00Z", "minutes": 40}
    told = Told(older)
    told.tell(told.row("r1", kind="visit", fields={name: [None, value] for name, value in body.items()}, workflow=[None, "draft"]))
    before = older.rows(("visit",)).rows[0]
    assert older.get("r1").fields == body
    for act in (
        lambda: older.edit("r1", {"place": "别处"}), lambda: older.delete("r1"), lambda: older.submit(["r1"]), lambda: older.check("r1"),
        lambda: older.attach("r1", letter, "other"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.problems[0].code == "UNKNOWN_KIND"
    assert older.feed.waiting() == 0
    older.close()
    monkeypatch.setitem(KINDS, "visit", kind)
    updated = opened(folder)
    (seen,) = updated.rows(("visit",), year=2026, search="会议室").rows
    assert (seen.title, seen.updated_at, seen.fields) == (body[kind.title], before.updated_at, body)
    assert updated.rows(("visit",), year=2025).total == 0
    updated.edit("r1", {"minutes": 50})
    updated.close()


def test_what_came_by_the_hundred_is_found_by_everything_once_somebody_searches(workspace: Workspace, told: Told) -> None:
    """Words are written later for a large page: the next search finds them all, and the new name of a company is found too."""
    many = 60
    company = told.row("org", kind="organisation", fields={"name": [None, "东莞市甲科技有限公司"]})
    told.tell(*(told.row(f"r{n}", f"{n:032x}", fields={"title": [None, f"主轴热误差{n}"], "org": [None, "org"]}) for n in range(many)), company)
    with workspace.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM unworded").scalar_one() == many + 1
    assert workspace.rows(("demand",), search="热误差").total == many
    assert workspace.rows(("demand",), search="甲科技").total == many
    told.tell(told.row("org", "f" * 32, kind="organisation", fields={"name": ["东莞市甲科技有限公司", "东莞市乙智造有限公司"]}, version=2))
    assert workspace.rows(("demand",), search="乙智造").total == many
    assert workspace.rows(("demand",), search="甲科技").total == 0
    person = {"contact_name": [None, "欧阳若谷"], "contact_phone": [None, "13800001234"]}
    told.tell(told.row("org", "e" * 32, kind="organisation", fields=person, version=3))
    assert workspace.rows(("demand",), search="欧阳若谷").total == many == workspace.rows(("demand",), search="13800001234").total


def test_a_profile_of_the_first_schema_is_raised_and_keeps_all(folder: Path, demand: Demand) -> None:
    first = opened(folder)
    record = first.add("demand", [demand()])[0]
    before = first.dump()
    with first.database.write() as connection:
        as_version_two(connection)
        connection.exec_driver_sql("DROP TABLE unworded")
        connection.exec_driver_sql("PRAGMA user_version = 1")
    first.close()
    again = opened(folder)
    assert again.dump() == before
    again.edit(record, {"goal": "零点漂移"})
    assert again.rows(("demand",), search="零点漂移").total == 1
    again.close()


def test_a_round_that_brings_nothing_writes_nothing(workspace: Workspace, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.tell(told.row("r1", fields={"title": [None, "甲"]}), want=["a" * 64])
    with monkeypatch.context() as patched:
        patched.setattr(workspace.database, "write", lambda **_more: pytest.fail("nothing new, and yet it is written"))
        assert told.tell(want=["a" * 64]).rows == 0 and workspace.feed.take() == []
    assert told.tell(want=["b" * 64]).rows == 0, "other files are wanted: that is news"
    assert workspace.feed.cursor() == told.at
    told.epoch = "e2"
    told.tell(want=["b" * 64])
    assert workspace.feed.cursor().epoch == "e2"
