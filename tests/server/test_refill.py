"""The way back after a restored backup: laptops hand in what it lacked, and nobody takes what is not his meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.messages import GENESIS
from sync.server import archive, counting, judge, refill, review
from sync.server.held import Actor
from sync.server.ledger import Diverged
from sync.server.refusals import Refusal
from sync.server.service import Service
from sync.server.upkeep import dump, quarantined, verify
from sync.server.work import Work
from tests.server.conftest import LETTER, company, demand, letter

CHANGAN, HUMEN = "441900119", "441900121"


def _handed(desk: Any, common: int, head: Any) -> dict[str, Any]:
    epoch, seq, chain, signature = head
    before = desk.rows[common - 1].chain if common else GENESIS
    return {"rows": [row.body for row in desk.rows[common:]], "chain": before, "epoch": epoch, "head": [seq, chain, signature]}


@pytest.fixture
def lost(service: Service, desk: Callable[..., Any], submitted: Callable[..., str], tmp_path: Path) -> tuple[Any, Any, int]:
    """A laptop that has read more than the restored platform knows: (desk, its head, the last common seq)."""
    a, b = desk("甲"), desk("乙")
    submitted(a)
    a.pull()
    common = a.cursor.seq
    archive.backup(service, tmp_path / "b.zip")
    review.act(service, "d1", "accept")
    a.edit("d1", {"goal": (None, "更准")})
    a.edit("d5", {"title": "原"})
    b.edit("d5", {"title": ("原", "乙的")})
    a.edit("d5", {"title": ("原", "甲的")})
    a.edit("d5", {"budget_fen": "不对"})
    a.pull()
    head = service.ledger.head(CHANGAN)
    archive.restore(service, tmp_path / "b.zip")
    return a, head, common


def test_lost_rows_are_taken_back_verbatim(service: Service, lost: tuple[Any, Any, int]) -> None:
    a, head, common = lost
    cursor = a.cursor
    with pytest.raises(Diverged):
        a.pull()
    expected = [row.body for row in a.rows]
    answer = refill.take_back(service, a.actor, _handed(a, common, head))
    assert (answer["taken"], answer["verbatim"]) == (len(expected) - common, True)
    assert answer["head"] == [service.ledger.head(CHANGAN)[0], cursor.seq, cursor.chain]
    a.rows, a.cursor = [], type(cursor)()
    a.pull()
    assert [row.body for row in a.rows] == expected and a.cursor.chain == cursor.chain
    held = a.see("d1")
    assert (held["workflow"], held["facts"]["number"], held["amendment"]) == ("amending", "XQ26-0001", {"goal": "更准"})
    assert a.see("d5")["conflicts"][0]["mine"] == "甲的"
    assert verify(service)["ok"], verify(service)["problems"]
    assert service.ledger.missing(CHANGAN, [row.change for row in a.rows if row.body["device"]]) == []


def test_numbers_given_before_the_backup_was_needed_are_not_given_again(
    service: Service, lost: tuple[Any, Any, int], submitted: Callable[..., str], desk: Callable[..., Any]
) -> None:
    a, head, common = lost
    refill.take_back(service, a.actor, _handed(a, common, head))
    submitted(desk("丁"), "d8", "另一项完全不同的需求", b"%PDF d8")
    assert review.act(service, "d8", "accept")["number"] == "XQ26-0002"


def test_a_change_sent_again_after_it_was_taken_back_is_known(service: Service, lost: tuple[Any, Any, int]) -> None:
    a, head, common = lost
    refill.take_back(service, a.actor, _handed(a, common, head))
    row = next(row for row in a.rows[common:] if row.record == "d5")
    sent = {**a.change("d5", {"title": "原"}), "id": row.change}
    assert a.push(sent) == [[row.change, row.seq]]


def test_a_forked_history_takes_what_is_unknown_anew(
    service: Service, lost: tuple[Any, Any, int], desk: Callable[..., Any]
) -> None:
    a, head, common = lost
    b = desk("乙")
    b.edit("d6", {"title": "恢复之后写的"})
    answer = refill.take_back(service, a.actor, _handed(a, common, head))
    assert answer["verbatim"] is False and answer["taken"] >= 5
    held = a.see("d1")
    assert (held["workflow"], held["facts"]["number"], held["amendment"]) == ("amending", "XQ26-0001", {"goal": "更准"})
    assert a.see("d6")["fields"]["title"] == "恢复之后写的"
    (conflict,) = a.see("d5")["conflicts"]
    assert {conflict["mine"], conflict["theirs"]} == {"甲的", "乙的"}
    assert verify(service)["ok"], verify(service)["problems"]
    again = refill.take_back(service, a.actor, _handed(a, common, head))
    assert again["taken"] == 0, "handed in twice it changes nothing"


@pytest.mark.parametrize("what", ["row", "signature", "gap", "cut", "unit", "place"])
def test_a_history_that_is_not_the_platforms_own_is_refused(service: Service, lost: tuple[Any, Any, int], what: str) -> None:
    a, head, common = lost
    body = _handed(a, common, head)
    actor = a.actor
    if what == "row":
        body["rows"][0] = {**body["rows"][0], "fields": {"title": [None, "伪造"]}}
    elif what == "signature":
        body["head"][2] = "AAAA"
    elif what == "gap":
        del body["rows"][1]
    elif what == "cut":
        del body["rows"][-1]
    elif what == "place":
        body["rows"] = body["rows"][1:]
    else:
        actor = Actor("丙", "x", "441900121")
    before = list(dump(service))
    with pytest.raises(Refusal) as refused:
        refill.take_back(service, actor, body)
    assert refused.value.code in ("head_not_ours", "rows_do_not_link")
    assert list(dump(service)) == before


def test_files_lost_with_the_restore_are_wanted_again(
    service: Service, desk: Callable[..., Any], submitted: Callable[..., str], tmp_path: Path
) -> None:
    a = desk("甲")
    archive.backup(service, tmp_path / "b.zip")
    submitted(a)
    a.pull()
    head = service.ledger.head(CHANGAN)
    archive.restore(service, tmp_path / "b.zip")
    refill.take_back(service, a.actor, _handed(a, 0, head))
    a.cursor = type(a.cursor)(service.ledger.head(CHANGAN)[0], a.cursor.seq, a.cursor.chain)
    a.pull()
    assert a.want == [a.see("e-d1")["fields"]["sha256"]] and a.see("d1")["workflow"] == "submitted"


# ------------------------------------------------------------------------------------------ counted once it is at rest


def _uncounted(service: Service) -> list[str]:
    with service.database.read() as connection:
        return counting.Count(Work(connection, service.ledger.clock()), judge.parameters(connection)).differing()


@pytest.fixture
def halves(service: Service, desk: Callable[..., Any], submitted: Callable[..., str], tmp_path: Path) -> tuple[Any, Any]:
    """Two units of an emptied platform: what the first one's paper counts for follows from the second one's, which came later."""
    a, b = desk("甲"), desk("丙", unit=HUMEN)
    archive.backup(service, tmp_path / "empty.zip")
    submitted(a)
    review.act(service, "d1", "accept")
    a.pull()
    a.head = service.ledger.head(CHANGAN)
    submitted(b, "d2", "另一项完全不同的需求")  # with the very same scan
    b.pull()
    b.head = service.ledger.head(HUMEN)
    archive.restore(service, tmp_path / "empty.zip")
    refill.take_back(service, a.actor, _handed(a, 0, a.head))
    assert refill.take_back(service, b.actor, _handed(b, 0, b.head))["verbatim"]
    assert _uncounted(service) == ["d1"], "each unit's own rows say what it counted for when they were written"
    return a, b


def test_what_another_units_rows_bring_back_is_counted_when_it_reads_on(
    service: Service, halves: tuple[Any, Any], desk: Callable[..., Any]
) -> None:
    desk("乙").pull()
    assert _uncounted(service) == ["d1"], "the refill may go on: a row in between would fork what it hands in next"
    Service(service.settings).ledger.pull(HUMEN, desk("丙", unit=HUMEN).cursor)  # the platform was killed and started again
    assert _uncounted(service) == []
    assert desk("甲").pull()[-1].body["facts"]["counted"]["codes"] == ["EVIDENCE_REUSED"]
    before = service.ledger.head(CHANGAN)
    desk("丁", unit=HUMEN).pull()
    assert service.ledger.head(CHANGAN) == before and verify(service)["ok"]


def test_a_refill_whose_laptop_never_comes_again_is_counted_by_whoever_asks(
    service: Service, halves: tuple[Any, Any], desk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = (datetime.fromisoformat(service.ledger.clock()) + counting.REST + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    monkeypatch.setattr(service.ledger, "clock", lambda: later)
    desk("乙").pull()
    assert _uncounted(service) == []


def test_verify_counts_what_a_refill_left_first(service: Service, halves: tuple[Any, Any]) -> None:
    assert verify(service)["ok"] and _uncounted(service) == []


# ------------------------------------------------------------------------------------------------- whose a record is


@pytest.fixture
def forgotten(service: Service, desk: Callable[..., Any], submitted: Callable[..., str], tmp_path: Path) -> tuple[Any, Any, Callable[[], None]]:
    """An emptied platform, the owner of d1 with all receipts, another unit that knows the id, and how it is emptied again."""
    a, b = desk("甲"), desk("丙", unit=HUMEN)
    archive.backup(service, tmp_path / "empty.zip")
    submitted(a)
    review.act(service, "d1", "accept")
    a.edit("d1", {"goal": (None, "更准")})
    _read(a)
    archive.restore(service, tmp_path / "empty.zip")
    return a, b, lambda: archive.restore(service, tmp_path / "empty.zip") and None


def _read(desk: Any) -> None:
    """Everything the platform has for this unit now, and the receipt for it."""
    desk.rows, desk.cursor = [], type(desk.cursor)()
    desk.pull()
    desk.head = desk.service.ledger.head(desk.unit)


def _usurp(desk: Any) -> None:
    assert desk.edit("d1", {"title": "占来的", "goal": "别的"}, reason="占") == []
    assert desk.edit("d1", workflow=["draft", "deleted"]) == []
    assert desk.see("d1")["unit"] == HUMEN


def _refilled(desk: Any) -> dict[str, Any]:
    return refill.take_back(desk.service, desk.actor, _handed(desk, 0, desk.head))


def _is_the_owners(service: Service, a: Any, b: Any) -> None:
    held = a.see("d1")
    assert (held["unit"], held["workflow"], held["facts"]["number"]) == (CHANGAN, "amending", "XQ26-0001")
    assert held["amendment"] == {"goal": "更准"} and service.ledger.record(HUMEN, "d1") is None
    assert a.edit("d1", {"problem": (held["fields"]["problem"], "主人接着写")}) == []
    assert b.edit("d1", {"title": ("占来的", "又来")}) == ["NOT_YOURS"]
    assert verify(service)["ok"], verify(service)["problems"]


def test_the_owners_receipts_win_over_a_claim_made_while_his_record_was_forgotten(
    service: Service, forgotten: tuple[Any, Any, Callable[[], None]]
) -> None:
    a, b, _empty = forgotten
    _usurp(b)
    b.edit("d9", {"title": "乙自己的"})
    assert _refilled(a)["verbatim"], "what is in others' feeds is no fork of this one"
    _is_the_owners(service, a, b)
    told = next(row.body for row in b.pull() if row.body.get("released"))
    assert [one["code"] for one in told["problems"]] == ["OTHERS_FIRST"] and "workflow" not in told
    kept = {one["body"]["fields"].get("title", [0, ""])[1] for one in quarantined(service)["changes"] if one["unit"] == HUMEN}
    assert "占来的" in kept and b.see("d9")["fields"]["title"] == "乙自己的"


@pytest.mark.parametrize("first", ["owner", "usurper"])
def test_of_two_signed_claims_the_earlier_one_wins_in_either_order(
    service: Service, forgotten: tuple[Any, Any, Callable[[], None]], first: str
) -> None:
    a, b, empty = forgotten
    _usurp(b)
    _read(b)
    empty()
    for desk in (a, b) if first == "owner" else (b, a):
        _refilled(desk)
    _is_the_owners(service, a, b)
    _read(b)
    assert {"OTHERS_FIRST": first != "owner", "NOT_YOURS": True}.items() <= {
        code: any(code == one["code"] for row in b.rows for one in row.body.get("problems", ())) for code in ("OTHERS_FIRST", "NOT_YOURS")
    }.items()


def test_a_record_that_was_told_again_keeps_the_day_it_was_first_here(
    service: Service, forgotten: tuple[Any, Any, Callable[[], None]]
) -> None:
    a, b, empty = forgotten
    first = a.rows[1].body["at"]
    a.edit("d7", {"title": "恢复之后写的"})  # the owner's history forks, all his rows are written later than before
    _usurp(b)
    _read(b)
    empty()
    a.edit("d8", {"title": "又写"})
    assert not _refilled(a)["verbatim"] and a.see("d1")["created_at"] == first
    _read(a)
    empty()
    assert [_refilled(desk)["verbatim"] for desk in (b, a)] == [True, True]
    _is_the_owners(service, a, b)
    assert a.see("d1")["created_at"] == first


@pytest.mark.parametrize("forked", [False, True])
def test_a_claim_that_was_taken_back_is_not_told_again(
    service: Service, forgotten: tuple[Any, Any, Callable[[], None]], forked: bool
) -> None:
    a, b, empty = forgotten
    _usurp(b)
    _refilled(a)
    _read(b)
    empty()
    if forked:
        b.edit("d9", {"title": "另一条"})
    assert _refilled(b)["verbatim"] is not forked
    assert service.ledger.record(HUMEN, "d1") is None and verify(service)["ok"], verify(service)["problems"]
    _refilled(a)
    _is_the_owners(service, a, b)


def test_a_change_under_the_id_of_a_forgotten_one_does_not_keep_it_out(
    service: Service, forgotten: tuple[Any, Any, Callable[[], None]]
) -> None:
    a, b, _empty = forgotten
    row = next(row for row in a.rows if row.record == "d1")
    b.push({**b.change("d9", {"title": "抢号"}), "id": row.change})
    a.edit("d7", {"title": "恢复之后写的"})
    _refilled(a)
    _is_the_owners(service, a, b)


def test_a_step_on_a_forgotten_record_begins_none(service: Service, forgotten: tuple[Any, Any, Callable[[], None]]) -> None:
    a, b, _empty = forgotten
    assert b.edit("d1", stage=["registered", "matching"], reason="已联系") == ["NOT_HERE_NOW"]
    assert list(dump(service)) == [] and _refilled(a)["verbatim"]
    _is_the_owners(service, a, b)


def test_a_record_its_owner_began_again_before_his_history_came_back_is_his_since_then(
    service: Service, forgotten: tuple[Any, Any, Callable[[], None]]
) -> None:
    a, b, empty = forgotten
    _usurp(b)
    _read(b)
    empty()
    title = a.rows[1].body["fields"]["title"]
    a.edit("d1", {"title": title, "goal": (None, "先送到的")})
    _refilled(a)
    _refilled(b)
    assert a.see("d1")["created_at"] == a.rows[1].body["at"] and b.edit("d1", {"title": "又来"}) == ["NOT_YOURS"]
    assert verify(service)["ok"], verify(service)["problems"]


def test_a_claim_handed_in_with_its_own_end_takes_nothing(service: Service, forgotten: tuple[Any, Any, Callable[[], None]]) -> None:
    a, b, empty = forgotten
    _usurp(b)
    _refilled(a)
    _read(b)
    empty()
    a.edit("d1", {"title": (None, "没有凭据就先送到的")})  # from a laptop that never read what it wrote
    assert not _refilled(b)["verbatim"] and a.see("d1")["fields"] == {"title": "没有凭据就先送到的"}
    assert verify(service)["ok"], verify(service)["problems"]


def test_what_was_refused_is_kept_aside_again_by_a_refill(service: Service, forgotten: tuple[Any, Any, Callable[[], None]]) -> None:
    a, b, empty = forgotten
    _usurp(b)
    assert a.edit("d1", {"goal": (None, "没有凭据就先送到的")}) == ["NOT_YOURS"]
    _read(a)
    empty()
    assert quarantined(service)["changes"] == [] and _refilled(a)["verbatim"]
    (kept,) = quarantined(service)["changes"]
    assert (kept["unit"], kept["body"]["fields"]) == (CHANGAN, {"goal": [None, "没有凭据就先送到的"]})


@pytest.mark.parametrize("times", [1, 2])
def test_what_was_sent_before_its_proof_and_refused_is_taken_with_it(
    service: Service, forgotten: tuple[Any, Any, Callable[[], None]], times: int
) -> None:
    a, b, _empty = forgotten
    _usurp(b)
    own = [{**refill._as_change(row.body), "record": row.record} for row in a.rows if row.record == "d1" and row.body["device"]]
    assert [answer[2][0]["code"] for answer in a.push(*own)] == ["NOT_YOURS"] * 3, "by hand, in a parcel, or while a refill did not go through"
    for _ in range(times):
        assert not _refilled(a)["verbatim"]
    _is_the_owners(service, a, b)
    assert a.see("d1")["created_at"] == a.rows[1].body["at"]


def test_who_was_first_stays_first_where_a_paper_comes_in_again_by_itself(
    service: Service, desk: Callable[..., Any], submitted: Callable[..., str], tmp_path: Path
) -> None:
    a, b = desk("甲"), desk("丙", unit=HUMEN)
    submitted(a, "d0", "另一项完全不同的需求")  # so that the scan is here before and after
    archive.backup(service, tmp_path / "b.zip")
    common = service.ledger.head(CHANGAN)[1]
    submitted(a)
    submitted(b, "d2")
    first = [one.see(name)["facts"]["received_at"] for one, name in ((a, "d1"), (b, "d2"))]
    for name in ("d1", "d2"):
        review.act(service, name, "accept")
    credits = [one.see(name)["facts"]["counted"]["credit"] for one, name in ((a, "d1"), (b, "d2"))]
    _read(a)
    _read(b)
    archive.restore(service, tmp_path / "b.zip")
    refill.take_back(service, b.actor, _handed(b, 0, b.head))
    a.edit("d9", {"title": "恢复之后写的"})
    assert not refill.take_back(service, a.actor, _handed(a, common, a.head))["verbatim"]
    _read(a)
    assert [one.see(name)["facts"]["received_at"] for one, name in ((a, "d1"), (b, "d2"))] == first
    assert [one.see(name)["facts"]["counted"]["credit"] for one, name in ((a, "d1"), (b, "d2"))] == credits == [1, 0]
    assert verify(service)["ok"], verify(service)["problems"]


@pytest.mark.parametrize("when", ["before it began", "half-way"])
def test_an_upload_that_a_restore_cut_goes_through_afterwards(
    service: Service, desk: Callable[..., Any], tmp_path: Path, when: str
) -> None:
    a = desk("甲")
    archive.backup(service, tmp_path / "b.zip")
    sha256 = hashlib.sha256(LETTER).hexdigest()
    a.push(a.change("o1", company(), "organisation"), a.change("d1", demand("o1")), a.change("e1", letter("d1"), "evidence"),
           a.change("d1", workflow=["draft", "queued"]))  # fmt: skip
    service.uploads.begin(CHANGAN, a.device, sha256, len(LETTER), "scan.pdf")
    service.blobs.part(CHANGAN, sha256).parent.mkdir(exist_ok=True)
    service.blobs.part(CHANGAN, sha256).write_bytes(LETTER[:100])
    if when == "half-way":
        archive.backup(service, tmp_path / "b.zip")
    _read(a)
    archive.restore(service, tmp_path / "b.zip")
    if when == "half-way":
        service.blobs.part(CHANGAN, sha256).unlink()  # another disk
    else:
        refill.take_back(service, a.actor, _handed(a, 0, a.head))
    assert a.see("d1")["workflow"] == "queued" and service.uploads.begin(CHANGAN, a.device, sha256, len(LETTER), "scan.pdf").offset in (0, 100)
    a.deliver(sha256, LETTER)
    assert a.see("d1")["workflow"] == "submitted" and verify(service)["ok"]
