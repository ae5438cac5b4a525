"""Verify finds what is wrong; a backup brings everything back."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from sync.server import archive, review, schema
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
    assert archive.backup(service, out) == {"ok": True, "records": 3, "blobs": 1, "problems": []}
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
