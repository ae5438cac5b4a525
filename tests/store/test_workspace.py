"""What a person may ask of the workspace: nothing typed is lost, refusals change nothing, references find their record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sync import errors, judging
from sync.domain.kinds import KINDS
from sync.intake import new_id, organisation_id
from sync.workspace import Changed, Workspace
from tests.store.conftest import COMPANY, KEY, opened

Demand = Callable[..., dict[str, Any]]
SEAL = {"signed": True, "stamped": True, "seal_kind": "公章", "seal_name": COMPANY["name"]}


def test_what_was_added_is_there_after_reopening(folder: Path, demand: Demand) -> None:
    first = opened(folder)
    record = first.add("demand", [demand()])[0]
    first.close()
    again = Workspace(folder, KEY)
    assert again.get(record).fields["title"] == "高速主轴热误差补偿技术"
    assert again.get(record).fields["disclosure"] == "内部"
    assert again.rows(("demand",)).rows[0].subtitle == COMPANY["name"]
    again.close()


def test_the_same_company_is_one_record_however_often_it_is_written(workspace: Workspace, demand: Demand) -> None:
    ids = workspace.add("demand", [demand(title="需求甲乙丙"), demand(title="需求丁戊己")])
    workspace.add("demand", [demand(title="需求庚辛壬", org={**COMPANY, "uscc": " 91441900 ma0000007j "})])
    assert workspace.rows(("organisation",)).total == 1
    assert len({workspace.get(one).fields["org"] for one in ids}) == 1
    assert organisation_id("441900119", "91441900MA0000007J") == workspace.get(ids[0]).fields["org"]


def test_a_known_company_gets_what_was_still_missing_and_keeps_the_rest(workspace: Workspace, demand: Demand) -> None:
    workspace.add("demand", [demand(title="需求甲乙丙", org={k: v for k, v in COMPANY.items() if k != "contact_name"})])
    workspace.add(
        "demand", [demand(title="需求丁戊己", org={**COMPANY, "contact_name": "李工", "contact_phone": "13900000000"})]
    )
    held = workspace.rows(("organisation",)).rows[0].fields
    assert held["contact_name"] == "李工"
    assert held["contact_phone"] == "13800000000"


def test_one_bad_object_of_an_array_refuses_all_of_it(workspace: Workspace, demand: Demand) -> None:
    with pytest.raises(errors.Refused) as refused:
        workspace.add("demand", [demand(), demand(title="另一个需求", budget_fen="很多")])
    assert [(one.field, one.code) for one in refused.value.problems] == [("1.budget_fen", "NOT_AN_INT")]
    assert workspace.rows().total == 0


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"colour": "red"}, "UNKNOWN_FIELD"),
        ({"title": 7}, "NOT_A_TEXT"),
        ({"found_on": "2026-02-30"}, "NOT_A_DATE"),
        ({"title": None}, "REQUIRED"),
        ({"org": "01900000-0000-7000-8000-000000000000"}, "BAD_REF"),
        ({"keywords": "主轴"}, "NOT_A_LIST"),
        ({"pilot_need": "是"}, "NOT_A_BOOL"),
    ],
)
def test_bad_input_is_named_and_nothing_is_stored(
    workspace: Workspace, demand: Demand, values: dict[str, Any], code: str
) -> None:
    with pytest.raises(errors.Refused) as refused:
        workspace.add("demand", [demand(**values)])
    assert code in [one.code for one in refused.value.problems]
    assert workspace.rows(("demand",)).total == 0


def test_state_secrets_never_enter(workspace: Workspace) -> None:
    with pytest.raises(errors.Refused) as refused:
        workspace.draft("achievement", {"title": "某某装置", "secrecy": "秘密"})
    assert refused.value.problems[0].code == "SECRET_LEVEL"
    assert workspace.rows().total == 0


def test_a_form_saves_what_it_can_and_says_the_rest(workspace: Workspace, demand: Demand) -> None:
    record = workspace.draft("demand", {"title": "刚开始"})
    problems = workspace.edit(record, {"problem": "尺寸漂移", "budget_fen": "六十八"})
    assert workspace.get(record).fields["problem"] == "尺寸漂移"
    assert ("budget_fen", "NOT_AN_INT") in [(one.field, one.code) for one in problems]
    with pytest.raises(errors.Refused):
        workspace.edit(record, {"goal": "目标", "budget_fen": "六十八"}, strict=True)
    assert "goal" not in workspace.get(record).fields


def test_null_clears_and_the_timeline_still_has_it(workspace: Workspace, demand: Demand) -> None:
    record = workspace.add("demand", [demand(goal="原来的目标")])[0]
    workspace.feed.take()  # handed out: later edits are changes of their own
    workspace.edit(record, {"goal": None})
    assert "goal" not in workspace.get(record).fields
    assert any(moment.changes.get("goal") == ("原来的目标", None) for moment in workspace.timeline(record))


def test_typing_makes_one_change_until_it_is_sent(workspace: Workspace, demand: Demand) -> None:
    record = workspace.add("demand", [demand()])[0]
    before = workspace.feed.waiting()
    for text in ("现", "现有", "现有工艺"):
        workspace.edit(record, {"problem": text})
    assert workspace.feed.waiting() == before
    workspace.feed.take()
    workspace.edit(record, {"problem": "改过"})
    assert workspace.feed.waiting() == before + 1


def test_the_letter_makes_a_demand_ready_and_submitting_waits_for_sync(
    workspace: Workspace, demand: Demand, letter: Path
) -> None:
    record = workspace.add("demand", [demand()])[0]
    assert workspace.check(record).missing == ["demand_letter"]
    assert workspace.submit([record])[0].workflow == "draft"
    paper = workspace.attach(record, letter, "demand_letter", SEAL)
    assert paper.facts["doc_on"] == "2026-03-10"
    assert workspace.check(record).verdict == "count"
    assert workspace.submit([record])[0].workflow == "queued"
    assert workspace.withdraw(record).workflow == "draft"
    assert workspace.pending().bytes == letter.stat().st_size


def test_a_submission_travels_behind_its_papers(workspace: Workspace, demand: Demand, letter: Path) -> None:
    record = workspace.add("demand", [demand()])[0]
    workspace.attach(record, letter, "demand_letter", SEAL)
    workspace.submit([record])
    workspace.edit(record, {"goal": "补一句"})
    changes = workspace.feed.take()
    kinds = [(one.kind, one.workflow) for one in changes]
    assert kinds.index(("evidence", None)) < kinds.index(("demand", ("draft", "queued")))


def test_the_same_file_again_is_the_same_paper(workspace: Workspace, demand: Demand, letter: Path) -> None:
    record = workspace.add("demand", [demand()])[0]
    first = workspace.attach(record, letter, "demand_letter")
    again = workspace.attach(record, letter, "demand_letter", SEAL)
    assert again.id == first.id and again.facts["stamped"] is True
    assert len(workspace.get(record).papers) == 1
    workspace.detach(first.id)
    assert workspace.get(record).papers == []
    workspace.reattach(first.id)
    assert [one.id for one in workspace.get(record).papers] == [first.id]


def test_a_file_is_not_readable_on_disk_and_a_flipped_bit_is_noticed(
    workspace: Workspace, demand: Demand, letter: Path
) -> None:
    record = workspace.add("demand", [demand(title="绝不可见之需求甲乙丙")])[0]
    paper = workspace.attach(record, letter, "demand_letter")
    assert workspace.read(paper.sha256) == letter.read_bytes()
    planted = letter.read_bytes()[2000:2064]
    for path in workspace.directory.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert planted not in data and "绝不可见".encode() not in data
    stored = workspace.directory / "evidence" / paper.sha256[:2] / paper.sha256
    data = bytearray(stored.read_bytes())
    data[5000] ^= 1
    stored.write_bytes(data)
    with pytest.raises(errors.DamagedFile):
        workspace.read(paper.sha256)


def test_deleting_is_a_state_that_can_be_undone(workspace: Workspace, demand: Demand) -> None:
    record = workspace.add("demand", [demand()])[0]
    assert workspace.delete(record).workflow == "deleted"
    assert workspace.rows(("demand",)).total == 0
    assert workspace.rows(workflow="deleted").total == 1
    workspace.restore(record)
    assert workspace.get(record).workflow == "draft"


def test_search_finds_two_characters_codes_and_initials(workspace: Workspace, demand: Demand) -> None:
    workspace.add("demand", [demand(), demand(title="刀库换刀可靠性", problem="换刀卡滞", indicators="≥ 99%")])
    for words, found in (
        ("主轴", 1),
        ("热误差补偿", 1),
        ("gszz", 1),
        ("91441900MA", 2),
        ("0000007j", 2),
        ("甲科技", 2),
        ("dkhd", 1),
        ("没有的", 0),
        ("度 5", 0),
        ("过5", 1),  # one character beside a number
    ):
        assert workspace.rows(("demand",), search=words).total == found, words


def test_listeners_hear_of_changes_until_they_stop_listening(workspace: Workspace, demand: Demand) -> None:
    heard: list[Changed] = []
    stop = workspace.listen(heard.append)
    record = workspace.add("demand", [demand()])[0]
    assert record in heard[-1].ids and "demand" in heard[-1].kinds
    stop()
    count = len(heard)
    workspace.edit(record, {"goal": "x"})
    assert len(heard) == count


def test_a_closed_record_is_not_edited(workspace: Workspace, demand: Demand) -> None:
    record = workspace.add("demand", [demand()])[0]
    workspace.delete(record)
    with pytest.raises(errors.Refused) as refused:
        workspace.edit(record, {"goal": "x"})
    assert refused.value.problems[0].code == "RECORD_CLOSED"


def test_every_liaison_kind_can_be_drafted_and_read_back(workspace: Workspace) -> None:
    for name, kind in KINDS.items():
        if kind.writer == "liaison" and name != "evidence":
            record = workspace.draft(
                name, {kind.title: "一段用来认出它的文字"} if kind.fields[kind.title].type == "text" else {}
            )
            assert workspace.get(record).kind == name
            assert any(row.id == record for row in workspace.rows((name,)).rows)
        else:
            assert name in ("evidence", "evaluation", "assignment", "quota", "notice")


def test_ids_are_version_seven_and_never_the_same() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(one[14] == "7" and one[19] in "89ab" for one in (*ids, organisation_id("u", "c")))


def test_a_profile_of_a_newer_version_is_left_alone(folder: Path) -> None:
    one = opened(folder)
    with one.database.write() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 99")
    one.close()
    with pytest.raises(errors.NewerProfile):
        Workspace(folder, KEY)


def test_a_wrong_key_opens_nothing_and_harms_nothing(folder: Path, demand: Demand) -> None:
    one = opened(folder)
    record = one.add("demand", [demand()])[0]
    one.close()
    with pytest.raises(errors.DamagedStore):
        Workspace(folder, bytes(32))
    again = Workspace(folder, KEY)
    assert again.get(record).kind == "demand"
    again.close()


def test_a_place_that_cannot_hold_a_profile_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(errors.ReadOnly):
        Workspace(tmp_path / "file", KEY)
    with pytest.raises(errors.ReadOnly):
        Workspace(tmp_path / "file" / "below", KEY)


def test_a_sheet_of_many_companies_knows_them_all_again_and_reads_them_once(
    workspace: Workspace, demand: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second sheet with the same companies, some with a code and some by name, makes none of them anew."""
    def companies(turn: int) -> list[dict[str, Any]]:
        named = [{"name": f"东莞市第{number}科技有限公司（分厂）", "org_kind": "企业"} for number in range(60)]
        return [demand(title=f"第{turn}批第{number}项需求", org=org) for number, org in enumerate([*named, COMPANY])]

    workspace.add("demand", companies(1), strict=False)
    one_by_one = []
    real = workspace.local.find_organisation
    monkeypatch.setattr(workspace.local, "find_organisation", lambda *asked: one_by_one.append(asked) or real(*asked))
    workspace.add("demand", companies(2), strict=False)
    assert workspace.rows(("organisation",)).total == 61
    assert len(one_by_one) == 20, "the rest is looked up in what was read once"
    owners: dict[str, set[str]] = {}
    for row in workspace.rows(("demand",), limit=1000).rows:
        owners.setdefault(row.title[3:], set()).add(str(row.fields["org"]))
    assert len(owners) == 61 and all(len(ids) == 1 for ids in owners.values())


