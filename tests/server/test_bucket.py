"""Complete files in a bucket: boto3 against a small store on loopback that speaks the S3 requests we use."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sync.server import archive
from sync.server.blobs import S3Blobs, open_blobs
from sync.server.service import Service
from sync.server.settings import Settings
from sync.server.upkeep import verify

DATA = b"0123456789" * 1000
SHA = hashlib.sha256(DATA).hexdigest()


class _Bucket(BaseHTTPRequestHandler):
    """Objects by path: PUT, HEAD, and GET with a range."""

    objects: dict[str, bytes]

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""

    def do_PUT(self) -> None:
        self.objects[urlsplit(self.path).path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._say(200, b"")

    def do_HEAD(self) -> None:
        found = self.objects.get(urlsplit(self.path).path)
        self._say(404 if found is None else 200, found or b"", body=False)

    def do_GET(self) -> None:
        data = self.objects[urlsplit(self.path).path]
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        self._say(206, data[int(first) : int(last) + 1 if last else None])

    def _say(self, status: int, data: bytes, body: bool = True) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The address of an empty bucket, and what is in it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-south-1")
    objects: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bucket", (_Bucket,), {"objects": objects}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"s3://papers/liaison?endpoint=http://127.0.0.1:{server.server_address[1]}", objects
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_files_go_into_the_bucket_and_come_back(bucket: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    address, objects = bucket
    blobs = open_blobs(tmp_path, address)
    assert isinstance(blobs, S3Blobs) and not blobs.has(SHA) and blobs.digest(SHA) == ""
    with pytest.raises(FileNotFoundError):
        blobs.size(SHA)
    source = tmp_path / "source"
    source.write_bytes(DATA)
    blobs.put(SHA, source)
    assert list(objects) == [f"/papers/liaison/{SHA}"]
    assert blobs.size(SHA) == len(DATA) and blobs.digest(SHA) == SHA
    assert b"".join(blobs.read(SHA)) == DATA and b"".join(blobs.read(SHA, 10, 5)) == DATA[10:15]
    assert list(blobs.read(SHA, 0, 0)) == []
    with pytest.raises(ValueError, match="another file"):
        blobs.put("ab" * 32, source)


def test_a_paper_is_delivered_verified_and_backed_up(
    fresh_platform: Path, bucket: tuple[str, dict[str, bytes]], tmp_path: Path, desk: Callable[..., Any], submitted: Callable[..., str]
) -> None:
    import shutil

    address, objects = bucket
    shutil.copytree(fresh_platform, tmp_path / "with-bucket")
    service = Service(Settings(tmp_path / "with-bucket", "", address))
    a = desk("甲")
    a.service = service
    submitted(a)
    assert len(objects) == 1 and verify(service)["ok"]
    assert archive.backup(service, tmp_path / "b.zip")["blobs"] == 1
    objects.clear()
    assert {one["what"] for one in verify(service)["problems"]} == {"blob"}
    archive.restore(service, tmp_path / "b.zip")
    assert len(objects) == 1 and verify(service)["ok"]
    service.close()


def test_names_that_are_no_digests_never_become_paths(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    for name in ("../../etc/passwd", "", "ab" * 31, "AB" * 32, "ab" * 32 + "\n"):
        with pytest.raises(ValueError, match="not a digest"):
            blobs.path(name)
        with pytest.raises(ValueError, match="not a digest"):
            blobs.part("unit", name)
    with pytest.raises(ValueError, match="not a digest"):
        blobs.part("../x", SHA)
