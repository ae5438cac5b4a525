"""Bodies: limits, damage, encodings, and refusals a program can act on."""

from __future__ import annotations

import base64
import errno
import gzip
import hashlib
import json
import random
from typing import Any

import pytest
import requests
from backports import zstd
from sqlalchemy.exc import OperationalError

from sync.messages import GENESIS
from sync.sealed import proof
from sync.server import wire

PULL = json.dumps({"cursor": ["", 0, GENESIS]}).encode()
#: A frame whose sender asks for a window of 16 MiB.
WIDE = zstd.compress(PULL + random.Random(1).randbytes(20_000_000), options={zstd.CompressionParameter.window_log: 24})[:90_000]


def _digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


@pytest.mark.parametrize(
    ("data", "headers", "status", "code"),
    [
        (b"{", {}, 400, "bad_json"),
        (b"[]", {}, 400, "bad_request"),
        (b'{"cursor": NaN}', {}, 400, "bad_json"),
        (b'{"cursor": "\\ud800"}', {}, 400, "bad_json"),
        (b"[" * 100_000, {}, 400, "bad_json"),
        (b'{"cursor": ["", -1, "x"]}', {}, 400, "bad_request"),
        (PULL, {"Content-Type": "text/plain"}, 415, "bad_media_type"),
        (PULL, {"Content-Encoding": "br"}, 415, "bad_encoding"),
        (b"not gzip", {"Content-Encoding": "gzip"}, 415, "bad_encoding"),
        (gzip.compress(PULL)[:-3], {"Content-Encoding": "gzip"}, 400, "bad_json"),
        (gzip.compress(b" " * 3_000_000), {"Content-Encoding": "gzip"}, 413, "body_too_large"),
        (b"not zstd", {"Content-Encoding": "zstd"}, 415, "bad_encoding"),
        (zstd.compress(PULL)[:-3], {"Content-Encoding": "zstd"}, 400, "bad_json"),
        (zstd.compress(b" " * 3_000_000), {"Content-Encoding": "zstd"}, 413, "body_too_large"),
        (WIDE, {"Content-Encoding": "zstd"}, 415, "bad_encoding"),
        (zstd.compress(PULL), {"Content-Encoding": "zstd", "Content-Digest": _digest(zstd.compress(PULL))}, 200, None),
        (PULL + b" " * 200_000, {}, 413, "body_too_large"),
        (PULL, {"Content-Digest": _digest(b"something else")}, 400, "digest_mismatch"),
        (PULL, {"Content-Digest": "sha-256=:???:"}, 400, "digest_mismatch"),
        (PULL, {"Content-Digest": _digest(PULL)}, 200, None),
        (PULL, {"Content-Digest": "md5=:AAAA:"}, 200, None),
        (gzip.compress(PULL), {"Content-Encoding": "gzip", "Content-Digest": _digest(gzip.compress(PULL))}, 200, None),
    ],
)
def test_a_body_is_taken_only_whole_and_small(site: Any, data: bytes, headers: dict[str, str], status: int, code: str | None) -> None:
    caller = site.laptop()
    answer = caller.ask("POST", "/v1/sync/pull", headers={"Content-Type": "application/json", **headers}, data=data)
    assert answer.status_code == status
    if code is not None:
        assert answer.json()["code"] == code and answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["type"] == f"urn:liaison:problem:{code}" and answer.json()["status"] == status


def test_a_damaged_push_is_refused_before_anything_is_stored(site: Any) -> None:
    caller = site.laptop()
    body = json.dumps({"changes": [caller.change("d1", {"title": "主轴"}).to_json()]}).encode()
    flipped = body.replace("主轴".encode().hex().encode(), b"").replace(b"d1", b"d2")
    answer = caller.ask("POST", "/v1/sync/push", headers={"Content-Type": "application/json", "Content-Digest": _digest(body)}, data=flipped)
    assert answer.json()["code"] == "digest_mismatch" and site.service.ledger.head("441900119")[1] == 0


def test_answers_are_compressed_only_where_wanted_and_carry_their_digest(site: Any) -> None:
    caller = site.laptop()
    for wanted, encoded in (
        ("gzip", "gzip"), ("*", "gzip"), ("identity", None), ("gzip;q=0", None), ("zstd, gzip;q=0.5", "zstd"), ("zstd;q=0, gzip", "gzip"),
    ):  # fmt: skip
        with caller.ask("POST", "/v1/sync/pull", {"cursor": ["", 0, GENESIS]}, {"Accept-Encoding": wanted}, stream=True) as answer:
            raw = answer.raw.read(decode_content=False)
        assert answer.headers.get("Content-Encoding") == encoded
        assert answer.headers["Content-Digest"] == _digest(raw)
        whole = json.loads({"gzip": gzip.decompress, "zstd": zstd.decompress, None: bytes}[encoded](raw))
        assert whole["facts"]["unit"]["code"] == "441900119"


