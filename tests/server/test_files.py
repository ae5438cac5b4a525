"""Evidence coming in: cut, resumed, damaged, unwanted, twice."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sync.messages import Cursor
from sync.sealed import proof
from sync.server import archive
from sync.server.upkeep import verify
from tests.server.conftest import CHANGAN

DATA = os.urandom(300_000)
SHA = hashlib.sha256(DATA).hexdigest()
PART = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


def _begin(sha256: str = SHA, length: int = len(DATA)) -> dict[str, str]:
    tags = f"sha256 {base64.b64encode(sha256.encode()).decode()},filename {base64.b64encode('信.pdf'.encode()).decode()}"
    return {"Tus-Resumable": "1.0.0", "Upload-Length": str(length), "Upload-Metadata": tags}


def _paper(sha256: str = SHA, size: int = len(DATA)) -> dict[str, Any]:
    return {"subject": "d1", "kind": "other", "file": "b", "sha256": sha256, "bytes": size, "mime": "x", "pages": 1}


@pytest.fixture
def laptop(site: Any) -> Any:
    caller = site.laptop()
    caller.push(caller.change("d1", {"title": "主轴"}), caller.change("e1", _paper(), "evidence"))
    return caller


def _part(caller: Any, start: int, end: int, sha256: str = SHA, **headers: str) -> Any:
    given = {**PART, "Upload-Offset": str(start), **headers}
    return caller.ask("PATCH", f"/v1/files/{sha256}", headers=given, data=DATA[start:end])


def _offset(caller: Any, sha256: str = SHA) -> int:
    return int(caller.ask("HEAD", f"/v1/files/{sha256}", headers={"Tus-Resumable": "1.0.0"}).headers["Upload-Offset"])


def test_in_parts_and_back_again(site: Any, laptop: Any) -> None:
    answer = laptop.ask("POST", "/v1/files", headers=_begin())
    assert (answer.status_code, answer.headers["Location"].partition("?")[0], answer.headers["Upload-Offset"]) == (201, f"/v1/files/{SHA}", "0")
    assert _part(laptop, 0, 100_000).headers["Upload-Offset"] == "100000" and _offset(laptop) == 100_000
    assert laptop.ask("GET", f"/v1/files/{SHA}").status_code == 404, "not before it is complete"
    assert _part(laptop, 100_000, len(DATA)).status_code == 204
    whole = laptop.ask("GET", f"/v1/files/{SHA}")
    assert whole.content == DATA and whole.headers["Content-Digest"] == whole.headers["Repr-Digest"]
    assert verify(site.service)["ok"] and verify(site.service)["blobs"] == 1


def test_creation_may_carry_the_first_part(laptop: Any) -> None:
    answer = laptop.ask("POST", "/v1/files", headers={**_begin(), **PART}, data=DATA[:50_000])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "50000")
    again = laptop.ask("POST", "/v1/files", headers={**_begin(), **PART}, data=DATA[:60_000])
    assert again.headers["Upload-Offset"] == "50000", "begun anew it goes on where it was"


@pytest.mark.parametrize(
    ("text", "start", "end"), [("bytes=0-9", 0, 10), ("bytes=299990-", 299_990, 300_000), ("bytes=-5", 299_995, 300_000)]
)
def test_ranges(laptop: Any, text: str, start: int, end: int) -> None:
    laptop.ask("POST", "/v1/files", headers={**_begin(), **PART}, data=DATA)
    answer = laptop.ask("GET", f"/v1/files/{SHA}", headers={"Range": text})
    assert answer.status_code == 206 and answer.content == DATA[start:end]
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    past = laptop.ask("GET", f"/v1/files/{SHA}", headers={"Range": "bytes=300000-"})
    assert (past.status_code, past.headers["Content-Range"]) == (416, "bytes */300000")


def test_the_wrong_offset_is_answered_with_the_true_one(laptop: Any) -> None:
    laptop.ask("POST", "/v1/files", headers={**_begin(), **PART}, data=DATA[:1000])
    answer = _part(laptop, 0, 2000)
    assert (answer.status_code, answer.headers["Upload-Offset"], answer.json()["code"]) == (409, "1000", "upload_offset")
    assert _part(laptop, 5000, 6000).status_code == 409 and _offset(laptop) == 1000


def test_a_line_that_breaks_costs_only_what_did_not_arrive(site: Any, laptop: Any) -> None:
    laptop.ask("POST", "/v1/files", headers=_begin())
    parts = urlsplit(site.url)
    head = {
        **PART, "Upload-Offset": "0", "Host": parts.netloc, "Content-Length": str(len(DATA)), "Authorization": f"DPoP {laptop.token}",
        "DPoP": proof(laptop.key, "PATCH", f"{site.url}/v1/files/{SHA}", laptop.nonce, laptop.token),
    }  # fmt: skip
    text = f"PATCH /v1/files/{SHA} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in head.items()) + "\r\n"
    with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as line:
        line.sendall(text.encode() + DATA[:120_000])
        line.shutdown(socket.SHUT_WR)
        line.recv(1000)
    reached = _offset(laptop)
    assert 0 < reached <= 120_000
    assert _part(laptop, reached, len(DATA)).status_code == 204
    assert laptop.ask("GET", f"/v1/files/{SHA}").content == DATA


@contextmanager
def _hanging(site: Any, laptop: Any) -> Iterator[socket.socket]:
    """A line on which the first thousand bytes of a part came and no more."""
    parts = urlsplit(site.url)
    head = {
        **PART, "Upload-Offset": "0", "Host": parts.netloc, "Content-Length": str(len(DATA)), "Authorization": f"DPoP {laptop.token}",
        "DPoP": proof(laptop.key, "PATCH", f"{site.url}/v1/files/{SHA}", laptop.nonce, laptop.token),
    }  # fmt: skip
    text = f"PATCH /v1/files/{SHA} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in head.items()) + "\r\n"
    with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as line:
        line.sendall(text.encode() + DATA[:1000])
        yield line


def test_a_new_connection_takes_over_from_one_that_hangs(site: Any, laptop: Any) -> None:
    laptop.ask("POST", "/v1/files", headers=_begin())
    with _hanging(site, laptop) as line:
        while site.service.blobs.offset(CHANGAN, SHA) < 1000:
            pass
        assert _part(laptop, 1000, len(DATA)).status_code == 204
        line.sendall(DATA[1000:])
    assert laptop.ask("GET", f"/v1/files/{SHA}").content == DATA


def test_an_offset_that_was_told_does_not_move_by_what_a_broken_line_still_brings(site: Any, laptop: Any) -> None:
    laptop.ask("POST", "/v1/files", headers=_begin())
    with _hanging(site, laptop) as line:
        while site.service.blobs.offset(CHANGAN, SHA) < 1000:
            pass
        assert _offset(laptop) == 1000
        line.sendall(DATA[1000:50_000])
        assert line.recv(100).startswith(b"HTTP/1.1 423"), "nobody goes on beside whoever asked"
    assert _offset(laptop) == 1000 and _part(laptop, 1000, len(DATA)).status_code == 204


def test_a_file_that_is_not_what_it_says_is_thrown_away(site: Any, laptop: Any) -> None:
    wrong = DATA[:-1] + bytes([DATA[-1] ^ 1])
    answer = laptop.ask("POST", "/v1/files", headers={**_begin(), **PART}, data=wrong)
    assert (answer.status_code, answer.json()["code"], answer.headers["Upload-Offset"]) == (460, "checksum_mismatch", "0")
    assert _offset(laptop) == 0
    assert laptop.ask("POST", "/v1/files", headers={**_begin(), **PART}, data=DATA).headers["Upload-Offset"] == str(len(DATA))


def test_a_part_with_a_wrong_checksum_is_not_kept(laptop: Any) -> None:
    laptop.ask("POST", "/v1/files", headers={**_begin(), **PART}, data=DATA[:1000])
    good = base64.b64encode(hashlib.sha256(DATA[1000:2000]).digest()).decode()
    bad = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    assert _part(laptop, 1000, 2000, **{"Upload-Checksum": f"sha256 {bad}"}).status_code == 460 and _offset(laptop) == 1000
    assert _part(laptop, 1000, 2000, **{"Upload-Checksum": f"sha256 {good}"}).status_code == 204
    assert _part(laptop, 2000, 3000, **{"Upload-Checksum": "md5 AAAA"}).status_code == 400 and _offset(laptop) == 2000


def test_more_than_was_announced_is_refused(laptop: Any) -> None:
    answer = laptop.ask("POST", "/v1/files", headers={**_begin(length=1000), **PART}, data=DATA[:2000])
    assert answer.status_code == 409 and _offset(laptop) == 0


def test_a_whole_file_takes_nothing_more_and_is_not_begun_anew(laptop: Any) -> None:
    laptop.ask("POST", "/v1/files", headers=_begin())
    assert _part(laptop, 0, len(DATA)).status_code == 204
    for part, status in ((b"", 204), (b"x", 409)):
        given = {**PART, "Upload-Offset": str(len(DATA))}
        again = laptop.ask("PATCH", f"/v1/files/{SHA}", headers=given, data=part)
        assert (again.status_code, again.headers["Upload-Offset"]) == (status, str(len(DATA)))
    assert laptop.ask("GET", f"/v1/files/{SHA}").content == DATA


def test_only_files_a_record_of_the_unit_refers_to_are_taken(site: Any, laptop: Any) -> None:
    other = hashlib.sha256(b"nobody wants this").hexdigest()
    answer = laptop.ask("POST", "/v1/files", headers=_begin(other, 17))
    assert (answer.status_code, answer.json()["code"]) == (404, "file_not_wanted")
    stranger = site.laptop("441900121", "丙")
    assert stranger.ask("POST", "/v1/files", headers=_begin()).status_code == 404


def test_knowing_a_digest_opens_no_file_a_unit_brings_the_bytes_itself(site: Any, laptop: Any) -> None:
    laptop.ask("POST", "/v1/files", headers={**_begin(), **PART}, data=DATA)
    stranger = site.laptop("441900121", "丙")
    stranger.push(stranger.change("d9", {"title": "主轴"}), stranger.change("e9", _paper() | {"subject": "d9"}, "evidence"))
    assert stranger.ask("GET", f"/v1/files/{SHA}").status_code == 404
    begun = stranger.ask("POST", "/v1/files", headers=_begin())
    assert begun.headers["Upload-Offset"] == "0"
    assert _part(stranger, 0, len(DATA)).status_code == 204
    assert stranger.ask("GET", f"/v1/files/{SHA}").content == DATA
    peer = site.laptop(name="乙")
    assert peer.ask("POST", "/v1/files", headers=_begin()).headers["Upload-Offset"] == str(len(DATA)), "the own unit has it"
    assert verify(site.service)["blobs"] == 1


def test_limits_and_versions_have_refusals_of_their_own(site: Any, laptop: Any) -> None:
    from sync.server.units import publish

    publish(site.service.database, "parameters", {"max_file_bytes": 1000})
    answer = laptop.ask("POST", "/v1/files", headers=_begin())
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (413, "file_too_large", 1000)
    assert laptop.ask("OPTIONS", "/v1/files").headers["Tus-Max-Size"] == "1000"
    assert laptop.ask("HEAD", f"/v1/files/{SHA}").status_code == 412
    assert laptop.ask("DELETE", f"/v1/files/{SHA}").json()["code"] == "not_deletable"
    assert laptop.ask("PATCH", f"/v1/files/{SHA}", headers={"Tus-Resumable": "1.0.0"}, data=b"x").status_code == 415
    assert laptop.ask("HEAD", "/v1/files/..%2f..%2fetc", headers={"Tus-Resumable": "1.0.0"}).status_code == 404


def test_a_platform_that_fell_before_it_could_say_so_finishes_when_asked(site: Any, laptop: Any) -> None:
    laptop.ask("POST", "/v1/files", headers=_begin())
    path = site.service.blobs.part("441900119", SHA)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(DATA)
    assert _offset(laptop) == len(DATA)
    assert laptop.ask("GET", f"/v1/files/{SHA}").content == DATA and not path.exists()


def test_a_paper_is_submitted_by_its_last_upload(site: Any, desk: Callable[..., Any], submitted: Callable[..., str]) -> None:
    submitted(desk("乙"), "d2", data=DATA)
    caller = site.laptop()
    assert caller.ask("GET", "/v1/records/d2").json()["workflow"] == "submitted"
    assert caller.ask("GET", f"/v1/files/{SHA}").content == DATA


def _deliver(caller: Any) -> Any:
    return caller.ask("POST", "/v1/files", headers={**_begin(), **PART}, data=DATA)


def _wanted(caller: Any) -> list[str]:
    return list(caller.ask("POST", "/v1/sync/pull", {"cursor": Cursor().to_json()}).json()["want"])


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(DATA[:-1] + b"x")])
def test_a_file_that_is_not_what_it_was_is_asked_for_again(site: Any, laptop: Any, harm: Callable[[Path], Any]) -> None:
    assert _deliver(laptop).headers["Upload-Offset"] == str(len(DATA)) and not _wanted(laptop)
    harm(site.service.blobs.path(SHA))
    for _ in range(2):
        found = verify(site.service)
        assert not found["ok"] and [one["id"] for one in found["problems"]] == [SHA]
        assert _wanted(laptop) == [SHA] and laptop.ask("GET", f"/v1/files/{SHA}").status_code == 404
    _deliver(laptop)
    assert verify(site.service)["ok"] and not _wanted(laptop) and laptop.ask("GET", f"/v1/files/{SHA}").content == DATA


def test_who_asks_for_a_file_that_is_gone_is_told_and_it_is_wanted(site: Any, laptop: Any) -> None:
    _deliver(laptop)
    site.service.blobs.path(SHA).unlink()
    assert laptop.ask("GET", f"/v1/files/{SHA}").status_code == 404 and _wanted(laptop) == [SHA]


def test_another_units_copy_takes_the_place_of_a_damaged_one(site: Any, laptop: Any) -> None:
    _deliver(laptop)
    site.service.blobs.path(SHA).write_bytes(b"rot")
    other = site.laptop("441900102", "王五")
    other.push(other.change("d9", {"title": "别的"}), other.change("e9", {**_paper(), "subject": "d9"}, "evidence"))
    _deliver(other)
    assert other.ask("GET", f"/v1/files/{SHA}").content == laptop.ask("GET", f"/v1/files/{SHA}").content == DATA


def test_a_damaged_scan_spoils_no_backup(site: Any, laptop: Any, tmp_path: Path) -> None:
    _deliver(laptop)
    site.service.blobs.path(SHA).write_bytes(b"rot")
    out = tmp_path / "b.zip"
    said = archive.backup(site.service, out)
    assert (said["ok"], said["blobs"], [one["id"] for one in said["problems"]]) == (False, 0, [SHA])
    site.service.blobs.path(SHA).unlink()
    archive.restore(site.service, out)
    assert _wanted(laptop) == [SHA]
    _deliver(laptop)
    assert verify(site.service)["ok"] and archive.backup(site.service, out)["ok"]
    assert sorted(os.listdir(tmp_path)) == ["b.zip", "platform"]
