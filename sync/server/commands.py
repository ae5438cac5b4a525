"""The commands of ``liaison-server``: what they are called, what they take, and which module does them.

Each ``_do_…`` opens the platform, calls one function and returns the JSON answer. Nothing is decided here.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync.server.settings import Settings

if TYPE_CHECKING:
    from sync.server.service import Service

ROLES = ("liaison", "centre", "bureau")


def settings(options: dict[str, str | bool]) -> Settings:
    """The platform the global options name, else the environment."""
    base = Settings.from_environment()
    return Settings(
        Path(str(options["--data"])) if options.get("--data") else base.data,
        str(options.get("--database-url") or base.database_url),
        str(options.get("--blobs") or base.blobs),
    )


@contextmanager
def opened(chosen: Settings) -> Iterator[Service]:
    """The platform, opened and closed again."""
    from sync.server.service import Service

    service = Service(chosen)
    try:
        yield service
    finally:
        service.close()


def parser() -> argparse.ArgumentParser:
    """All commands. Global options (--data, --database-url, --blobs, --json) are taken out before."""
    top = argparse.ArgumentParser(
        prog="liaison-server", description="成果转化平台（参考实现）",
        epilog="global: --data DIR | --database-url URL [--blobs s3://…] | --json | --lang zh|en",
    )  # fmt: skip
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, act: Callable[..., Any], about: str, lines: bool = False, under: Any = commands) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = under.add_parser(name, help=about, description=about)
        made.set_defaults(act=act, lines=lines)
        return made

    one = command("serve", _do_serve, "提供服务")
    one.add_argument("--host", default="127.0.0.1")
    one.add_argument("--port", type=int, default=0)
    one.add_argument("--ready-file")
    one.add_argument("--workers", type=int, default=1)
    one.add_argument("--tls-cert")
    one.add_argument("--tls-key")
    one = command("init", _do_init, "建立或更新单位与任务")
    one.add_argument("--units", type=Path, required=True)
    one.add_argument("--targets", type=Path)
    people = commands.add_parser("liaison", help="联络员").add_subparsers(dest="action", required=True)
    one = command("add", _do_liaison_add, "登记联络员并发登记码", under=people)
    one.add_argument("--unit", required=True)
    one.add_argument("--name", required=True)
    one.add_argument("--role", choices=ROLES, default="liaison")
    one.add_argument("--server", default="", help="登记文件里写的平台地址")
    one = command("hand-over", _do_hand_over, "交接：继任者接手，原设备停用", under=people)
    one.add_argument("--unit", required=True)
    one.add_argument("--to", required=True)
    one.add_argument("--from", dest="leaving", default="", help="只交接这一位（姓名或编号）")
    one.add_argument("--server", default="")
    devices = commands.add_parser("device", help="设备").add_subparsers(dest="action", required=True)
    command("list", _do_devices, "列出设备", under=devices)
    one = command("revoke", _do_revoke, "停用设备", under=devices)
    one.add_argument("id")
    one.add_argument("--wipe", action="store_true", help="下次联系时让它清除资料")
    return top


def _do_serve(chosen: Settings, arguments: argparse.Namespace) -> None:
    from sync.server.running import serve

    serve(chosen, arguments)


def _do_init(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import units

    with opened(chosen) as service:
        counts = units.load_units(service.database, arguments.units)
        return units.load_targets(service.database, arguments.targets) if arguments.targets else counts


def _do_liaison_add(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    with opened(chosen) as service:
        made, code = service.accounts.add(arguments.unit, arguments.name, arguments.role)
        file = _enrolment_file(service, arguments, made, code, arguments.name)
    return {"liaison": made, "code": code, "file": str(file)}


def _do_hand_over(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server.review import hand_over

    with opened(chosen) as service:
        made, code, records = hand_over(service, arguments.unit, arguments.to, arguments.leaving)
        file = _enrolment_file(service, arguments, made, code, arguments.to)
    return {"liaison": made, "code": code, "file": str(file), "records": records}


def _do_devices(chosen: Settings, _arguments: argparse.Namespace) -> dict[str, Any]:
    with opened(chosen) as service:
        return {"devices": service.accounts.devices()}


def _do_revoke(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    with opened(chosen) as service:
        return service.accounts.revoke(arguments.id, arguments.wipe)


def _enrolment_file(service: Service, arguments: argparse.Namespace, made: str, code: str, name: str) -> Path:
    """A file that enrols without typing; as secret as the code in it."""
    folder = service.settings.data / "enrol"
    folder.mkdir(exist_ok=True, mode=0o700)
    file = folder / f"{made}.liaison-enrol.json"
    address = service.settings.data / "address"
    server = arguments.server or (address.read_text("utf-8") if address.exists() else "")
    body = {
        "server": server, "code": code, "unit": arguments.unit, "liaison": name, "platform": service.seal.thumbprint,
    }  # fmt: skip
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(body, out, ensure_ascii=False, indent=2)
    return file