def test_progress_that_is_kept_is_progress_reckoned_anew(workspace: Workspace) -> None:
    """Whatever changes (a field, a company, a paper, a removal), the kept figures are those of an empty reckoning."""
    org = {"name": "东莞市甲科技有限公司", "org_kind": "企业", "uscc": "91441900MA0000007J", "division": "441900119"}
    values = {"title": "高速主轴热误差补偿", "org": org, "budget_fen": 30_000_000, "found_on": "2026-03-06"}
    demand = workspace.add("demand", [values], strict=False)[0]
    company = str(workspace.get(demand).fields["org"])
    letter = workspace.directory.parent / "letter.jpg"
    letter.write_bytes((Path(__file__).parents[2] / "resources" / "practice" / "demand-letter-photo.jpg").read_bytes())
    paper: list[str] = []
    steps: list[Callable[[], object]] = [
        lambda: workspace.edit(demand, {"budget_fen": 9_999_999}),
        lambda: workspace.edit(demand, {"budget_fen": 30_000_000}),
        lambda: workspace.edit(company, {"contact_name": "王工", "contact_phone": "13800000000"}),
        lambda: paper.append(workspace.attach(demand, letter, "demand_letter").id),
        lambda: workspace.describe(paper[0], {"signed": True, "stamped": True, "seal_kind": "公章", "seal_name": org["name"]}),
        lambda: workspace.detach(paper[0]),
        lambda: workspace.add("demand", [{"title": "另一条需求的名称", "org": company}], strict=False),
        lambda: workspace.delete(demand),
    ]
    seen = []
    for step in steps:
        step()
        kept = workspace.quota(2026)
        workspace._reckoned = judging.Reckoned(workspace.database)
        assert workspace.quota(2026) == kept
        seen.append([sorted(one["codes"]) for one in kept["discovery"]["not_counted"]])
    assert len({str(one) for one in seen}) >= 5, "the steps change what counts"


