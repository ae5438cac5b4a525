"""Who may enter: liaisons, one-time enrolment codes, devices.

A code is ``XXXX-XXXX-XXXX-XXXX`` of 31 unambiguous characters: the first group finds it, of the rest only a slow
hash is kept. It lives 7 days, dies after 10 wrong tries, and works for one key; the same key may ask again, because
an answer can be lost on the way. Wrong codes make their address wait, longer each time. A device's token is random,
kept as a hash and useless without its key; the device is looked up on every request, so closing one works at once.
This module must not know HTTP, records or the rules.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from sync.errors import NoSuch
from sync.messages import REVOKED, WIPE
from sync.server import database
from sync.server.database import Database, dumps, put
from sync.server.proof import Proof
from sync.server.refusals import Refusal
from sync.server.schema import attempt, code, device, liaison, unit
from sync.server.seal import Seal
from sync.server.work import fresh

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O, 1 I L: 31 characters
DAYS = 7
TRIES = 10
FREE_TRIES = 3  # an address may err this often before it has to wait
LONGEST_WAIT = 900  # seconds
HEARTBEAT = 60  # seconds between two writes of "last seen"


@dataclass(frozen=True, slots=True)
class Caller:
    """The device that asks, and for whom."""

    device: str
    liaison: str
    name: str
    unit: str
    role: str
    key: str
    last_seen: str
    pending: str


class Accounts:
    """Liaisons and devices of one platform."""

    def __init__(self, db: Database, seal: Seal) -> None:
        self.database = db
        self.seal = seal

    # ------------------------------------------------------------------------------------------------ liaisons

    def add(self, unit_code: str, name: str, role: str = "liaison") -> tuple[str, str]:
        """A new liaison of a unit; returns (id, enrolment code). Raises NoSuch for an unknown unit."""
        with self.database.write() as connection:
            if connection.execute(select(unit.c.code).where(unit.c.code == unit_code)).first() is None:
                raise NoSuch(unit_code)
            self.database.open_feed(connection, unit_code)
            return self._add(connection, unit_code, name, role)

    def _add(self, connection: Connection, unit_code: str, name: str, role: str) -> tuple[str, str]:
        name = " ".join(unicodedata.normalize("NFC", name).split())[:60]
        known = select(liaison.c.id).where(
            liaison.c.unit == unit_code, liaison.c.name == name, liaison.c.role == role, liaison.c.closed_at == ""
        )
        found = connection.execute(known).scalar()
        if found is None:
            found = fresh()
            connection.execute(
                insert(liaison).values(id=found, unit=unit_code, name=name, role=role, created_at=database.now())
            )
        return str(found), self._code(connection, str(found))

    def _code(self, connection: Connection, liaison_id: str) -> str:
        """A fresh code for a liaison (a further laptop, or a lost code); earlier unused ones stop working."""
        connection.execute(delete(code).where(code.c.liaison == liaison_id, code.c.used_at == ""))
        text = "".join(secrets.choice(ALPHABET) for _ in range(16))
        while connection.execute(select(code.c.handle).where(code.c.handle == text[:4])).first() is not None:
            text = "".join(secrets.choice(ALPHABET) for _ in range(16))
        expires = (datetime.now(UTC) + timedelta(days=DAYS)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        connection.execute(insert(code).values(handle=text[:4], hash=self._slow(text), liaison=liaison_id, expires_at=expires))
        return "-".join(text[start : start + 4] for start in range(0, 16, 4))

    def hand_over(self, unit_code: str, to: str, successor_of: str = "") -> tuple[str, str, list[str]]:
        """A successor takes over from a unit's liaisons (or one of them): their devices are closed.

        Returns the successor's id, his code and the closed liaisons' ids. Records belong to the unit and stay.
        """
        with self.database.write() as connection:
            leaving = select(liaison.c.id).where(liaison.c.unit == unit_code, liaison.c.closed_at == "")
            if successor_of:
                leaving = leaving.where((liaison.c.id == successor_of) | (liaison.c.name == successor_of))
            old = list(connection.execute(leaving).scalars())
            if not old:
                raise NoSuch(unit_code)
            at = database.now()
            connection.execute(update(device).where(device.c.liaison.in_(old), device.c.state == "active").values(state="revoked"))
            connection.execute(delete(code).where(code.c.liaison.in_(old), code.c.used_at == ""))
            connection.execute(update(liaison).where(liaison.c.id.in_(old)).values(closed_at=at))
            new, text = self._add(connection, unit_code, to, "liaison")
            connection.execute(update(liaison).where(liaison.c.id.in_(old)).values(successor=new))
        return new, text, old

    # ------------------------------------------------------------------------------------------------ enrolment

    def enrol(self, text: str, proof: Proof, laptop: str, address: str) -> dict[str, Any]:
        """Spend a code for the key of ``proof``. Raises Refusal with its own code for each reason.

        What a wrong try costs is committed even though the request is refused.
        """
        plain = "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char.isalnum())
        refusal: Refusal | None = None
        answer: dict[str, Any] = {}
        with self.database.write() as connection:
            self._must_not_wait(connection, address)
            row = connection.execute(select(code).where(code.c.handle == plain[:4])).first()
            hashed = self._slow(plain)  # also where there is no such code: the time must not tell
            refusal = self._judge(row, hashed, proof.key)
            if refusal is not None and refusal.code == "code_unknown":
                self._wrong(connection, address, plain[:4] if row is not None else "")
            elif refusal is None:
                assert row is not None  # noqa: S101  _judge looked
                connection.execute(delete(attempt).where(attempt.c.address == address))
                refusal, answer = self._admit(connection, row, proof, laptop)
        if refusal is not None:
            raise refusal
        return answer

    def _judge(self, row: Any, hashed: str, key: str) -> Refusal | None:
        if row is None:
            return Refusal("code_unknown")
        if row.tries >= TRIES:
            return Refusal("code_dead")
        if not hmac.compare_digest(row.hash, hashed):
            return Refusal("code_unknown")
        if row.used_at and row.used_by != key:
            return Refusal("code_used")
        return Refusal("code_expired") if row.expires_at < database.now() else None

    def _admit(self, connection: Connection, row: Any, proof: Proof, laptop: str) -> tuple[Refusal | None, dict[str, Any]]:
        """Make the device (or give its lost answer again, with a new token)."""
        who = connection.execute(select(liaison).where(liaison.c.id == row.liaison)).one()
        if who.closed_at:
            return Refusal("code_expired"), {}
        token, at = secrets.token_urlsafe(32), database.now()
        device_id = row.device or fresh()
        if row.device:
            old = connection.execute(select(device.c.state).where(device.c.id == row.device)).scalar_one()
            if old != "active":
                return Refusal(REVOKED), {}
            connection.execute(update(device).where(device.c.id == device_id).values(token=_token(token)))
        else:
            connection.execute(insert(device).values(
                id=device_id, liaison=who.id, unit=who.unit, key=proof.key, jwk=dumps(proof.jwk), token=_token(token),
                name=laptop[:120], enrolled_at=at, last_seen=at,
            ))  # fmt: skip
            connection.execute(update(code).where(code.c.handle == row.handle).values(used_at=at, used_by=proof.key, device=device_id))
        own = connection.execute(select(unit).where(unit.c.code == who.unit)).one()
        return None, {
            "token": token, "device": device_id, "liaison": {"id": who.id, "name": who.name, "role": who.role},
            "unit": unit_facts(own), "platform": {"key": self.seal.jwk, "thumbprint": self.seal.thumbprint},
            "nonce": self.seal.nonce(), "time": at,
        }  # fmt: skip

    def _must_not_wait(self, connection: Connection, address: str) -> None:
        row = connection.execute(select(attempt).where(attempt.c.address == address)).first()
        if row is None or row.wrong < FREE_TRIES:
            return
        wait = min(LONGEST_WAIT, 2 ** min(int(row.wrong) - FREE_TRIES, 20))
        left = wait - (datetime.now(UTC) - datetime.fromisoformat(row.last)).total_seconds()
        if left > 0:
            raise Refusal("code_wait", headers={"Retry-After": str(int(left) + 1)})

    def _wrong(self, connection: Connection, address: str, handle: str) -> None:
        wrong = connection.execute(select(attempt.c.wrong).where(attempt.c.address == address)).scalar() or 0
        put(connection, attempt, ("address",), [{"address": address, "wrong": wrong + 1, "last": database.now()}])
        if handle:
            connection.execute(update(code).where(code.c.handle == handle).values(tries=code.c.tries + 1))

    def _slow(self, text: str) -> str:
        return hashlib.scrypt(text.encode(), salt=self.seal.salt, n=2**12, r=8, p=1, dklen=32).hex()

    # -------------------------------------------------------------------------------------------------- devices

    def caller(self, token: str, key: str) -> Caller:
        """The device of a token, if the proof's key is its own. Raises Refusal; a foreign key locks nobody out."""
        row = self._device(device.c.token == _token(token))
        if not hmac.compare_digest(row.key, key):
            raise Refusal("bad_proof", "key")
        if row.state != "active":
            raise Refusal(WIPE, order=self.seal.sign_wipe(row.token)) if row.state == "wipe" else Refusal(REVOKED)
        return _caller(row)

    def holder(self, device_id: str) -> Caller:
        """The device a pass was issued to, while it is not closed. Raises Refusal."""
        row = self._device(device.c.id == device_id)
        if row.state != "active":
            raise Refusal(REVOKED)
        return _caller(row)

    def _device(self, which: ColumnElement[bool]) -> Any:
        """A device with its liaison. Raises Refusal where there is none."""
        chosen = select(device, liaison.c.name.label("who"), liaison.c.role).join(liaison, liaison.c.id == device.c.liaison)
        with self.database.read() as connection:
            row = connection.execute(chosen.where(which)).first()
        if row is None:
            raise Refusal("not_enrolled")
        return row

    def heartbeat(self, caller: Caller, pending: Mapping[str, Any], version: str) -> None:
        """Remember what waits on a laptop; written at most once a minute unless it changed."""
        kept = {name: value for name in ("records", "files", "bytes") if type(value := pending.get(name)) is int and 0 <= value < 2**53}
        text, at = dumps(kept), database.now()
        age = datetime.fromisoformat(at) - datetime.fromisoformat(caller.last_seen)
        if text == caller.pending and age < timedelta(seconds=HEARTBEAT):
            return
        with self.database.write(lasting=False) as connection:
            connection.execute(
                update(device).where(device.c.id == caller.device).values(last_seen=at, pending=text, version=version[:40])
            )

    def devices(self) -> list[dict[str, Any]]:
        """Every device, newest sign of life first."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(device, liaison.c.name.label("who")).join(liaison, liaison.c.id == device.c.liaison).order_by(device.c.last_seen.desc())
            ).all()
        return [
            {
                "id": row.id, "liaison": row.liaison, "liaison_name": row.who, "unit": row.unit, "name": row.name,
                "state": row.state, "enrolled_at": row.enrolled_at, "last_seen": row.last_seen,
                "pending": {"records": 0, "files": 0, "bytes": 0, **json.loads(row.pending)}, "version": row.version, "key": row.key,
            }
            for row in rows
        ]  # fmt: skip

    def revoke(self, device_id: str, wipe: bool = False) -> dict[str, Any]:
        """Close a device; ``wipe``: its next request is told to erase what it holds. Raises NoSuch."""
        state = "wipe" if wipe else "revoked"
        with self.database.write() as connection:
            done = connection.execute(update(device).where(device.c.id == device_id).values(state=state))
            if not done.rowcount:
                raise NoSuch(device_id)
        return {"id": device_id, "state": state}


def unit_facts(row: Any) -> dict[str, Any]:
    """What a laptop knows of its unit."""
    return {
        "code": row.code, "name": row.name, "name_en": row.name_en, "pinyin": row.pinyin, "kind": row.kind, "tier": row.tier,
        "counts": row.counts,
    }  # fmt: skip


def _caller(row: Any) -> Caller:
    return Caller(row.id, row.liaison, row.who, row.unit, row.role, row.key, row.last_seen, row.pending)


def _token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
