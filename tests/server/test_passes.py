"""A plain tus 1.0 client, which knows nothing of proofs, uploads one file with a pass; a pass opens nothing else."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from sync.server import passes
from sync.server.upkeep import verify

DATA = os.urandom(300_000)
SHA = hashlib.sha256(DATA).hexdigest()
TUS = {"Tus-Resumable": "1.0.0"}


@dataclass
class Foreign:
    """A tus client as the protocol's text describes one: an endpoint, headers for every request, parts of a size."""

    endpoint: str
    headers: dict[str, str] = field(default_factory=dict)
    part: int = 100_000

    def create(self, length: int, **tags: str) -> str:
        """Creation; the upload's address."""
        listed = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in tags.items())
        headers = {**self.headers, **TUS, "Upload-Length": str(length), **({"Upload-Metadata": listed} if tags else {})}
        answer = requests.post(self.endpoint, headers=headers, timeout=20)
        answer.raise_for_status()
        assert (answer.status_code, answer.headers["Tus-Resumable"]) == (201, "1.0.0")
        return urljoin(self.endpoint, answer.headers["Location"])

    def offset(self, address: str) -> int:
        answer = requests.head(address, headers={**self.headers, **TUS}, timeout=20)
        answer.raise_for_status()
        assert answer.headers["Cache-Control"] == "no-store"
        return int(answer.headers["Upload-Offset"])

    def send(self, address: str, data: bytes, parts: int = 99) -> int:
        """Go on where the server is, at most ``parts`` times; the offset reached."""
        offset = self.offset(address)
        while offset < len(data) and parts:
            piece, parts = data[offset : offset + self.part], parts - 1
            checksum = f"sha1 {base64.b64encode(hashlib.sha1(piece, usedforsecurity=False).digest()).decode()}"
            headers = {**self.headers, **TUS, "Upload-Offset": str(offset), "Upload-Checksum": checksum}
            headers["Content-Type"] = "application/offset+octet-stream"
            answer = requests.patch(address, data=piece, headers=headers, timeout=20)
            answer.raise_for_status()
            assert answer.status_code == 204 and int(answer.headers["Upload-Offset"]) == offset + len(piece)
            offset += len(piece)
        return offset


@pytest.fixture
def laptop(site: Any) -> Any:
    caller = site.laptop()
    paper = {"subject": "d1", "kind": "other", "file": "b", "sha256": SHA, "bytes": len(DATA), "mime": "x", "pages": 1}
    caller.push(caller.change("d1", {"title": "主轴"}), caller.change("e1", paper, "evidence"))
    return caller


@pytest.fixture
def address(site: Any, laptop: Any) -> str:
    """Where an upload the device began may be gone on with."""
    tags = f"sha256 {base64.b64encode(SHA.encode()).decode()}"
    begun = laptop.ask("POST", "/v1/files", headers={**TUS, "Upload-Length": str(len(DATA)), "Upload-Metadata": tags})
    return urljoin(site.url, begun.headers["Location"])


def _bearer(address: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {address.partition('pass=')[2]}"}


def test_what_is_spoken_is_told_to_everybody(site: Any, address: str) -> None:
    for where in (f"{site.url}/v1/files", address):
        told = requests.options(where, timeout=20)
        assert told.status_code == 204 and told.headers["Tus-Version"] == "1.0.0"
        assert told.headers["Tus-Extension"] == "creation,creation-with-upload,checksum,expiration"


def test_a_plain_client_goes_on_at_the_address_alone(site: Any, laptop: Any, address: str) -> None:
    client = Foreign(f"{site.url}/v1/files")
    assert client.send(address, DATA, parts=1) == 100_000
    assert Foreign(f"{site.url}/v1/files").send(address, DATA) == len(DATA), "another process goes on where the first broke off"
    assert laptop.ask("GET", f"/v1/files/{SHA}").content == DATA and verify(site.service)["ok"]


@pytest.mark.parametrize("tags", [{}, {"filename": "信.pdf"}, {"sha256": SHA, "filename": "信.pdf"}])
def test_a_plain_client_begins_with_the_pass_as_its_token(site: Any, laptop: Any, address: str, tags: dict[str, str]) -> None:
    client = Foreign(f"{site.url}/v1/files", _bearer(address))
    assert client.send(client.create(len(DATA), **tags), DATA) == len(DATA)
    assert laptop.ask("GET", f"/v1/files/{SHA}").content == DATA


def test_a_part_may_come_by_post(address: str) -> None:
    headers = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert requests.post(address, data=DATA, headers=headers, timeout=20).status_code == 405
    answer = requests.post(address, data=DATA, headers={**headers, "X-HTTP-Method-Override": "PATCH"}, timeout=20)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(DATA)))


def _code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_pass_opens_this_upload_and_nothing_else(site: Any, laptop: Any, address: str) -> None:
    begin = {**TUS, **_bearer(address), "Upload-Length": str(len(DATA) - 1)}
    assert _code(requests.post(f"{site.url}/v1/files", headers=begin, timeout=20)) == (401, "pass_over"), "another length"
    other = base64.b64encode(b"ab" * 32).decode()
    begin = {**TUS, **_bearer(address), "Upload-Length": str(len(DATA)), "Upload-Metadata": f"sha256 {other}"}
    assert _code(requests.post(f"{site.url}/v1/files", headers=begin, timeout=20)) == (401, "pass_over"), "another file"
    elsewhere = address.replace(SHA, "ab" * 32)
    assert requests.head(elsewhere, headers=TUS, timeout=20).status_code == 401
    assert Foreign(site.url).send(address, DATA) == len(DATA)
    assert requests.get(address, timeout=20).status_code == 401, "it does not open what was sent"
    assert requests.get(f"{site.url}/v1/records/d1", headers=_bearer(address), timeout=20).status_code == 401
    assert requests.delete(address, headers=TUS, timeout=20).status_code == 401


def test_an_altered_pass_is_none(address: str) -> None:
    for wrong in (address[:-1] + ("A" if address[-1] != "A" else "B"), address.replace("pass=", "pass=f"), address.rpartition(".")[0]):
        assert requests.head(wrong, headers=TUS, timeout=20).status_code == 401


def test_it_ends_with_its_day(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = requests.head(address, headers=TUS, timeout=20)
    assert told.headers["Upload-Expires"].endswith(" GMT")
    day = passes.time.time() + passes.LIVES + 1
    monkeypatch.setattr("sync.server.passes.time.time", lambda: day)
    headers = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert _code(requests.patch(address, data=DATA, headers=headers, timeout=20)) == (401, "pass_over")


def test_it_ends_with_the_device(site: Any, laptop: Any, address: str) -> None:
    site.service.accounts.revoke(laptop.device)
    headers = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert _code(requests.patch(address, data=DATA, headers=headers, timeout=20)) == (401, "device_revoked")


def test_it_does_not_travel_in_the_open(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.server.gate._is_local", lambda _request: False)
    headers = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert _code(requests.patch(address, data=DATA, headers=headers, timeout=20)) == (403, "pass_in_the_open")
