"""The commands of ``liaison-server``: what they are called, what they take, and which module does them.

Each ``_do_…`` opens the platform, calls one function and returns the JSON answer. Nothing is decided here.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from sync.domain import lifecycle
from sync.domain.fields import parse_date
from sync.errors import NeedsPerson
from sync.server.settings import Settings

if TYPE_CHECKING:
    from sync.server.service import Service

class BadFile(NeedsPerson):
    """文件读不了."""

    code = "bad_file"
    exit_status: ClassVar[int] = 2
    sentence = ("文件读不了：{detail}", "The file cannot be read: {detail}")
    help = ("请核对路径和内容（UTF-8）。", "Check the path and that it is UTF-8.")


class BadCall(NeedsPerson):
    """命令写得不对."""

    code = "usage"
    exit_status: ClassVar[int] = 2
    sentence = ("命令写得不对，什么都没有做：{detail}", "The call is wrong, nothing was done: {detail}")
    help = ("用法见 liaison-server --help。", "See liaison-server --help.")


class _Parser(argparse.ArgumentParser):
    """A wrong call is a failure like any other, so that scripts get it as JSON."""

    def error(self, message: str) -> NoReturn:
        raise BadCall(f"{self.prog}: {message}")


def _whole(text: str) -> int:
    """A whole number from 0 on."""
    number = int(text)
    if not 0 <= number <= 10**15:
        raise argparse.ArgumentTypeError(f"{text[:20]}: 0–")
    return number


def _score(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text[:20]}: 0–100")
    return number


def _year(text: str) -> int:
    number = int(text)
    if not 2000 <= number <= 2100:
        raise argparse.ArgumentTypeError(f"{text[:20]}: 2000–2100")
    return number


def _day(text: str) -> str:
    if parse_date(text) is None:
        raise argparse.ArgumentTypeError(f"{text[:20]}: YYYY-MM-DD")
    return text


ROLES = ("liaison", "centre", "bureau")  # a liaison of a unit, the service centre, a bureau: shown, never a right


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
    top = _Parser(
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
    one.add_argument("--port", type=_whole, default=0)
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
    _centre(commands, command)
    _platform(commands, command)
    return top


def _centre(commands: Any, command: Callable[..., argparse.ArgumentParser]) -> None:
    """What the centre does."""
    one = command("review", _do_review, "审核：review list，或 review 编号 accept|return|reject|merge|revoke|shares|show")
    one.add_argument("id", help="记录编号，或 list")
    one.add_argument("action", nargs="?", choices=("accept", "return", "reject", "merge", "revoke", "shares", "show"))
    one.add_argument("shares", nargs="*", metavar="UNIT=1/2", help="shares：协同发现各单位的份额，合计为 1；不写则取消")
    one.add_argument("--state", default="submitted", choices=("all", *lifecycle.WORKFLOW.states))
    one.add_argument("--code", default="")
    one.add_argument("--remark", action="append", default=[], metavar="[FIELD=]TEXT")
    one.add_argument("--into", default="")
    one = command("stage", _do_stage, "推进业务阶段")
    one.add_argument("id")
    one.add_argument("stage")
    one.add_argument("--note", default="")
    one.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="同时写入平台字段，如 decision=…")
    one = command("fill", _do_fill, "写入一条记录的平台字段（责任部门、协调结果、登记状态等）")
    one.add_argument("id")
    one.add_argument("set", nargs="+", metavar="FIELD=VALUE")
    one = command("evaluate", _do_evaluate, "登记评价结果")
    one.add_argument("id")
    one.add_argument("--kind", required=True, choices=("regular", "key", "fast", "fair_value"))
    for name in ("round", "appraiser", "report-no", "report-on", "recommender"):
        one.add_argument(f"--{name}", type=_day if name.endswith("-on") else str)
    one.add_argument("--outside", action="store_true", help="推荐单位不是我市的")
    for name in ("score-tech", "score-econ", "score-transfer"):
        one.add_argument(f"--{name}", type=_score, metavar="0–100")
    one.add_argument("--value-fen", type=_whole)
    for name in ("market", "innovation", "economic"):
        one.add_argument(f"--{name}", dest=f"has_{name}", action="store_true", default=None)
    one.add_argument("--advice", action="append", metavar="措施；期限=…；责任=…；金额=…")
    one = command("assign", _do_assign, "落实包干责任单位")
    one.add_argument("id")
    one.add_argument("--unit", required=True)
    for name in ("liaison", "due-on", "to-on", "level"):
        one.add_argument(f"--{name}", type=_day if name.endswith("-on") else str)
    targets = commands.add_parser("target", help="任务").add_subparsers(dest="action", required=True)
    one = command("set", _do_target, "下达任务数", under=targets)
    one.add_argument("--unit", required=True)
    one.add_argument("--year", type=_year, required=True)
    one.add_argument("--metric", required=True)
    one.add_argument("--value", type=_whole, required=True)
    one.add_argument("--doc", default="")
    notices = commands.add_parser("notice", help="通知").add_subparsers(dest="action", required=True)
    one = command("add", _do_notice, "发通知", under=notices)
    one.add_argument("--title", required=True)
    one.add_argument("--unit", action="append", default=[], help="接收单位（可多次；不写发给全部）")
    for name in ("body", "kind", "issuer", "doc-no", "issued-on", "due-on"):
        one.add_argument(f"--{name}", type=_day if name.endswith("-on") else str)
    one = command("list", _do_notices, "发过的通知和已读情况", under=notices)
    one.add_argument("--title", default="")
    one = command("publish", _do_publish, "发布名单、参数、名录、展示项目或平台记录")
    one.add_argument("kind", help="parameters、名单的名字，或记录类型")
    one.add_argument("--file", type=Path, required=True)


def _platform(commands: Any, command: Callable[..., argparse.ArgumentParser]) -> None:
    """Looking after the platform."""
    one = command("stats", _do_stats, "各单位与全市的完成情况")
    one.add_argument("--year", type=_year, required=True)
    one.add_argument("--out", type=Path, help="另存为年度通报表（.xlsx）")
    command("dump", _do_dump, "全部记录，一行一条", lines=True)
    command("verify", _do_verify, "核对文件、历史、引用与计数")
    one = command("backup", _do_backup, "备份")
    one.add_argument("--out", type=Path, required=True)
    one = command("restore", _do_restore, "从备份恢复")
    one.add_argument("file", type=Path)
    parcels = commands.add_parser("rescue", help="加密包").add_subparsers(dest="action", required=True)
    one = command("load", _do_rescue, "读入联络员电脑存出的加密包，可写出回执包", under=parcels)
    one.add_argument("file", type=Path)
    one.add_argument("--reply", type=Path, help="回执包写到这里，由那台电脑读入")
    kept = commands.add_parser("quarantine", help="被拒而保留的改动").add_subparsers(dest="action", required=True)
    command("list", _do_quarantine, "列出", under=kept)


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


def _do_review(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import review

    with opened(chosen) as service:
        if arguments.id == "list":
            return review.listing(service, "" if arguments.state == "all" else arguments.state)
        if arguments.action in (None, "show"):
            return review.show(service, arguments.id)
        if arguments.action == "shares":
            return review.share_out(service, arguments.id, _shares(arguments.shares))
        return review.act(service, arguments.id, arguments.action, arguments.code, arguments.remark, arguments.into)


def _do_stage(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import review

    with opened(chosen) as service:
        return review.set_stage(service, arguments.id, arguments.stage, arguments.note, _values(arguments.set))


def _do_fill(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import review

    with opened(chosen) as service:
        return review.state(service, arguments.id, _values(arguments.set))


def _do_evaluate(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import publishing

    with opened(chosen) as service:
        return publishing.evaluate(service, arguments.id, arguments.kind, vars(arguments) | {"kind": None})


def _do_assign(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import responsibility

    with opened(chosen) as service:
        return responsibility.assign(service, arguments.id, arguments.unit, vars(arguments))


def _do_target(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import publishing

    with opened(chosen) as service:
        return publishing.retarget(service, arguments.unit, arguments.year, arguments.metric, arguments.value, arguments.doc)


def _do_notice(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import publishing

    given = {name: getattr(arguments, name) for name in ("title", "body", "kind", "issuer", "doc_no", "issued_on", "due_on")}
    with opened(chosen) as service:
        return publishing.notice(service, given, arguments.unit)


def _do_notices(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import publishing

    with opened(chosen) as service:
        return publishing.notices(service, arguments.title)


def _do_publish(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import publishing

    with opened(chosen) as service:
        return publishing.publish(service, arguments.kind, _json_file(arguments.file))


def _do_stats(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import notification, upkeep

    with opened(chosen) as service:
        figures = upkeep.statistics(service, arguments.year)
        if arguments.out:
            figures |= {"file": str(arguments.out), "rows": notification.write(service, figures, arguments.out)}
        return figures


def _do_dump(chosen: Settings, _arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from sync.server import upkeep

    with opened(chosen) as service:
        yield from upkeep.dump(service)


def _do_verify(chosen: Settings, _arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import upkeep

    with opened(chosen) as service:
        return upkeep.verify(service)


def _do_backup(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import archive

    with opened(chosen) as service:
        return {**archive.backup(service, arguments.out), "file": str(arguments.out)}


def _do_restore(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import archive

    with opened(chosen) as service:
        return dict(archive.restore(service, arguments.file))


def _do_rescue(chosen: Settings, arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import rescue

    with opened(chosen) as service:
        return rescue.load(service, arguments.file, arguments.reply)


def _do_quarantine(chosen: Settings, _arguments: argparse.Namespace) -> dict[str, Any]:
    from sync.server import upkeep

    with opened(chosen) as service:
        return upkeep.quarantined(service)


def _shares(texts: Sequence[str]) -> dict[str, Fraction]:
    """``UNIT=1/2`` or ``UNIT=0.5`` each."""
    try:
        return {unit.strip(): Fraction(share.strip()) for unit, _equals, share in (text.partition("=") for text in texts)}
    except (ValueError, ZeroDivisionError) as error:
        raise BadFile(f"UNIT=1/2: {error}") from None


def _values(texts: Sequence[str]) -> dict[str, Any]:
    """``FIELD=VALUE``: true, false, null, numbers, lists and objects as JSON, everything else as text."""
    found: dict[str, Any] = {}
    for text in texts:
        name, _equals, value = text.partition("=")
        try:
            found[name.strip()] = json.loads(value)
        except ValueError:
            found[name.strip()] = value.strip() or None
    return found


def _json_file(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadFile(f"{file.name}: {error}") from None


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
