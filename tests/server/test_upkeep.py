"""Verify finds what is wrong; a backup brings everything back; laptops hand in what it lacked."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from sync.messages import GENESIS
from sync.server import archive, refill, review, schema
from sync.server.held import Actor
from sync.server.ledger import Diverged
from sync.server.refusals import Refusal
from sync.server.service import Service
from sync.server.upkeep import dump, verify

CHANGAN = "441900119"


def _spoil(service: Service, statement: Any) -> None:
    with service.database.write() as connection:
        connection.execute(statement)


def _count(service: Service) -> Any:
    with service.database.read() as connection:
        facts = connection.execute(select(schema.record.c.facts).where(schema.record.c.id == "d1")).scalar_one()
    assert '"credit":1' in facts
    return update(schema.record).where(schema.record.c.id == "d1").values(facts=facts.replace('"credit":1', '"credit":2'))


SPOILED: dict[str, tuple[Callable[[Service], Any], str]] = {
    "a record changed behind the feed": (lambda s: _spoil(s, text("UPDATE record SET fields = '{}' WHERE id = 'd1'")), "record"),
    "a record lost": (lambda s: _spoil(s, delete(schema.record).where(schema.record.c.id == "d1")), "record"),
    "a row changed": (lambda s: _spoil(s, text("UPDATE feed SET body = replace(body, '主轴', '副轴') WHERE seq = 2")), "feed"),
    "a row lost": (lambda s: _spoil(s, text("DELETE FROM feed WHERE seq = 2")), "feed"),
    "the head moved": (lambda s: _spoil(s, update(schema.head).values(chain="ab" * 32)), "feed"),
    "a count altered": (lambda s: _spoil(s, _count(s)), "count"),
    "a file lost": (lambda s: next((s.settings.data / "files").glob("*/*")).unlink(), "blob"),
    "a file damaged": (lambda s: next((s.settings.data / "files").glob("*/*")).write_bytes(b"x"), "blob"),
    "a file unknown": (lambda s: _spoil(s, delete(schema.blob)), "holding"),
    "a paper said to be here": (lambda s: _spoil(s, delete(schema.holding)), "paper"),
    "a reference into nothing": (
        lambda s: _spoil(s, text("UPDATE record SET id = 'elsewhere' WHERE id = 'o-441900119-d1'")), "reference",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_verify_finds_every_kind_of_damage(
    service: Service, desk: Callable[..., Any], submitted: Callable[..., str], name: str
) -> None:
    submitted(desk("甲"))
    review.act(service, "d1", "accept")
    assert verify(service) == {"ok": True, "records": 4 - 1, "blobs": 1, "problems": []}
    spoil, what = SPOILED[name]
    spoil(service)
    found = verify(service)
    assert not found["ok"] and what in {one["what"] for one in found["problems"]}


def test_the_dump_has_every_record_by_id(service: Service, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    a, c = desk("甲"), desk("丙", unit="441900121")
    submitted(a)
    c.edit("c1", {"title": "虎门的"})
    lines = list(dump(service))
    assert [one["id"] for one in lines] == sorted(one["id"] for one in lines) == ["c1", "d1", "e-d1", "o-441900119-d1"]
    paper = next(one for one in lines if one["id"] == "d1")
    assert paper["evidence"] == [a.see("e-d1")["fields"]["sha256"]] and paper["workflow"] == "submitted"
    assert paper["fields"] == a.see("d1")["fields"] and paper["version"] == a.see("d1")["version"]
    assert next(one for one in lines if one["id"] == "e-d1")["workflow"] is None


def test_a_backup_brings_back_records_files_and_accounts(
    site: Any, desk: Callable[..., Any], submitted: Callable[..., str], tmp_path: Path
) -> None:
    service, caller = site.service, site.laptop()
    submitted(desk("乙"))
    before, out = list(dump(service)), tmp_path / "b.zip"
    assert archive.backup(service, out) == {"records": 3, "blobs": 1}
    desk("乙").edit("d2", {"title": "之后的"})
    next((service.settings.data / "files").glob("*/*")).unlink()
    epoch = service.ledger.head(CHANGAN)[0]
    assert archive.restore(service, out) == {"records": 3, "blobs": 1}
    assert list(dump(service)) == before and service.ledger.head(CHANGAN)[0] != epoch
    assert verify(service)["ok"] and caller.ask("GET", "/v1/records/d1").status_code == 200


@pytest.mark.parametrize("what", ["not a zip", "no backup", "damaged", "a table cut short", "newer"])
def test_a_damaged_backup_changes_nothing(
    service: Service, desk: Callable[..., Any], submitted: Callable[..., str], tmp_path: Path, what: str
) -> None:
    submitted(desk("甲"))
    out = tmp_path / "b.zip"
    archive.backup(service, out)
    before = list(dump(service))
    if what == "not a zip":
        out.write_bytes(b"hello")
    elif what == "damaged":
        data = bytearray(out.read_bytes())
        data[len(data) // 2] ^= 0xFF
        out.write_bytes(data)
    else:
        _rewrite(out, what)
    with pytest.raises((archive.DamagedBackup, archive.NewerPlatform)):
        archive.restore(service, out)
    assert list(dump(service)) == before and verify(service)["ok"]


def _rewrite(out: Path, what: str) -> None:
    with zipfile.ZipFile(out) as archived:
        parts = {name: archived.read(name) for name in archived.namelist()}
    about = json.loads(parts["about.json"])
    if what == "no backup":
        about["format"] = "something"
    elif what == "newer":
        about["schema"] = 99
    else:
        parts["tables/feed.jsonl"] = b""
    parts["about.json"] = json.dumps(about).encode()
    with zipfile.ZipFile(out, "w") as written:
        for name, data in parts.items():
            written.writestr(name, data)


# ------------------------------------------------------------------------------------- the way back after a restore


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
