"""Encrypted parcels: whole or not at all, opened only by the right key, and loaded any number of times."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop import credentials, safekeeping
from sync import errors, parcel
from sync.messages import Cursor, Page
from sync.workspace import Workspace
from tests.store.conftest import opened

KEY = bytes(range(32))
HEAD = {"kind": "rescue", "unit": "u"}


def parts(path: Path, key: bytes = KEY) -> list[bytes]:
    with path.open("rb") as source:
        parcel.head(source)
        return list(parcel.sections(source, key))


def give_unit_key(workspace: Workspace) -> None:
    """What the first sync brings."""
    page = Page("e", [], False, (0, Cursor().chain, ""), facts={"unit": {"parcel_key": "ab" * 32}})
    workspace.save_page(page)


@pytest.mark.parametrize("files", [[], [b""], [b"one", b"x" * 3_000_000]])
def test_what_went_in_comes_out(tmp_path: Path, files: list[bytes]) -> None:
    out = tmp_path / "p"
    assert parcel.write(out, HEAD, KEY, {"a": "绝不可见的一句话"}, files, len(files)) == out.stat().st_size
    found = parts(out)
    assert json.loads(found[0]) == {"a": "绝不可见的一句话"} and found[1:] == files
    assert "绝不可见的一句话".encode() not in out.read_bytes()


def test_another_key_a_flipped_bit_a_cut_or_an_added_end_are_noticed(tmp_path: Path) -> None:
    out = tmp_path / "p"
    parcel.write(out, HEAD, KEY, {}, [b"one", b"two"], 2)
    whole = out.read_bytes()
    first_section = whole.index(b"\n", len(parcel.MAGIC)) + 1
    flipped = bytearray(whole)
    flipped[-3] ^= 1
    section = int.from_bytes(whole[-8 - 12 - 3 - 16 : -12 - 3 - 16], "big")
    assert section == 19
    for damaged in (
        bytes(flipped),
        whole[:-10],
        whole[: -8 - 12 - 19],
        whole + whole[first_section:],
        whole[: first_section - 1],
    ):
        out.write_bytes(damaged)
        with pytest.raises(errors.DamagedParcel):
            parts(out)
    out.write_bytes(whole)
    with pytest.raises(errors.DamagedParcel):
        parts(out, bytes(32))


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", parcel.MAGIC, parcel.MAGIC + b"[]\n", parcel.MAGIC + b"{\xff}\n"]
)
def test_what_is_no_parcel_is_told_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "p").write_bytes(content)
    with pytest.raises(errors.DamagedParcel):
        parts(tmp_path / "p")


def test_a_rescue_parcel_moves_unsent_work_to_a_second_laptop_once(
    tmp_path: Path, demand: Callable[..., dict[str, Any]], letter: Path
) -> None:
    one, two = opened(tmp_path / "one", "D1"), opened(tmp_path / "two", "D2")
    record = one.add("demand", [demand()])[0]
    paper = one.attach(record, letter, "demand_letter", {"signed": True, "stamped": True})
    with pytest.raises(errors.Refused):
        safekeeping.rescue_save(one, tmp_path / "p")
    for workspace in (one, two):
        give_unit_key(workspace)
    saved = safekeeping.rescue_save(one, tmp_path / "p")
    assert (saved["records"], saved["files"]) == (3, 1)
    assert safekeeping.rescue_load(two, tmp_path / "p")["records"] == 3
    assert safekeeping.rescue_load(two, tmp_path / "p") == {"records": 0, "files": 0, "bytes": 0}
    assert safekeeping.rescue_load(one, tmp_path / "p")["records"] == 0
    assert two.get(record).fields == one.get(record).fields
    assert two.read(paper.sha256) == letter.read_bytes()
    assert [change.id for change in one.feed.take()] == [change.id for change in two.feed.take()]
    one.close()
    two.close()


def test_a_backup_comes_back_by_its_code_and_moves_aside_what_was_there(
    tmp_path: Path, demand: Callable[..., dict[str, Any]], letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIAISON_PASSPHRASE", "一句很长的口令 with spaces")
    key = credentials.create(tmp_path / "profile")
    workspace = Workspace(tmp_path / "profile", key)
    other = opened(tmp_path / "scratch")
    workspace.enrolled(other.required(), {})
    other.close()
    record = workspace.add("demand", [demand()])[0]
    paper = workspace.attach(record, letter, "demand_letter")
    made = safekeeping.backup(tmp_path / "profile", workspace, tmp_path / "b")
    workspace.close()
    monkeypatch.setenv("LIAISON_PASSPHRASE", "另一台电脑的口令")
    with pytest.raises(errors.WrongPassphrase):
        safekeeping.restore(tmp_path / "new", tmp_path / "b", "AAAAA-AAAAA-AAAAA-AAAAA")
    assert not (tmp_path / "new").exists()
    done = safekeeping.restore(tmp_path / "profile", tmp_path / "b", made["code"].lower())
    assert Path(done["aside"]).is_dir()
    again = Workspace(tmp_path / "profile", credentials.unlock(tmp_path / "profile") or b"")
    assert again.get(record).fields["title"] and again.read(paper.sha256) == letter.read_bytes()
    again.close()
