"""Who gets in: enrolment, proofs, and every route against every kind of caller."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.routing import APIRoute
from sqlalchemy import update

from sync.messages import GENESIS
from sync.sealed import proof, public_jwk
from sync.server import accounts, database, schema
from sync.server.app import create_app
from sync.server.proof import Proofs, token_hash
from sync.server.refusals import Refusal
from sync.server.service import Service

# -------------------------------------------------------------------------------------------------- enrolment


def test_a_code_admits_one_device_and_says_all_it_needs(site: Any) -> None:
    caller = site.newcomer()
    code = site.service.accounts.add("441900119", "甲")[1]
    answer = caller.enrol(code)
    body = answer.json()
    assert answer.status_code == 201 and body.keys() == {"token", "device", "liaison", "unit", "platform", "nonce", "time"}
    assert body["unit"]["name"] == "长安镇" and body["liaison"]["name"] == "甲"
    assert body["platform"]["thumbprint"] == caller.ask("GET", "/v1/hello").json()["platform"]
    other = site.newcomer()
    assert (other.enrol(code).status_code, other.enrol(code).json()["code"]) == (409, "code_used")


def test_a_lost_answer_may_be_asked_for_again_by_the_same_key(site: Any) -> None:
    caller = site.newcomer()
    code = site.service.accounts.add("441900119", "甲")[1]
    first = caller.enrol(code).json()
    second = caller.enrol(code.lower().replace("-", " ")).json()
    assert second["device"] == first["device"] and second["token"] != first["token"]
    assert caller.ask("GET", "/v1/records/none").status_code == 404
    caller.token = first["token"]
    assert caller.ask("GET", "/v1/records/none").json()["code"] == "not_enrolled"


def test_codes_are_shown_in_unambiguous_characters_and_kept_as_a_hash(service: Service) -> None:
    code = service.accounts.add("441900119", "甲")[1]
    assert len(code.replace("-", "")) == 16 and set(code) <= set(accounts.ALPHABET) | {"-"}
    assert not set("01ILO") & set(accounts.ALPHABET)
    plain = code.replace("-", "").encode()
    files = [path for path in service.settings.data.rglob("*") if path.is_file()]
    assert all(plain not in path.read_bytes() and code.encode() not in path.read_bytes() for path in files)


def test_an_old_code_an_unknown_and_a_replaced_one_are_told_apart_from_nothing(site: Any) -> None:
    service = site.service
    old = service.accounts.add("441900119", "甲")[1]
    with service.database.write() as connection:
        connection.execute(update(schema.code).values(expires_at="2026-01-01T00:00:00.000000Z"))
    assert site.newcomer().enrol(old).json()["code"] == "code_expired"
    new = service.accounts.add("441900119", "甲")[1]
    assert site.newcomer().enrol(old).json()["code"] == "code_unknown", "a new code for the same liaison replaces the old"
    assert site.newcomer().enrol(new).status_code == 201
    assert site.newcomer().enrol("").json()["code"] == "code_unknown"


def test_ten_wrong_tries_kill_a_code(service: Service) -> None:
    code = service.accounts.add("441900119", "甲")[1]
    wrong = code[:4] + "-2222-2222-2222"
    key = Proofs(service.seal)
    holder = Ed25519PrivateKey.generate()
    checked = key.check(proof(holder, "POST", "http://x/v1/enrol", service.seal.nonce(), ""), "POST", "x", "/v1/enrol")
    for place in range(accounts.TRIES):
        with pytest.raises(Refusal) as refused:
            service.accounts.enrol(wrong, checked, "", f"10.0.0.{place}")
        assert refused.value.code == "code_unknown"
    with pytest.raises(Refusal) as refused:
        service.accounts.enrol(code, checked, "", "10.0.1.1")
    assert refused.value.code == "code_dead"


def test_an_address_that_guesses_waits_longer_each_time(service: Service) -> None:
    holder = Ed25519PrivateKey.generate()
    checked = Proofs(service.seal).check(
        proof(holder, "POST", "http://x/v1/enrol", service.seal.nonce(), ""), "POST", "x", "/v1/enrol"
    )

    def guess() -> Refusal:
        with pytest.raises(Refusal) as refused:
            service.accounts.enrol("2222-2222-2222-2222", checked, "", "10.0.0.9")
        return refused.value

    assert [guess().code for _ in range(4)] == ["code_unknown"] * 3 + ["code_wait"]
    with service.database.write() as connection:
        connection.execute(update(schema.attempt).values(wrong=13, last=database.now()))
    assert int(guess().headers["Retry-After"]) > 500
    code = service.accounts.add("441900119", "甲")[1]
    assert service.accounts.enrol(code, checked, "", "10.0.0.10")["token"], "other addresses are not held up"


def test_the_key_in_the_body_must_be_the_one_that_signed(site: Any) -> None:
    caller = site.newcomer()
    code = site.service.accounts.add("441900119", "甲")[1]
    other = public_jwk(Ed25519PrivateKey.generate())
    answer = caller.ask("POST", "/v1/enrol", {"code": code, "key": other, "laptop": ""})
    assert answer.json()["code"] == "bad_proof" and caller.enrol(code).status_code == 201


# ----------------------------------------------------------------------------------------------------- proofs


def _signed(key: Ed25519PrivateKey, head: dict[str, Any], claims: dict[str, Any]) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    text = f"{part(head)}.{part(claims)}"
    return f"{text}.{base64.urlsafe_b64encode(key.sign(text.encode())).rstrip(b'=').decode()}"


Tamper = Callable[[dict[str, Any], dict[str, Any], Ed25519PrivateKey], None]
TAMPERED: dict[str, Tamper] = {
    "other method": lambda _h, c, _k: c.update(htm="GET"),
    "other address": lambda _h, c, _k: c.update(htu="http://x/v1/sync/pull"),
    "other host": lambda _h, c, _k: c.update(htu="http://y/v1/sync/push"),
    "no address": lambda _h, c, _k: c.pop("htu"),
    "other token": lambda _h, c, _k: c.update(ath=token_hash("another")),
    "no token hash": lambda _h, c, _k: c.pop("ath"),
    "no jti": lambda _h, c, _k: c.pop("jti"),
    "short jti": lambda _h, c, _k: c.update(jti="1"),
    "not a proof": lambda h, _c, _k: h.update(typ="JWT"),
    "no algorithm": lambda h, _c, _k: h.update(alg="none"),
    "symmetric": lambda h, _c, _k: h.update(alg="HS256"),
    "other curve": lambda h, _c, _k: h["jwk"].update(crv="X25519"),
    "private key inside": lambda h, _c, _k: h["jwk"].update(d="AAAA"),
    "foreign key": lambda h, _c, _k: h.update(jwk=public_jwk(Ed25519PrivateKey.generate())),
    "no key": lambda h, _c, _k: h.pop("jwk"),
    "key that is none": lambda h, _c, _k: h["jwk"].update(x="!!"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_proof_that_was_tampered_with_is_refused(service: Service, name: str) -> None:
    key, proofs = Ed25519PrivateKey.generate(), Proofs(service.seal)
    head = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": public_jwk(key)}
    claims = {
        "jti": "0123456789abcdef", "htm": "POST", "htu": "http://x/v1/sync/push", "iat": 0, "nonce": service.seal.nonce(),
        "ath": token_hash("token"),
    }  # fmt: skip
    TAMPERED[name](head, claims, key)
    with pytest.raises(Refusal) as refused:
        proofs.check(_signed(key, head, claims), "POST", "x", "/v1/sync/push", "token")
    assert refused.value.code == "bad_proof"


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "....", "é.é.é", "e30.e30.e30", "bnVsbA.e30.e30", "x" * 9000])
def test_what_is_no_proof_at_all_is_refused(service: Service, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        Proofs(service.seal).check(text, "POST", "x", "/", "token")
    assert refused.value.code == "bad_proof"


def test_a_proof_works_once_and_any_clock_will_do(service: Service) -> None:
    key, proofs = Ed25519PrivateKey.generate(), Proofs(service.seal)
    text = proof(key, "GET", "https://x/v1/records/1?a=b", service.seal.nonce(), "token")  # iat is 0 in it
    assert proofs.check(text, "GET", "x", "/v1/records/1", "token").jwk == public_jwk(key)
    with pytest.raises(Refusal) as refused:
        proofs.check(text, "GET", "x", "/v1/records/1", "token")
    assert refused.value.code == "replayed_proof"


def test_a_nonce_is_good_for_an_hour_and_no_longer(service: Service) -> None:
    seal, moment = service.seal, time.time()
    assert seal.is_fresh(seal.nonce(moment - 3500), moment) and not seal.is_fresh(seal.nonce(moment - 4300), moment)
    assert not seal.is_fresh(seal.nonce(moment + 1300), moment) and not seal.is_fresh("", moment)
    assert service.seal.nonce() == type(seal)(service.database).nonce(), "a restart or another worker knows it too"


def test_a_request_without_nonce_is_told_one_and_every_answer_carries_one(site: Any) -> None:
    caller = site.laptop()
    signed = {"DPoP": proof(caller.key, "GET", f"{site.url}/v1/records/x", "", caller.token), "Authorization": f"DPoP {caller.token}"}
    answer = requests.get(f"{site.url}/v1/records/x", headers=signed, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, "use_dpop_nonce")
    for path in ("/v1/hello", "/openapi.json", "/nowhere", "/v1/sync/push", "/v1/records/x"):
        nonce = requests.get(site.url + path, timeout=10).headers["DPoP-Nonce"]
        assert site.service.seal.is_fresh(nonce), path


def test_a_stolen_token_is_useless_and_its_owner_is_not_locked_out(site: Any) -> None:
    caller, thief = site.laptop(), site.newcomer()
    thief.token = caller.token
    assert thief.ask("GET", "/v1/records/x").json()["code"] == "bad_proof"
    assert caller.ask("GET", "/v1/records/x").status_code == 404
    plain = requests.get(f"{site.url}/v1/records/x", headers={"Authorization": f"Bearer {caller.token}"}, timeout=10)
    assert plain.status_code == 401


def test_a_closed_device_is_out_at_once_and_a_lost_one_is_told_to_erase(site: Any) -> None:
    one, two = site.laptop(name="甲"), site.laptop(name="乙")
    site.service.accounts.revoke(one.device)
    site.service.accounts.revoke(two.device, wipe=True)
    assert one.ask("GET", "/v1/records/x").json()["code"] == "device_revoked"
    assert two.ask("POST", "/v1/sync/pull", {"cursor": ["", 0, GENESIS]}).json()["code"] == "device_wipe"


def test_a_device_that_asks_without_end_is_slowed_down(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.server.gate.BURST", 5.0)
    monkeypatch.setattr("sync.server.gate.PER_SECOND", 0.001)
    caller = site.laptop()
    answers = [caller.ask("GET", "/v1/records/x").status_code for _ in range(8)]
    assert answers[:5] == [404] * 5 and answers[-1] == 429
    assert site.laptop(name="乙").ask("GET", "/v1/records/x").status_code == 404, "others are not slowed down"


# ---------------------------------------------------------------------------------------- every route, every role

#: route -> (what another unit gets, what the own unit gets); None: open to everybody
SHA = "cd" * 32
MATRIX: dict[tuple[str, str], tuple[int, int] | None] = {
    ("GET", "/openapi.json"): None,
    ("GET", "/v1/hello"): None,
    ("POST", "/v1/enrol"): None,
    ("OPTIONS", "/v1/files"): None,
    ("OPTIONS", "/v1/files/{sha256}"): None,
    ("POST", "/v1/sync/pull"): (200, 200),
    ("POST", "/v1/sync/push"): (200, 200),
    ("POST", "/v1/sync/missing"): (200, 200),
    ("POST", "/v1/sync/rows"): (200, 200),
    ("POST", "/v1/sync/refill"): (422, 422),
    ("GET", "/v1/records/{record_id}"): (404, 200),
    ("POST", "/v1/files"): (404, 201),
    ("HEAD", "/v1/files/{sha256}"): (404, 200),
    ("POST", "/v1/files/{sha256}"): (405, 405),
    ("PATCH", "/v1/files/{sha256}"): (404, 409),
    ("DELETE", "/v1/files/{sha256}"): (403, 403),
    ("GET", "/v1/files/{sha256}"): (404, 404),
}
BODIES: dict[str, Any] = {
    "/v1/sync/pull": {"cursor": ["", 0, GENESIS]},
    "/v1/sync/push": {"changes": []},
    "/v1/sync/missing": {"ids": ["a"]},
    "/v1/sync/rows": {"seqs": [0, 1]},
    "/v1/sync/refill": {"rows": [{}], "epoch": "e", "head": [1, GENESIS, "s"]},
}
TUS = {
    "Tus-Resumable": "1.0.0", "Upload-Length": "7", "Upload-Offset": "5", "Content-Type": "application/offset+octet-stream",
    "Upload-Metadata": f"sha256 {base64.b64encode(SHA.encode()).decode()}",
}  # fmt: skip


def _declared(service: Service) -> set[tuple[str, str]]:
    routes = [route for route in create_app(service).routes if isinstance(route, APIRoute)]
    return {(method, route.path) for route in routes for method in route.methods}


def test_every_route_is_declared_here(service: Service) -> None:
    assert _declared(service) == MATRIX.keys()


@pytest.mark.parametrize("role", ["liaison", "centre", "bureau"])
def test_no_route_gives_anything_of_another_unit_nor_to_a_stranger(site: Any, role: str) -> None:
    owner = site.laptop()
    paper = {"subject": "d1", "kind": "other", "file": "b", "sha256": SHA, "bytes": 7, "mime": "x", "pages": 1}
    assert owner.push(owner.change("d1", {"title": "只有本单位能看的题目"}), owner.change("e1", paper, "evidence")).status_code == 200
    stranger, other, peer = site.newcomer(), site.laptop("441900121", "丙", role), site.laptop(name="丁", role=role)
    stranger.token = "no-such-token"
    begin = ("POST", "/v1/files")
    for (method, path), expected in sorted(MATRIX.items(), key=lambda item: item[0] != begin):
        if expected is None:
            continue
        where = path.format(record_id="d1", sha256=SHA)
        headers = TUS if path.startswith("/v1/files") else {}
        data = {"data": b"1234567"} if method == "PATCH" else {}
        got = {}
        for name, caller in (("stranger", stranger), ("other", other), ("own", peer)):
            answer = caller.ask(method, where, BODIES.get(path), headers, **data)
            got[name] = answer.status_code
            if name != "own":
                assert "只有本单位" not in answer.text, (method, path, name)
        assert got == {"stranger": 401, "other": expected[0], "own": expected[1]}, (method, path)


def test_the_description_names_every_route_and_its_refusals(site: Any) -> None:
    document = requests.get(f"{site.url}/openapi.json", timeout=10).json()
    paths = {(method.upper(), path) for path, one in document["paths"].items() for method in one}
    assert paths == MATRIX.keys() - {("GET", "/openapi.json")}
    push = document["paths"]["/v1/sync/push"]["post"]
    assert push["requestBody"]["content"]["application/json"]["example"]["changes"][0]["kind"] == "demand"
    assert "client_too_old" in push["responses"]["426"]["content"]["application/problem+json"]["examples"]
    refs = [part.split('"')[0] for part in json.dumps(document).split('"$ref": "#/components/schemas/')[1:]]
    assert refs and set(refs) <= document["components"]["schemas"].keys()