def test_an_import_taken_back_takes_its_companies_along_and_leaves_what_was_worked_on(
    workspace: Workspace, demand: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(f"2026-03-20T0{hour}:00:00.000Z" for hour in range(1, 9))
    monkeypatch.setattr("sync.workspace.now", lambda: next(times))
    known = workspace.add("demand", [demand(title="早就有的需求")])[0]
    orgs = [{"name": f"东莞市第{number}科技有限公司（分厂）", "org_kind": "企业"} for number in range(3)]
    rows = [demand(title=f"导入的需求{number}", org=org) for number, org in enumerate([*orgs, COMPANY])]
    made = workspace.add("demand", rows, "b1", strict=False)
    workspace.local.add_batch("b1", "2026-03-20T02:00:00.000Z", {"kind": "demand"})
    workspace.edit(made[0], {"problem": "这条后来有人补过内容。"})
    assert sorted(workspace.undo_batch("b1")) == sorted(made[1:])
    assert {row.id for row in workspace.rows(("demand",)).rows} == {known, made[0]}
    names = {row.title for row in workspace.rows(("organisation",)).rows}
    assert names == {COMPANY["name"], "东莞市第0科技有限公司（分厂）"}, "its own company stays with what stays"
    assert workspace.get(made[0]).fields["problem"] == "这条后来有人补过内容。"
    workspace.submit([made[0]])
    assert workspace.local.database.problems() == []
