"""What answers is not the platform, or not well: each is told apart, said with its status, and nothing is lost."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desktop import command_line, credentials
from sync import client, engine, errors
from sync.messages import GENESIS, Change, head_text
from sync.records import Identity
from sync.workspace import Workspace
from tests.support.bad_platforms import answer, silence, stranger
from tests.support.commands import CHANGAN, demand

Say = Callable[..., tuple[int, dict[str, Any]]]
PLATFORM = Ed25519PrivateKey.generate()
PINNED = base64.urlsafe_b64encode(PLATFORM.public_key().public_bytes_raw()).rstrip(b"=").decode()


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An enrolled profile with one demand that waits; retries do not wait."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "")
    monkeypatch.setenv("LIAISON_TODAY", "2026-11-22")
    monkeypatch.setattr(engine.time, "sleep", lambda _seconds: None)
    place = tmp_path / "profile"
    point_at(place, "http://127.0.0.1:9")
    workspace = Workspace(place, credentials.unlock(place) or b"")
    workspace.add("demand", [demand("高光压铸模具表面纳米涂层工艺")])
    workspace.close()
    yield place


def point_at(place: Path, url: str, **access: str) -> None:
    """The profile's platform is at ``url`` from now on."""
    key = credentials.unlock(place) or credentials.create(place)
    workspace = Workspace(place, key)
    secrets = {"key": Ed25519PrivateKey.generate().private_bytes_raw().hex(), "token": "token", "pinned": PINNED, **access}
    workspace.enrolled(Identity(CHANGAN, "长安镇", "town", "L1", "张三", "7f3a91c40b7e55d2", url), secrets)
    workspace.close()


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], profile: Path) -> Say:
    """Runs a command on the profile: its status and its JSON."""

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        status = command_line.main(["--profile", str(profile), "--json", *words])
        return status, json.loads(capsys.readouterr().out)

    return run


def page(**more: Any) -> bytes:
    """A page of a feed that has nothing, signed by the platform."""
    signature = PLATFORM.sign(head_text(CHANGAN, "e1", 0, GENESIS))
    head = [0, GENESIS, base64.urlsafe_b64encode(signature).rstrip(b"=").decode()]
    body = {"epoch": "e1", "rows": [], "more": False, "head": head, "want": [], "facts": {}, "time": "2026-11-22T00:00:00Z"}
    return json.dumps({**body, **more}).encode()


def digest(data: bytes) -> dict[str, str]:
    return {"Content_Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"}


HAN = json.dumps({"detail": "平台正在维护，请稍后再试"}, ensure_ascii=False).encode()
BOMB = gzip.compress(b" " * 80_000_000, 9)
PORTAL = "<html><title>请先登录无线网</title></html>".encode()

