"""Where the bytes of evidence lie: parts of begun uploads, and complete files named by their SHA-256.

A part is appended and flushed to the disk before its offset is told to anybody, so its length is the offset that
survives a kill. A complete file is linked under its digest before the database says so and the part is removed
after; whichever of the two a crash hits, the next question finds out. People's file names never become paths.
With S3 the parts stay on the local disk and only complete files go to the bucket.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sync.sealed import sync_folder

PIECE = 1 << 18
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_UNIT = re.compile(r"[0-9A-Za-z_-]{1,64}\Z")


def is_digest(text: str) -> bool:
    """Whether a text is a SHA-256 digest in lower-case hex."""
    return _DIGEST.match(text) is not None


class Blobs:
    """Complete files and parts below ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "files").mkdir(parents=True, exist_ok=True, mode=0o700)
        (root / "parts").mkdir(parents=True, exist_ok=True, mode=0o700)

    # ---------------------------------------------------------------------------------------------------- parts

    def part(self, unit: str, sha256: str) -> Path:
        """Where the begun upload of a unit lies."""
        if not is_digest(sha256) or not _UNIT.match(unit):
            raise ValueError("not a digest or unit")
        return self.root / "parts" / unit / sha256

    def offset(self, unit: str, sha256: str) -> int:
        """How many bytes of it are here."""
        with suppress(FileNotFoundError):
            return self.part(unit, sha256).stat().st_size
        return 0

    def open_part(self, unit: str, sha256: str) -> int:
        """A file descriptor for appending; the caller closes it."""
        path = self.part(unit, sha256)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)

    def drop_part(self, unit: str, sha256: str) -> None:
        """Forget a begun upload."""
        self.part(unit, sha256).unlink(missing_ok=True)

    def part_digest(self, unit: str, sha256: str) -> str:
        """SHA-256 of what is here."""
        return _hash(self.part(unit, sha256))

    # ---------------------------------------------------------------------------------------------------- files

    def path(self, sha256: str) -> Path:
        """Where a complete file lies (or would)."""
        if not is_digest(sha256):
            raise ValueError("not a digest")
        return self.root / "files" / sha256[:2] / sha256

    def keep(self, unit: str, sha256: str) -> None:
        """Make a checked part a complete file; the part stays until ``drop_part``."""
        target = self.path(sha256)
        if self.digest(sha256) == sha256:
            return
        self.set_aside(sha256)  # something is there, and it is not what it was
        target.parent.mkdir(exist_ok=True, mode=0o700)
        try:
            os.link(self.part(unit, sha256), target)
        except OSError:  # no hard links here: copy beside it and rename
            self.put(sha256, self.part(unit, sha256))
        sync_folder(target.parent)

    def put(self, sha256: str, source: Path) -> None:
        """Copy a file in under its digest. Raises ValueError where it is not that file."""
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        part = target.with_suffix(f".{os.getpid()}.part")
        digest = hashlib.sha256()
        with source.open("rb") as incoming, part.open("wb") as out:
            while piece := incoming.read(PIECE):
                digest.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != sha256:
            part.unlink()
            raise ValueError(f"{sha256} is another file")
        part.replace(target)
        sync_folder(target.parent)

    def set_aside(self, sha256: str) -> None:
        """Give a damaged file another name, so that a sound one can take its place; nothing happens where there is none."""
        with suppress(FileNotFoundError):
            self.path(sha256).replace(self.path(sha256).with_suffix(".damaged"))

    def has(self, sha256: str) -> bool:
        """Whether the complete file is here."""
        return self.path(sha256).exists()

    def size(self, sha256: str) -> int:
        """Its bytes. Raises FileNotFoundError."""
        return self.path(sha256).stat().st_size

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Its bytes in pieces. Raises FileNotFoundError at the first piece."""
        left = self.size(sha256) - start if length is None else length
        with self.path(sha256).open("rb") as file:
            file.seek(start)
            while left > 0 and (piece := file.read(min(PIECE, left))):
                left -= len(piece)
                yield piece

    def digest(self, sha256: str) -> str:
        """What the stored file really hashes to; empty where it is missing."""
        with suppress(FileNotFoundError):
            return _hash(self.path(sha256))
        return ""


class S3Blobs(Blobs):
    """Complete files in a bucket: ``s3://bucket/prefix?endpoint=https://…``; credentials as boto3 finds them."""

    def __init__(self, root: Path, address: str) -> None:
        super().__init__(root)
        import boto3
        from botocore.config import Config

        parts = urlsplit(address)
        endpoint = parse_qs(parts.query).get("endpoint", [""])[0]
        self.bucket, self.prefix = parts.netloc, parts.path.strip("/")
        # stores other than Amazon's often refuse the newer checksum headers; ours is the digest itself
        plain = Config(request_checksum_calculation="when_required", response_checksum_validation="when_required")
        self._client: Any = boto3.client("s3", endpoint_url=endpoint or None, config=plain)

    def _name(self, sha256: str) -> str:
        if not is_digest(sha256):
            raise ValueError("not a digest")
        return f"{self.prefix}/{sha256}" if self.prefix else sha256

    def keep(self, unit: str, sha256: str) -> None:
        """Send a checked part to the bucket."""
        self.put(sha256, self.part(unit, sha256))

    def put(self, sha256: str, source: Path) -> None:
        """Send a file to the bucket, with the digest for the bucket to check."""
        if _hash(source) != sha256:
            raise ValueError(f"{sha256} is another file")
        self._client.upload_file(str(source), self.bucket, self._name(sha256))

    def set_aside(self, sha256: str) -> None:
        """A sound file replaces the object when it comes."""

    def has(self, sha256: str) -> bool:
        """Whether the bucket has it."""
        return bool(self._head(sha256))

    def size(self, sha256: str) -> int:
        """Its bytes. Raises FileNotFoundError."""
        head = self._head(sha256)
        if not head:
            raise FileNotFoundError(sha256)
        return int(head["ContentLength"])

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Its bytes in pieces."""
        if length == 0:
            return
        last = "" if length is None else str(start + length - 1)
        body = self._client.get_object(Bucket=self.bucket, Key=self._name(sha256), Range=f"bytes={start}-{last}")["Body"]
        yield from body.iter_chunks(PIECE)

    def digest(self, sha256: str) -> str:
        """What the stored object really hashes to; empty where it is missing."""
        if not self.has(sha256):
            return ""
        digest = hashlib.sha256()
        for piece in self.read(sha256):
            digest.update(piece)
        return digest.hexdigest()

    def _head(self, sha256: str) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        try:
            return dict(self._client.head_object(Bucket=self.bucket, Key=self._name(sha256)))
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
                return {}
            raise


def open_blobs(root: Path, address: str = "") -> Blobs:
    """The store of files: below ``root``, or the bucket of an ``s3://`` address."""
    return S3Blobs(root, address) if address.startswith("s3://") else Blobs(root)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