def test_what_does_not_exist_is_a_problem_too(site: Any) -> None:
    assert requests.get(f"{site.url}/v2/anything", timeout=10).json()["code"] == "not_found"
    answer = requests.put(f"{site.url}/v1/sync/push", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.logs("POST /v1/sync/missing failed")
def test_an_error_nobody_foresaw_is_a_problem_without_details(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("绝密")

    monkeypatch.setattr(site.service.ledger, "missing", broken)
    answer = site.laptop().ask("POST", "/v1/sync/missing", {"ids": []})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal") and "绝密" not in answer.text


@pytest.mark.logs("POST /v1/sync/missing failed")
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "x"), OperationalError("INSERT", {}, Exception("database or disk is full"))])
def test_a_full_disk_is_told_as_one(site: Any, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def full(*_: Any) -> None:
        raise error

    monkeypatch.setattr(site.service.ledger, "missing", full)
    answer = site.laptop().ask("POST", "/v1/sync/missing", {"ids": []})
    assert (answer.status_code, answer.json()["code"]) == (507, "no_room")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/sync/pull", {"cursor": ["", 0, GENESIS], "limit": 0}, 400),
        ("/v1/sync/pull", {"cursor": ["", 0, GENESIS], "facts": []}, 400),
        ("/v1/sync/push", {"changes": {}}, 400),
        ("/v1/sync/push", {"changes": [], "protocol": 0}, 426),
        ("/v1/sync/push", {"changes": [1] * 2001}, 413),
        ("/v1/sync/missing", {"ids": [1]}, 400),
        ("/v1/sync/missing", {"ids": ["a"] * 20_001}, 400),
        ("/v1/sync/rows", {"seqs": ["1"]}, 400),
        ("/v1/sync/rows", {"from": 3, "to": 1}, 400),
        ("/v1/sync/rows", {"seqs": [2**60]}, 400),
        ("/v1/sync/refill", {"rows": 1}, 400),
        ("/v1/sync/refill", {"rows": [], "epoch": "e", "head": [True]}, 400),
    ],
)
def test_wrong_shapes_are_named(site: Any, path: str, body: Any, status: int) -> None:
    answer = site.laptop().ask("POST", path, body)
    assert answer.status_code == status and answer.json()["code"] != "internal"


def test_an_old_client_may_still_receive(site: Any) -> None:
    assert site.laptop().ask("POST", "/v1/sync/pull", {"cursor": ["", 0, GENESIS], "protocol": 0}).status_code == 200


def test_small_tables_travel_only_when_they_have_changed(site: Any) -> None:
    caller = site.laptop()
    body = {"cursor": ["", 0, GENESIS]}
    facts = caller.ask("POST", "/v1/sync/pull", body).json()["facts"]
    assert {"unit", "targets", "parameters", "lists", "counted"} <= facts.keys()
    hashes = {name: hashlib.sha256(wire.canonical(value)).hexdigest() for name, value in facts.items()}
    assert caller.ask("POST", "/v1/sync/pull", {**body, "facts": hashes}).json()["facts"] == {}
    from sync.server.units import publish

    publish(site.service.database, "lists", {"industry_dg": ["高端装备"]})
    changed = caller.ask("POST", "/v1/sync/pull", {**body, "facts": hashes}).json()["facts"]
    assert changed.keys() == {"lists"} and changed["lists"]["industry_dg"] == ["高端装备"]


def test_the_heartbeat_says_what_waits_on_a_laptop(site: Any) -> None:
    caller = site.laptop()
    waiting = {"records": 3, "files": 1, "bytes": 5, "secret": "x"}
    caller.ask("POST", "/v1/sync/pull", {"cursor": ["", 0, GENESIS], "pending": waiting})
    (device,) = site.service.accounts.devices()
    assert device["pending"] == {"records": 3, "files": 1, "bytes": 5} and device["last_seen"]
    for odd in (-1, True, 10**30, "7", None):
        caller.ask("POST", "/v1/sync/pull", {"cursor": ["", 0, GENESIS], "pending": {"records": odd, "files": 2}})
        (device,) = site.service.accounts.devices()
        assert device["pending"] == {"records": 0, "files": 2, "bytes": 0}, "the city's sums are made of these"


def test_a_record_has_an_etag(site: Any) -> None:
    caller = site.laptop()
    caller.push(caller.change("d1", {"title": "主轴"}))
    answer = caller.ask("GET", "/v1/records/d1")
    assert answer.headers["ETag"] == '"1"' and answer.json()["fields"] == {"title": "主轴"}
    assert caller.ask("GET", "/v1/records/d1", headers={"If-None-Match": '"1"'}).status_code == 304
    assert caller.ask("GET", "/v1/records/d1", headers={"If-Match": '"9"'}).status_code == 412
    assert caller.ask("GET", "/v1/records/d1", headers={"If-Match": '"9", "1"'}).status_code == 200


def test_the_proof_helper_of_the_client_is_what_the_platform_expects(site: Any) -> None:
    caller = site.laptop()
    text = proof(caller.key, "GET", f"{site.url}/v1/records/d1", caller.nonce, caller.token)
    answer = requests.get(
        f"{site.url}/v1/records/d1", headers={"DPoP": text, "Authorization": f"DPoP {caller.token}"}, timeout=10
    )
    assert answer.status_code == 404