STRANGERS: dict[str, tuple[bytes, str]] = {
    "a captive portal's page": (answer(PORTAL, kind="text/html"), "not_the_platform"),
    "a page without a type": (answer(PORTAL, kind=""), "not_the_platform"),
    "a portal that says JSON": (answer(PORTAL), "bad_answer"),
    "a redirect to elsewhere": (answer(status="302 Found", Location="https://login.example/"), "not_the_platform"),
    "a redirect to no address": (answer(status="302 Found", Location="http://[::1"), "not_the_platform"),
    "a network to sign in to": (answer(PORTAL, "511 Network Authentication Required", "text/html"), "not_the_platform"),
    "busy, said by a gateway": (answer(PORTAL, "429 Too Many Requests", "text/html", Retry_After="7"), "server_trouble"),
    "too large for a gateway": (answer(PORTAL, "413 Request Entity Too Large", "text/html"), "too_large"),
    "a wait that is no number": (answer(b"{}", "503 Service Unavailable", Retry_After="\u00b2"), "server_trouble"),
    "a redirect without a place": (answer(status="307 Temporary Redirect"), "not_the_platform"),
    "a permission page": (answer(PORTAL, "403 Forbidden", "text/html"), "not_the_platform"),
    "an error of a gateway": (answer(b"<html>Bad Gateway</html>", "502 Bad Gateway", "text/html"), "server_trouble"),
    "an error in JSON": (answer(b'{"code": "internal"}', "500 Internal Server Error"), "server_trouble"),
    "a platform without room": (answer(b'{"code": "no_room"}', "507 Insufficient Storage"), "platform_full"),
    "busy": (answer(b'{"code": "too_many_requests"}', "429 Too Many Requests", Retry_After="7"), "server_trouble"),
    "busy for ever": (answer(b"{}", "503 Service Unavailable", Retry_After="9" * 400), "server_trouble"),
    "garbage": (b"\x16\x03\x01 this is not HTTP\r\n\r\n", "offline"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n", "offline"),
    "an answer cut in a Han character": (answer(HAN[:17], length=len(HAN)), "offline"),
    "a short answer cut in a Han character": (answer(HAN[:17]), "bad_answer"),
    "a chunk that never ends": (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", "offline"),
    "a wrong chunk": (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", "offline"),
    "a gzip bomb": (answer(BOMB, Content_Encoding="gzip"), "bad_answer"),
    "half a gzip": (answer(gzip.compress(page())[:60], Content_Encoding="gzip"), "bad_answer"),
    "no gzip": (answer(b"{}", Content_Encoding="gzip"), "bad_answer"),
    "an unknown coding": (answer(b"{}", Content_Encoding="br"), "bad_answer"),
    "another digest": (answer(page(), **digest(b"other")), "bad_answer"),
    "nothing": (answer(b""), "bad_answer"),
    "a number": (answer(b"5"), "bad_answer"),
    "a list": (answer(b"[]"), "bad_answer"),
    "deep": (answer(b'{"a":' * 100_000), "bad_answer"),
    "broken text": (answer(b'{"a": "\xff"}'), "bad_answer"),
    "an object of another kind": (answer(b'{"ok": true}'), "bad_answer"),
    "rows that are none": (answer(page(rows=[5])), "bad_answer"),
    "rows in disorder": (answer(page(rows=[{"seq": 2, "change": "c", "record": "r", "kind": "demand"}])), "bad_answer"),
    "rows that lead elsewhere": (answer(page(rows=[{"seq": 1, "change": "c", "record": "r", "kind": "demand"}])), "bad_answer"),
    "a head that is none": (answer(page(head=["0", 5, None])), "bad_answer"),
    "a zstd bomb": (answer(zstd.compress(b" " * 80_000_000), Content_Encoding="zstd"), "bad_answer"),
    "half a zstd": (answer(zstd.compress(page())[:60], Content_Encoding="zstd"), "bad_answer"),
    "no zstd": (answer(b"{}", Content_Encoding="zstd"), "bad_answer"),
    "another platform's signature": (answer(page(head=[0, GENESIS, "AAAA"])), "not_the_platform"),
    "a signature that is no text": (answer(page(head=[0, GENESIS, "平台"])), "not_the_platform"),
    "facts that are none": (answer(page(facts=[1])), "bad_answer"),
    "wants that are none": (answer(page(want=["x"])), "bad_answer"),
    "an odd divergence": (answer(b'{"code": "diverged", "epoch": 5, "head": "x"}', "409 Conflict"), "bad_answer"),
    "a closed device": (answer(b'{"code": "device_revoked"}', "401 Unauthorized", "application/problem+json"), "device_closed"),
    "somebody else's order to erase": (
        answer(b'{"code": "device_wipe", "order": "AAAA"}', "401 Unauthorized", "application/problem+json"), "device_closed",
    ),
    "an old client": (answer(b'{"code": "client_too_old"}', "426 Upgrade Required", "application/problem+json"), "client_too_old"),
    "a nonce without end": (answer(b'{"code": "use_dpop_nonce"}', "401 Unauthorized", "application/problem+json"), "server_trouble"),
    "a gateway's own door": (answer(b'{"error": "login"}', "401 Unauthorized"), "server_trouble"),
}
STATUS = {"device_closed": 4, "client_too_old": 4}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_is_told_apart_and_nothing_is_lost(name: str, say: Say, profile: Path) -> None:
    reply, code = STRANGERS[name]
    with stranger(reply) as other:
        point_at(profile, other.url)
        status, said = say("sync")
        assert other.asked
    assert (said["error"]["code"], status) == (code, STATUS.get(code, 5))
    assert any(word in said["error"]["message"] for word in ("本机", "联网")) and "None" not in said["error"]["message"]
    assert say("list", "--sync", "local", "--kind", "demand")[1]["total"] == 1
    assert say("verify")[0] == 0


@pytest.mark.parametrize(
    "name", ["a captive portal's page", "a redirect to elsewhere", "garbage", "an object of another kind", "nothing", "deep"]
)
def test_a_code_is_never_told_to_a_stranger(name: str, say: Say, profile: Path) -> None:
    with stranger(STRANGERS[name][0]) as other:
        status, said = say("enrol", "--server", other.url, "--code", "ABCD-EFGH-JKLM-NPQR")
        assert {one.split()[1] for one in other.asked} == {"/v1/hello"}
    assert status == 5 and said["error"]["code"] in ("not_the_platform", "offline", "server_trouble", "bad_answer")
    assert "自动再试" not in said["error"]["message"], "nobody tries an enrolment again by itself"


@pytest.mark.parametrize("name", ["a captive portal's page", "garbage", "nothing", "an object of another kind"])
def test_the_doctor_says_what_is_there_instead(name: str, say: Say, profile: Path) -> None:
    with stranger(STRANGERS[name][0]) as other:
        point_at(profile, other.url)
        status, said = say("doctor")
    found = {one["name"]: one for one in said["checks"]}
    assert status == 0 and not found["platform"]["ok"] and found["platform"]["remedy"] and found["database"]["ok"]


def test_a_platform_with_an_odd_clock_is_no_bug(say: Say, profile: Path) -> None:
    with stranger(answer(b'{"product": "liaison-platform", "time": "noon"}')) as other:
        point_at(profile, other.url)
        status, said = say("doctor")
    assert status == 0 and not all(one["ok"] for one in said["checks"] if one["name"] == "platform")


@pytest.mark.parametrize("moment", ["at once", "in the head", "in the body"])
def test_who_says_nothing_is_left_after_a_while(moment: str, say: Say, profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "STALL", 0.3)

    def reply(head: bytes, line: socket.socket) -> None:
        line.sendall({"at once": b"", "in the head": b"HTTP/1.1 200 OK\r\nContent-", "in the body": answer(b'{"a"', length=500)}[moment])
        silence(3)(head, line)

    with stranger(reply) as other:
        point_at(profile, other.url)
        began = time.monotonic()
        status, said = say("sync")
    assert (status, said["error"]["code"]) == (5, "offline") and time.monotonic() - began < 2.5


@pytest.mark.parametrize("url", ["http://platform.example", "http://10.1.2.3:8420", "HTTP://platform.example/x"])
def test_an_open_line_is_refused_before_anything_is_sent(url: str, say: Say) -> None:
    status, said = say("enrol", "--server", url, "--code", "ABCD")
    assert (status, said["error"]["code"]) == (4, "needs_https") and "https://" in said["error"]["message"]


@pytest.mark.parametrize("url", ["http://[::1", "ftp://platform", "::::", "https://", "https://a b", "http://127.0.0.1:99999", "https://name:word@platform.example"])
def test_an_address_that_is_none(url: str, say: Say) -> None:
    status, said = say("enrol", "--server", url, "--code", "ABCD")
    assert (status, said["error"]["code"]) == (5, "not_the_platform") and "word" not in said["error"]["message"]


# -- TLS ---------------------------------------------------------------------------------------------------------

NOW = datetime.now(UTC)


def certificate(
    folder: Path, name: str, *, host: str = "localhost", signer: Any = None, begin: int = -10, end: int = 10, ca: bool = False
) -> Any:
    """A key and certificate in a PEM of both: (path, certificate, key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    built = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(signer[1].subject if signer else subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=begin)).not_valid_after(NOW + timedelta(days=end))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key((signer[2] if signer else key).public_key()), critical=False)
        .sign(signer[2] if signer else key, hashes.SHA256())
    )  # fmt: skip
    path = folder / f"{name}.pem"
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(plain + built.public_bytes(serialization.Encoding.PEM))
    return path, built, key


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("certificates")
    ours, theirs = certificate(folder, "ours", ca=True), certificate(folder, "theirs", ca=True)
    return {
        "authority": ours[0],
        "good": certificate(folder, "good", signer=ours)[0],
        "named": certificate(folder, "named", signer=ours, host="platform.example")[0],
        "unknown": certificate(folder, "unknown", signer=theirs)[0],
        "alone": certificate(folder, "alone")[0],
        "expired": certificate(folder, "expired", signer=ours, begin=-20, end=-1)[0],
        "early": certificate(folder, "early", signer=ours, begin=300, end=400)[0],
    }


def platform(head: bytes, line: socket.socket) -> None:
    """A platform that takes note of everything and shows nothing."""
    path = head.split(b" ")[1].decode()
    line.sendall(answer(b'{"results": []}' if path.endswith("push") else page()))


@pytest.mark.parametrize(
    ("which", "status", "code"),
    [("good", 0, ""), ("named", 4, "certificate"), ("unknown", 4, "certificate"), ("alone", 4, "certificate"),
     ("expired", 4, "clock_wrong"), ("early", 4, "clock_wrong")],
)  # fmt: skip
def test_a_certificate_is_always_checked(which: str, status: int, code: str, say: Say, profile: Path, certificates: dict[str, Path]) -> None:
    with stranger(platform, certificates[which]) as other:
        point_at(profile, other.url, authorities=str(certificates["authority"]))
        ended, said = say("sync")
        assert bool(other.asked) == (status == 0), "nothing is asked before the certificate holds"
    assert (ended, said.get("error", {}).get("code", "")) == (status, code)
    if code == "clock_wrong":
        assert f"{datetime.now():%Y-%m-%d}" in said["error"]["message"]


def test_without_the_office_authority_its_certificate_is_unknown(say: Say, profile: Path, certificates: dict[str, Path]) -> None:
    with stranger(platform, certificates["good"]) as other:
        point_at(profile, other.url)
        assert say("sync")[1]["error"]["code"] == "certificate"
        point_at(profile, other.url, authorities=str(profile / "no-such-file.pem"))
        assert say("sync")[1]["error"]["code"] == "certificate"


# -- proxies -----------------------------------------------------------------------------------------------------


def tunnel(port: int, wanted: str, seen: list[bytes]) -> Callable[[bytes, socket.socket], None]:
    """A proxy that leads every name to ``port`` of this machine, for who knows the password."""

    def reply(head: bytes, line: socket.socket) -> None:
        seen.append(head)
        if wanted and f"Proxy-Authorization: Basic {base64.b64encode(wanted.encode()).decode()}".encode() not in head:
            line.sendall(answer(b"", "407 Proxy Authentication Required", "", Proxy_Authenticate='Basic realm="office"'))
            return
        with socket.create_connection(("127.0.0.1", port)) as far:
            line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(far, line), daemon=True)
            back.start()
            _copy(line, far)
            back.join(5)

    return reply


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.mark.parametrize(("given", "status", "code"), [("office:p%40ss", 0, ""), ("office:wrong", 5, "proxy"), ("", 5, "proxy")])
def test_a_proxy_with_a_password(
    given: str, status: int, code: str, say: Say, profile: Path, certificates: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    with stranger(platform, certificates["named"]) as far, stranger(tunnel(far.port, "office:p@ss", seen)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{given}@127.0.0.1:{proxy.port}" if given else f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        point_at(profile, "https://platform.example", authorities=str(certificates["authority"]))
        ended, said = say("sync")
    assert seen and all(one.startswith(b"CONNECT platform.example:443 ") for one in seen)
    assert (ended, said.get("error", {}).get("code", "")) == (status, code)
    if code:
        assert "407" in said["error"]["message"] and "HTTPS_PROXY" in said["error"]["message"] and "wrong" not in said["error"]["message"]


def test_behind_a_proxy_a_certificate_counts_no_less(
    say: Say, profile: Path, certificates: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with stranger(platform, certificates["unknown"]) as far, stranger(tunnel(far.port, "", [])) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        point_at(profile, "https://localhost.example", authorities=str(certificates["authority"]))
        assert say("sync")[1]["error"]["code"] == "certificate"


def test_a_dead_proxy_is_named(say: Say, profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://name:secret@127.0.0.1:9")
    point_at(profile, "https://platform.example")
    status, said = say("sync")
    assert (status, said["error"]["code"]) == (5, "offline")
    assert "127.0.0.1:9" in said["error"]["message"] and "secret" not in said["error"]["message"]


def test_this_machine_is_reached_without_the_proxy(say: Say, profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with stranger(platform) as near:
        point_at(profile, near.url)
        assert say("sync")[0] == 0


def test_a_netrc_entry_does_not_replace_our_token(
    say: Say, profile: Path, certificates: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    seen: list[bytes] = []
    with stranger(platform, certificates["named"]) as far, stranger(tunnel(far.port, "", seen)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        point_at(profile, "https://platform.example", authorities=str(certificates["authority"]))
        assert say("sync")[0] == 0
        assert all(b"authorization: dpop token" in one.lower() for one in far.heads)


# -- uploads -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["never more", "forgets", "elsewhere", "no offset"])
def test_a_platform_that_cannot_take_a_file_is_left_for_another_round(how: str) -> None:
    asked = []

    def reply(head: bytes, line: socket.socket) -> None:
        asked.append(head.split(b" ")[0])
        first = head.startswith(b"POST")
        more: dict[str, str] = {"Upload_Offset": "0" if how == "never more" else "5", "Location": "/v1/files/x"}
        if how == "elsewhere":
            more["Location"] = "http://127.0.0.2:1/v1/files/x"
        if how == "no offset":
            del more["Upload_Offset"]
        if how == "forgets" and not first:
            line.sendall(answer(b"", "404 Not Found"))
            return
        line.sendall(answer(b"", "201 Created" if first else "204 No Content", **more))

    with stranger(reply) as other:
        speaker = client.Platform(other.url, Ed25519PrivateKey.generate(), "token")
        try:
            sent = speaker.upload("0" * 64, 10, "x", "", lambda start: iter([b"0123456789"[start:]]), lambda _p, _o: None, lambda: False)
            assert not sent.done and how in ("never more", "forgets")
        except errors.Temporary:
            assert how in ("elsewhere", "no offset")
        finally:
            speaker.close()
    assert len(asked) < 12


def test_a_platform_that_reads_no_zstd_is_sent_gzip() -> None:
    refusal = answer(b'{"code": "bad_encoding"}', "415 Unsupported Media Type", "application/problem+json")
    with stranger(refusal) as other:
        platform = client.Platform(other.url, Ed25519PrivateKey.generate(), "token")
        changes = [Change(f"{n:032x}", "r", "demand", "d", "2026-01-01T00:00:00Z", {"title": (None, "主轴" * 40)}) for n in range(20)]
        with pytest.raises(errors.ServerTrouble):
            platform.push(changes)
        platform.close()
    assert (platform.requests, platform._coding) == (2, "gzip")
