"""A PostgreSQL cluster of its own for tests, on loopback, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def programs() -> Path | None:
    """Where PostgreSQL's server programs lie on this machine; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def cluster() -> Iterator[str]:
    """The address of an empty database; PostgreSQL refuses to run as root, so then it runs as somebody else."""
    there = programs()
    assert there is not None, "no PostgreSQL server programs on this machine"
    folder = Path(tempfile.mkdtemp(prefix="liaison-pg-"))
    more: dict[str, Any] = {"env": {**os.environ, "LC_ALL": "C.UTF-8"}, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if os.getuid() == 0:
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            user = pwd.getpwnam("nobody")
        os.chown(folder, user.pw_uid, user.pw_gid)
        more |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    subprocess.run([there / "initdb", "-D", data, "-U", "liaison", "-A", "trust", "--no-sync"], check=True, **more)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    start = [there / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start"]
    subprocess.run(start, check=True, **more)
    try:
        yield f"postgresql+psycopg://liaison@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([there / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, **more)
        shutil.rmtree(folder, ignore_errors=True)
