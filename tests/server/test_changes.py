"""What the platform does with changes: the table of outcomes, straight on the ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from sync.server import review
from sync.server.held import Actor
from sync.server.schema import record
from sync.server.service import Service
from sync.server.upkeep import dump, quarantined, verify


def test_a_new_record_is_a_draft_and_comes_back_in_the_feed(desk: Callable[..., Any]) -> None:
    a = desk("甲")
    assert a.edit("d1", {"title": "主轴热误差", "budget_fen": 5}) == []
    (row,) = a.pull()
    assert row.body["what"] == "created" and row.body["workflow"] == [None, "draft"] and row.body["version"] == 1
    assert row.body["fields"] == {"title": [None, "主轴热误差"], "budget_fen": [None, 5]}
    assert a.see("d1")["fields"] == {"title": "主轴热误差", "budget_fen": 5}


def test_the_same_change_again_gets_its_first_answer(desk: Callable[..., Any]) -> None:
    a = desk("甲")
    change = a.change("d1", {"title": "主轴热误差"})
    first = a.push(change)
    assert a.push(change) == first == a.push(change, change)[:1]
    assert len(a.pull()) == 1


def test_another_content_under_a_known_id_is_refused(desk: Callable[..., Any]) -> None:
    a = desk("甲")
    change = a.change("d1", {"title": "主轴热误差"})
    twin = {**change, "fields": {"title": [None, "别的"]}}
    answers = a.push(change, twin)
    assert answers[0] == [change["id"], 1]
    assert answers[1][1] == 0 and answers[1][2][0]["code"] == "CHANGE_REUSED"
    assert a.see("d1")["fields"]["title"] == "主轴热误差"


def test_one_refused_change_stops_no_other(desk: Callable[..., Any]) -> None:
    a = desk("甲")
    answers = a.push(a.change("d1", {"budget_fen": "很多"}), {"id": "x"}, a.change("d2", {"title": "主轴"}))
    assert [len(one) for one in answers] == [3, 3, 2]
    assert answers[0][2][0]["code"] == "NOT_AN_INT" and answers[1] == ["x", 0, answers[1][2]]
    assert answers[1][2][0]["code"] == "BAD_CHANGE"
    assert [(row.record, row.body["version"]) for row in a.pull()] == [("d1", 0), ("d2", 1)]
    assert a.service.ledger.record(a.unit, "d1") is None


def test_fields_of_two_people_merge_and_the_same_field_clashes(desk: Callable[..., Any]) -> None:
    a, b = desk("甲"), desk("乙")
    a.edit("d1", {"title": "主轴", "goal": "快"})
    assert b.edit("d1", {"goal": ("快", "准"), "title": ("主轴", "乙的题目")}) == []
    assert a.edit("d1", {"title": ("主轴", "甲的题目"), "problem": (None, "热")}) == []
    held = a.see("d1")
    assert held["fields"] == {"title": "乙的题目", "goal": "准", "problem": "热"}
    (conflict,) = held["conflicts"]
    assert (conflict["field"], conflict["base"], conflict["mine"], conflict["theirs"]) == ("title", "主轴", "甲的题目", "乙的题目")
    assert (conflict["mine_by"], conflict["by"], conflict["device"]) == ("甲", "乙", a.device)
    assert a.pull()[-1].body["conflicts"] == held["conflicts"]


@pytest.mark.parametrize("stored", [None, '{"goal": ["丙", "2026-03-01T00:00:00.000000Z", "device-丙"]}'])
def test_who_wrote_a_field_is_remembered_in_either_stored_form(service: Service, desk: Callable[..., Any], stored: str | None) -> None:
    a, b = desk("甲"), desk("乙")
    a.edit("d1", {"title": "甲写的", "goal": "目标"})
    if stored is not None:
        with service.database.write() as connection:
            connection.execute(update(record).values(stamps=stored))
    b.edit("d1", {"goal": ("旧", "乙的目标")})
    (conflict,) = a.see("d1")["conflicts"]
    assert conflict["by"] == ("甲" if stored is None else "丙")


def test_word_lists_merge_by_union_and_never_clash(desk: Callable[..., Any]) -> None:
    a, b = desk("甲"), desk("乙")
    a.edit("d1", {"keywords": ["主轴", "热"]})
    b.edit("d1", {"keywords": (["主轴", "热"], ["主轴", "补偿"])})
    assert a.edit("d1", {"keywords": (["主轴", "热"], ["主轴", "热", "在线"])}) == []
    assert a.see("d1")["fields"]["keywords"] == ["主轴", "补偿", "在线"] and a.see("d1")["conflicts"] == []


def test_typing_on_in_a_conflict_moves_ones_own_side(desk: Callable[..., Any]) -> None:
    a, b = desk("甲"), desk("乙")
    a.edit("d1", {"title": "原"})
    b.edit("d1", {"title": ("原", "乙")})
    a.edit("d1", {"title": ("原", "甲")})
    a.edit("d1", {"title": ("甲", "甲二")})
    (conflict,) = a.see("d1")["conflicts"]
    assert (conflict["mine"], conflict["theirs"], a.see("d1")["fields"]["title"]) == ("甲二", "乙", "乙")


def test_an_open_conflict_follows_what_others_write_and_closes_when_both_agree(desk: Callable[..., Any]) -> None:
    a, b = desk("甲"), desk("乙")
    a.edit("d1", {"title": "原"})
    b.edit("d1", {"title": ("原", "乙")})
    a.edit("d1", {"title": ("原", "甲")})
    b.edit("d1", {"title": ("乙", "乙二")})
    (conflict,) = a.see("d1")["conflicts"]
    assert (conflict["mine"], conflict["theirs"]) == ("甲", "乙二")
    b.edit("d1", {"title": ("乙二", "甲")})
    assert a.see("d1")["conflicts"] == []
    assert a.pull()[-1].body["closed"] == [{"id": conflict["id"], "field": "title", "kept": "甲", "lost": None}]


@pytest.mark.parametrize(
    ("decided", "lost"), [("甲", "乙"), ("乙", "甲"), ("甲和乙", {"mine": "甲", "theirs": "乙"})]
)
def test_a_decision_closes_the_conflict_and_records_what_was_lost(desk: Callable[..., Any], decided: str, lost: Any) -> None:
    a, b = desk("甲"), desk("乙")
    a.edit("d1", {"title": "原"})
    b.edit("d1", {"title": ("原", "乙")})
    a.edit("d1", {"title": ("原", "甲")})
    (conflict,) = a.see("d1")["conflicts"]
    assert b.edit("d1", {"title": ("乙", decided)}, resolves=[conflict["id"]]) == []
    row = a.pull()[-1].body
    assert row["what"] == "resolved" and row["conflicts"] == []
    assert row["closed"] == [{"id": conflict["id"], "field": "title", "kept": decided, "lost": lost}]
    assert a.see("d1")["fields"]["title"] == decided


def test_a_decision_made_on_an_outdated_value_is_a_new_conflict(desk: Callable[..., Any]) -> None:
    a, b, c = desk("甲"), desk("乙"), desk("丁")
    a.edit("d1", {"title": "原"})
    b.edit("d1", {"title": ("原", "乙")})
    a.edit("d1", {"title": ("原", "甲")})
    (conflict,) = a.see("d1")["conflicts"]
    c.edit("d1", {"title": ("乙", "丁")})
    a.edit("d1", {"title": ("乙", "甲")}, resolves=[conflict["id"]])
    (later,) = a.see("d1")["conflicts"]
    assert later["id"] != conflict["id"] and (later["mine"], later["theirs"]) == ("甲", "丁")


def test_a_decision_after_anothers_stands_on_what_its_own_laptop_typed_before_it(desk: Callable[..., Any]) -> None:
    a, b = desk("甲"), desk("乙")
    a.edit("d1", {"title": "原"})
    b.edit("d1", {"title": ("原", "乙")})
    a.edit("d1", {"title": ("原", "甲")})
    (conflict,) = a.see("d1")["conflicts"]
    b.edit("d1", {"title": ("乙", "甲")}, resolves=[conflict["id"]])
    a.edit("d1", {"title": ("甲", "甲再写")})  # typed where the form showed 甲, and then decided, both before b's decision was seen
    assert a.edit("d1", {"title": ("乙", "甲定")}, resolves=[conflict["id"]]) == []
    seen = a.see("d1")
    assert (seen["fields"]["title"], seen["conflicts"]) == ("甲定", []), "nobody clashes with himself"
    b.edit("d1", {"title": ("甲定", "乙又写")})
    a.edit("d1", {"title": ("乙", "甲又定")}, resolves=[conflict["id"]])
    assert [one["mine"] for one in a.see("d1")["conflicts"]] == ["甲又定"], "what another wrote since is not overwritten"


def test_another_units_record_is_refused_without_a_word_about_it(desk: Callable[..., Any]) -> None:
    a, c = desk("甲"), desk("丙", unit="441900121")
    a.edit("d1", {"title": "主轴"})
    assert c.edit("d1", {"title": ("猜的", "丙的")}) == ["NOT_YOURS"]
    assert c.edit("d1", {"title": "丙的"}, kind="visit") == ["NOT_YOURS"]
    assert a.see("d1")["fields"]["title"] == "主轴" and c.service.ledger.record(c.unit, "d1") is None
    rows = c.pull()
    assert all(row.body["fields"] == {} and row.body["version"] == 0 for row in rows) and len(rows) == 2
    assert "主轴" not in str([row.body for row in rows])


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("evaluation", {"verdict": "入服务库"}),
        ("notice", {"title": "自己发"}),
        ("organisation", {"name": "某公司", "is_dg": True}),
        ("landing", {"title": "某落地", "responsible_unit": "441900121"}),
        ("demand", {"title": "某需求", "demand_letter": "有"}),
    ],
)
def test_what_the_platform_owns_is_read_only(desk: Callable[..., Any], kind: str, fields: dict[str, Any]) -> None:
    a = desk("甲")
    assert a.edit("x1", fields, kind) == ["READ_ONLY"]
    assert a.service.ledger.record(a.unit, "x1") is None


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("title", 5, "NOT_A_TEXT"), ("budget_fen", "5", "NOT_AN_INT"), ("budget_fen", True, "NOT_AN_INT"),
        ("budget_fen", 1.5, "NOT_AN_INT"), ("pilot_need", "yes", "NOT_A_BOOL"), ("keywords", "主轴", "NOT_A_LIST"),
        ("keywords", [1], "NOT_A_TEXT"), ("found_on", 20260310, "NOT_A_DATE"),
    ],
)  # fmt: skip
def test_values_of_the_wrong_json_type_are_refused(desk: Callable[..., Any], field: str, value: Any, code: str) -> None:
    a = desk("甲")
    assert a.edit("d1", {field: value}) == [code]


def test_a_draft_may_be_too_long_and_off_the_list_but_not_submitted(desk: Callable[..., Any]) -> None:
    a = desk("甲")
    assert a.edit("d1", {"title": "长" * 500, "industry_dg": "没有这个"}) == []
    codes = a.edit("d1", workflow=["draft", "queued"])
    assert {"TOO_LONG", "NOT_A_CHOICE", "LETTER_MISSING"} <= set(codes)
    assert a.see("d1")["workflow"] == "draft"


def test_unknown_kinds_and_fields_are_kept_untouched(desk: Callable[..., Any]) -> None:
    a = desk("甲")
    assert a.edit("n1", {"anything": {"deep": [1, 2]}}, "from_the_future") == []
    assert a.edit("d1", {"title": "主轴", "later": [1]}) == []
    assert a.see("n1")["fields"] == {"anything": {"deep": [1, 2]}} and a.see("d1")["fields"]["later"] == [1]


def test_a_record_that_grows_without_end_is_refused(desk: Callable[..., Any]) -> None:
    a = desk("甲")
    assert a.edit("d1", {"problem": "长" * 300_000}) == ["RECORD_TOO_LARGE"]
    assert a.service.ledger.record(a.unit, "d1") is None


# ---------------------------------------------------------------------------------------------------- workflow


@pytest.mark.parametrize("target", ["submitted", "accepted", "rejected", "merged", "revoked", "withdrawn", "nonsense"])
def test_a_liaison_makes_only_a_liaisons_moves(desk: Callable[..., Any], target: str) -> None:
    a = desk("甲")
    a.edit("d1", {"title": "主轴"})
    assert a.edit("d1", {"goal": (None, "准")}, workflow=["draft", target]) == ["BAD_TRANSITION"]
    held = a.see("d1")
    assert held["workflow"] == "draft" and held["fields"]["goal"] == "准", "the text is kept though the move is refused"


def test_a_paper_is_submitted_when_its_last_file_has_arrived(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a)
    rows = [row.body for row in a.pull()]
    assert [row["workflow"] for row in rows if row.get("workflow")] == [[None, "draft"], ["draft", "queued"], ["queued", "submitted"]]
    assert rows[-1]["by"] == "平台" and rows[-1]["device"] == "" and rows[-1]["facts"]["received_at"]
    assert a.want == [] and verify(service)["ok"]


def test_it_waits_in_the_queue_as_long_as_a_file_is_wanted(desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a)
    paper = {"subject": "d2", "kind": "other", "file": "b", "sha256": "ab" * 32, "bytes": 3, "mime": "x", "pages": 1}
    other = a.change("e-2", paper, "evidence")
    fields = {name: value for name, value in a.see("d1")["fields"].items()} | {"title": "另一项完全不同的需求"}
    letter = {name: value for name, value in a.see("e-d1")["fields"].items()} | {"subject": "d2"}
    a.push(a.change("d2", fields), a.change("e-3", letter, "evidence"), other)
    assert a.edit("d2", workflow=["draft", "queued"]) == []
    a.pull()
    assert a.see("d2")["workflow"] == "queued" and a.want == ["ab" * 32]
    a.edit("e-2", {"removed": True}, "evidence")
    a.pull()
    assert a.see("d2")["workflow"] == "submitted" and a.want == []


def test_withdrawing_needs_a_reason(desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a)
    assert a.edit("d1", workflow=["submitted", "withdrawn"]) == ["REASON_MISSING"]
    assert a.edit("d1", workflow=["submitted", "withdrawn"], reason="企业改了主意") == []
    assert a.see("d1")["workflow"] == "withdrawn"


def test_a_closed_record_takes_no_change_but_what_was_typed_is_kept(
    service: Service, desk: Callable[..., Any], submitted: Callable[..., str]
) -> None:
    a = desk("甲")
    submitted(a)
    a.edit("d1", workflow=["submitted", "withdrawn"], reason="不办了")
    assert a.edit("d1", {"goal": (None, "又想起一句")}) == ["RECORD_CLOSED"]
    (kept,) = quarantined(service)["changes"]
    assert kept["record"] == "d1" and kept["body"]["fields"]["goal"] == [None, "又想起一句"]
    assert "goal" not in a.see("d1")["fields"]


@pytest.mark.parametrize(("kind", "fields", "code"), [
    ("evaluation", {"verdict": (None, "入服务库")}, "READ_ONLY"), ("demand", {"budget_fen": (None, "很多")}, "NOT_AN_INT"),
    ("demand", {"problem": (None, "长" * 300_000)}, "RECORD_TOO_LARGE"),
])  # fmt: skip
def test_whatever_is_refused_is_kept_aside_with_its_reasons(
    service: Service, desk: Callable[..., Any], kind: str, fields: dict[str, Any], code: str
) -> None:
    a = desk("甲")
    assert a.edit("x1", fields, kind) == [code]
    (kept,) = quarantined(service)["changes"]
    assert (kept["record"], kept["unit"], kept["code"], kept["problems"][0]["code"]) == ("x1", a.unit, code, code)
    assert {name: tuple(pair) for name, pair in kept["body"]["fields"].items()} == fields


def test_a_closed_month_takes_no_change_but_new_drafts_and_its_own_history(service: Service, desk: Callable[..., Any]) -> None:
    a = desk("甲")
    assert a.edit("m1", {"month": (None, "2025-01"), "progress": (None, "补录")}, "ledger_row") == []
    later = a.change("m1", {"progress": ("补录", "再补")}, "ledger_row")
    assert a.push(later)[0][2][0]["code"] == "MONTH_FROZEN"
    told_again = a.change("m1", {"progress": ("补录", "当时补的")}, "ledger_row")
    with service.database.write(a.unit) as connection:
        assert service.ledger.decide(connection, Actor("甲", "甲", a.unit), [told_again], "2025-02-01T00:00:00Z") == [[told_again["id"], 3]]
    assert a.see("m1")["fields"]["progress"] == "当时补的"


def test_a_record_may_be_written_over_for_ever_but_not_grow_for_ever(desk: Callable[..., Any]) -> None:
    a = desk("甲")
    before = None
    for number in range(4):
        text = str(number) * 200_000
        assert a.edit("d1", {"problem": (before, text)}) == []
        before = text
    assert a.edit("d1", {"goal": (None, "准" * 90_000)}) == []
    assert a.edit("d1", {"intro": (None, "准" * 90_000)}) == ["RECORD_TOO_LARGE"]
    assert a.edit("d1", {"problem": (before, "短")}) == [] and a.edit("d1", {"intro": (None, "准" * 90_000)}) == []


def test_deleting_what_others_have_changed_since_is_a_conflict(desk: Callable[..., Any]) -> None:
    a, b = desk("甲"), desk("乙")
    a.edit("d1", {"title": "主轴"})
    b.edit("d1", {"goal": (None, "准")}, seen=1)
    assert a.edit("d1", workflow=["draft", "deleted"], seen=1) == []
    held = a.see("d1")
    (conflict,) = held["conflicts"]
    assert held["workflow"] == "draft" and (conflict["field"], conflict["mine"], conflict["theirs"]) == ("workflow", "deleted", "draft")
    assert a.edit("d1", workflow=["draft", "deleted"], resolves=[conflict["id"]], seen=3) == []
    assert a.see("d1")["workflow"] == "deleted" and a.see("d1")["conflicts"] == []


def test_deleting_what_nobody_else_touched_simply_deletes_and_can_be_taken_back(desk: Callable[..., Any]) -> None:
    a = desk("甲")
    a.edit("d1", {"title": "主轴"})
    assert a.edit("d1", workflow=["draft", "deleted"], seen=1) == [] and a.see("d1")["workflow"] == "deleted"
    assert a.edit("d1", workflow=["deleted", "draft"]) == [] and a.see("d1")["workflow"] == "draft"


@pytest.mark.parametrize("keep", [True, False])
def test_editing_what_somebody_else_deleted_is_decided_by_a_person(service: Service, desk: Callable[..., Any], keep: bool) -> None:
    a, b = desk("甲"), desk("乙")
    a.edit("d1", {"title": "主轴"})
    a.edit("d1", workflow=["draft", "deleted"], seen=1)
    assert b.edit("d1", {"goal": (None, "乙写的")}, seen=1) == []
    held = b.see("d1")
    fields = {one["field"]: one for one in held["conflicts"]}
    assert fields.keys() == {"workflow", "goal"} and held["workflow"] == "deleted"
    assert (fields["workflow"]["mine"], fields["workflow"]["theirs"]) == ("draft", "deleted")
    ids = [fields["workflow"]["id"]]
    move = {"workflow": ["deleted", "draft"]} if keep else {}
    assert b.edit("d1", resolves=ids, **move) == []
    after = b.see("d1")
    assert after["conflicts"] == [] and after["workflow"] == ("draft" if keep else "deleted")
    assert after["fields"].get("goal") == ("乙写的" if keep else None)
    closed = {one["field"]: one for one in b.pull()[-1].body["closed"]}
    assert closed["goal"]["lost" if not keep else "kept"] == "乙写的"
    assert verify(service)["ok"]


def test_a_paper_with_undecided_conflicts_is_not_submitted(desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a, b = desk("甲"), desk("乙")
    submitted(a, "d1")
    a.edit("d1", workflow=["submitted", "withdrawn"], reason="先撤")
    a.push(a.change("d2", {**a.see("d1")["fields"], "title": "另一项完全不同的需求"}))
    b.edit("d2", {"goal": (None, "乙")})
    a.edit("d2", {"goal": (None, "甲")})
    assert "CONFLICT_OPEN" in a.edit("d2", workflow=["draft", "queued"])


def test_an_organisation_that_lacks_something_blocks_its_demand(desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a = desk("甲")
    submitted(a)
    a.edit("o2", {"name": "东莞市乙有限公司", "org_kind": "企业", "disclosure": "内部"}, "organisation")
    a.push(a.change("d2", {**a.see("d1")["fields"], "org": "o2"}))
    (answer,) = a.push(a.change("d2", workflow=["draft", "queued"]))
    assert ("org", "REQUIRED") in {(one["field"], one["code"]) for one in answer[2]}


def test_a_reference_into_another_unit_is_as_good_as_none(desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a, c = desk("甲"), desk("丙", unit="441900121")
    submitted(a)
    c.push(c.change("d9", {**a.see("d1")["fields"]}))
    (answer,) = c.push(c.change("d9", workflow=["draft", "queued"]))
    assert ("org", "BAD_REF") in {(one["field"], one["code"]) for one in answer[2]}


def test_another_units_paper_never_belongs_to_a_record(
    service: Service, desk: Callable[..., Any], submitted: Callable[..., str]
) -> None:
    a, c = desk("甲"), desk("丙", unit="441900121")
    submitted(a)
    foreign = {"subject": "d1", "kind": "other", "file": "b", "sha256": "ab" * 32, "bytes": 3, "mime": "x", "pages": 1}
    assert c.edit("e-foreign", foreign, "evidence") == []
    assert len(a.see("d1")["evidence"]) == 1
    assert next(one for one in dump(service) if one["id"] == "d1")["evidence"] == a.see("d1")["evidence"]
    review.act(service, "d1", "return", "LETTER_STALE")
    assert a.edit("d1", workflow=["returned", "queued"]) == [] and a.see("d1")["workflow"] == "submitted"
