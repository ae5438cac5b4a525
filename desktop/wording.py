"""How states, errors, amounts, sizes and days are said, in Chinese and English. One word per idea; no Qt, no clock.

Two states are never mixed: ``business`` is what the platform has decided (dot and word), ``sync_chip`` what this
laptop knows of its own sending (chip with icon and word). Instants are shown in China time, "today" is an argument.
Amounts are shown in 万元 with two decimals, sizes in decimal units. Must not know pages or the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

from desktop.code_names import name_of, units
from sync.domain import lists
from sync.domain.fields import Field, empty, parse_date, parse_time
from sync.domain.kinds import KINDS
from sync.domain.lifecycle import MACHINES, WORKFLOW
from sync.domain.problems import BLANK, Problem, bare, sentence
from sync.domain.reasons import REASONS
from sync.errors import Failure
from sync.records import STEP, SYNC_STATES, Progress, Row

CHINA = timezone(timedelta(hours=8))
NONE = "—"  # not applicable; a cell is never empty
Said = tuple[str, str]

# ------------------------------------------------------------------------------------------------ states

_SYNC_LOOK = {
    "local": ("laptop", "amber"), "pending": ("clock", "grey"), "files": ("paperclip", "amber"),
    "synced": ("check", "quiet-green"), "conflict": ("git-merge", "violet"), "refused": ("triangle-alert", "red"),
}  # fmt: skip
_BUSINESS: dict[str, tuple[str, str, str]] = {
    "draft": ("草稿", "Draft", "grey"), "queued": ("待提交", "To be submitted", "grey"),
    "submitted": ("审核中", "Under review", "blue"), "returned": ("已退回", "Returned", "red"),
    "accepted": ("已入库", "Accepted", "green"), "amending": ("变更待审", "Change under review", "blue"),
    "merged": ("判重合并", "Merged as duplicate", "grey"), "rejected": ("不予受理", "Rejected", "red"),
    "withdrawn": ("已撤回", "Withdrawn", "grey"), "revoked": ("已撤销", "Revoked", "red"),
    "deleted": ("已删除", "Deleted", "grey"),
}  # fmt: skip
#: business stages after acceptance that are said shorter or in another colour than their machine says them
_STAGES: dict[str, tuple[str, str, str]] = {
    "registered": ("已入库", "Accepted", "green"), "in_service": ("服务库", "Service pool", "teal"),
    "landed": ("已落地", "Landed", "teal"), "fulfilled": ("促成合作", "Cooperation signed", "teal"),
    "verified": ("已核定", "Verified", "green"), "notified": ("已通报", "Notified", "teal"),
    "stalled": ("久推不动", "Stalled", "amber"), "exited": ("出库", "Exited", "grey"),
    "closed": ("已关闭", "Closed", "grey"),
}  # fmt: skip
_LANDING = {"submitted": ("待核定", "To be verified", "blue"), "accepted": ("已核定", "Verified", "green"),
            "returned": ("退回补证", "Returned for proof", "red"),
            "rejected": ("不符合标准", "Not met", "red")}  # fmt: skip


def _pick(said: Said, lang: str) -> str:
    return said[lang == "en"]


def label(thing: Any, lang: str = "zh") -> str:
    """The name of a kind or field (it has ``label`` and ``en``)."""
    return str(thing.en if lang == "en" else thing.label)


def sync_chip(state: str, lang: str = "zh", *, percent: int | None = None) -> tuple[str, str, str]:
    """(word, icon, tone) of a sync state; ``percent`` while its files are under way."""
    if percent is not None:
        return _pick((f"上传 {percent}%", f"Uploading {percent}%"), lang), "arrow-up", "blue"
    return (_pick(SYNC_STATES[state], lang), *_SYNC_LOOK[state])


def business(kind: str, workflow: str | None, stage: str | None, lang: str = "zh") -> tuple[str, str]:
    """(word, tone) of what the platform has decided; "—" for kinds without a paper path."""
    if workflow is None:
        machine = MACHINES.get(KINDS[kind].machine) if kind in KINDS else None
        if machine is None or stage is None or stage not in machine.states:
            return NONE, "grey"
        return _pick(machine.states[stage], lang), "grey"
    if kind == "landing" and workflow in _LANDING:
        said = _LANDING[workflow]
        if stage == "notified":
            said = _STAGES["notified"]
        return said[lang == "en"], said[2]
    if workflow == "accepted" and stage:
        if stage in _STAGES:
            return _STAGES[stage][lang == "en"], _STAGES[stage][2]
        machine = MACHINES.get(KINDS[kind].machine)
        if machine and stage in machine.states:
            return _pick(machine.states[stage], lang), "teal"
    zh, en, tone = _BUSINESS.get(workflow, (*WORKFLOW.states.get(workflow, (workflow, workflow)), "grey"))
    return (en if lang == "en" else zh), tone


def called(row: Row) -> tuple[str, str]:
    """(name, what stands below it) of a row; a visit is called after whom it was made to, its place stands below."""
    return (row.subtitle, row.title) if row.kind == "visit" and row.subtitle else (row.title, row.subtitle)


def counted(row: Row, lang: str = "zh") -> str:
    """The cell "counted": +1, a fraction, or a dash."""
    if not row.counted or not row.counted.get("credit"):
        return NONE
    credit = row.counted["credit"]
    return f"+{credit:g}" if isinstance(credit, int | float) else f"+{credit}"


#: what is to be done: (word, English), icon, tone, (button, English)
TODO: dict[str, tuple[Said, str, str, Said]] = {
    "returned": (("已退回", "Returned"), "corner-up-left", "red", ("去修改", "Correct")),
    "conflict": (("有冲突", "Conflict"), "git-merge", "violet", ("去处理", "Decide")),
    "missing": (("缺材料", "Paper missing"), "paperclip", "amber", ("补材料", "Add")),
    "blocked": (("不能计入", "Cannot count"), "info", "amber", ("查看", "View")),
    "refused": (("平台未收", "Refused"), "triangle-alert", "red", ("查看", "View")),
    "due": (("回访", "Follow-up"), "footprints", "blue", ("记走访", "Log visit")),
    "upload": (("上传失败", "Upload failed"), "triangle-alert", "red", ("查看", "View")),
    "assignment": (("包干任务", "Assigned"), "handshake", "blue", ("记服务", "Log service")),
    "task": (("工作任务", "Task"), "message-square", "blue", ("阅读", "Read")),
    "advice": (("落地建议", "Advice"), "target", "blue", ("去落实", "Follow up")),
    "stuck": (("久推不动", "Not moving"), "clock", "amber", ("提级", "Escalate")),
}


def todo_chip(what: str, lang: str = "zh") -> tuple[str, str, str]:
    """(word, icon, tone) of a thing to do."""
    said, icon, tone, _button = TODO[what]
    return _pick(said, lang), icon, tone


def todo_button(what: str, lang: str = "zh") -> str:
    """What its button says."""
    return _pick(TODO[what][3], lang)


_MOMENTS: dict[str, tuple[Said, str, str]] = {
    "created": (("登记", "Registered"), "plus", "grey"),
    "edited": (("修改 {n} 个字段", "{n} fields changed"), "pencil", "grey"),
    "workflow": (("状态变为“{state}”", "Now “{state}”"), "eye", "blue"),
    "review": (("平台意见", "The platform says"), "message-square", "blue"),
    "stage": (("阶段变为“{stage}”", "Stage now “{stage}”"), "arrow-right", "teal"),
    "resolved": (("处理了冲突", "Conflict decided"), "git-merge", "violet"),
    "attached": (("添加证明材料", "Paper added"), "stamp", "grey"),
    "refused": (("平台未收", "Refused"), "triangle-alert", "red"),
}  # fmt: skip
_MOVES: dict[str, tuple[Said, str, str]] = {
    "queued": (("提交，等待同步", "Submitted, waiting to sync"), "clock", "grey"),
    "submitted": (("平台已收到", "The platform has it"), "badge-check", "green"),
    "returned": (("平台退回", "Returned by the platform"), "corner-up-left", "red"),
    "accepted": (("平台受理", "Accepted by the platform"), "circle-check", "green"),
    "rejected": (("平台不予受理", "Rejected by the platform"), "circle-x", "red"),
    "merged": (("判重合并", "Merged as duplicate"), "git-merge", "grey"),
    "withdrawn": (("撤回", "Withdrawn"), "undo-2", "grey"), "draft": (("改回草稿", "Draft again"), "pencil", "grey"),
    "amending": (("变更申请", "Change requested"), "pencil", "blue"),
    "deleted": (("移入回收站", "Moved to the bin"), "x", "grey"),
    "revoked": (("平台撤销", "Revoked by the platform"), "circle-x", "red"),
}  # fmt: skip


def moment(
    what: str, changes: Mapping[str, tuple[Any, Any]], lang: str = "zh", *, seen: bool = True, kind: str = ""
) -> tuple[str, str, str]:
    """(sentence, icon, tone) of a line of a timeline; ``seen``: the platform has it; ``kind`` names its stages."""
    if what == "workflow" or (what in ("edited", "review") and "workflow" in changes):
        state = str((changes.get("workflow") or ("", ""))[1] or "")
        if state in _MOVES:
            said, icon, tone = _MOVES[state]
            return _pick(said, lang), icon, tone
        states = _BUSINESS.get(state, (state, state, "grey"))
        return _pick(_MOMENTS["workflow"][0], lang).format(state=states[lang == "en"]), "eye", "blue"
    if what == "edited" and changes and all(before is None for before, _after in changes.values()) and seen is False:
        what = "created"  # the first change of a record that has not reached the platform
    said, icon, tone = _MOMENTS[what]
    reached = stage_name(kind, (changes.get(STEP) or (None, None))[1], lang)
    return _pick(said, lang).format(n=len(changes.keys() - {STEP}), stage=reached), icon, tone


def stage_name(kind: str, stage: str | None, lang: str = "zh") -> str:
    """A business stage in words, by the machine of its kind; "—" where there is none."""
    machine = MACHINES.get(KINDS[kind].machine) if kind in KINDS else None
    states = machine.states if machine is not None else {}
    return states[stage or ""][lang == "en"] if stage in states else stage or NONE


#: what to do, where the remedy of a command line would send somebody to commands he does not know
_IN_THE_WINDOW: dict[str, Said] = {
    "not_enrolled": ("请用登记码或登记文件登记。", "Enrol with a code or an enrolment file."),
    "locked": ("请解锁系统钥匙串，或输入开锁口令。", "Unlock the system keyring, or enter the passphrase."),
    "proxy": ("本机资料都在。请找单位网管，让这台电脑能经过代理服务器上网。",
              "Everything is still here. Ask your IT to let this computer through the proxy."),
    "many_deletions": ("本机什么都没有动。请先问清是谁删的；确认无误再点“照此更新”。删除的草稿以后也能恢复。",
                       "Nothing was changed here. Ask who deleted them; if it is right, choose “Accept”. Deleted drafts can be restored."),
    "disk": ("之前保存的都在。请检查磁盘还有没有空间、文件夹能不能写。",
             "What was saved before is safe. Check that the disk has room and the folder can be written."),
    "not_found": ("它可能已被合并，或不再属于本单位。", "It may have been merged, or is no longer your unit's."),
    "damaged_store": ("不要删除资料夹。请找管理员，用最近的备份恢复；平台已收到的都还在平台上。",
                      "Do not delete the folder. Have it restored from the last backup; what the platform received is there."),
    "not_here": ("平台上有的，点“从平台取来”；平台也没有的，在登记它的电脑上同步一次，或从原件重新添加。",
                 "What the platform has can be fetched here; else synchronise the computer it was added on, or add the original again."),
    "no_practice": ("这台电脑上的程序没有带练习平台，别的都不受影响。", "The program on this computer comes without it; all else works."),
}  # fmt: skip
_BUG = ("程序出错了，刚才这一步没有做完", "The program failed; this step was not done")
_BUG_HELP = ("之前保存的都在。请导出诊断报告交给中心。", "What was saved is safe. Give the centre a report.")


def note(words: str, lang: str = "zh") -> str:
    """What somebody said of a change; a bare reason code becomes its sentence, without the clauses its figures are missing from."""
    if words not in REASONS:
        return words
    return bare(words, lang)


def error(failure: BaseException, lang: str = "zh") -> tuple[str, str, str]:
    """(what happened, what is safe and what to do in the window, code for support)."""
    if isinstance(failure, Failure):
        problems = getattr(failure, "problems", None)
        said = problem(problems[0], lang) if problems else failure.message(lang)
        remedy = _pick(_IN_THE_WINDOW[failure.code], lang) if failure.code in _IN_THE_WINDOW else failure.remedy(lang)
        return said.rstrip("：: "), remedy, failure.code
    return _pick(_BUG, lang), _pick(_BUG_HELP, lang), type(failure).__name__


def problem(found: Problem, lang: str = "zh") -> str:
    """The sentence of a problem, as it stands beside its field; units and towns by name, though the rules know codes only."""
    codes = {name: str(found.values.get(name)) for name in ("unit", "division")}
    names = {name: units(lang)[code] for name, code in codes.items() if code in units(lang)}
    own = any(BLANK in str(value) for value in found.values.values())  # somebody's own …
    return sentence(found, lang, **names) if own else bare(found, lang, **names)


def paper_kind(kind: str, lang: str = "zh") -> str:
    """The name of an evidence kind."""
    return _pick(lists.EVIDENCE_KINDS[kind], lang) if kind in lists.EVIDENCE_KINDS else kind


def progress(now: Progress, lang: str = "zh") -> str:
    """One sentence on where a running round stands."""
    steps = {1: ("取回平台更新", "Fetching from the platform"), 2: ("自动合并", "Merging"),
             3: ("上传记录", "Sending records"), 4: ("上传扫描件", "Sending scans")}  # fmt: skip
    words = _pick(steps[now.step], lang)
    if now.step == 4 and now.bytes:
        return f"{words} {size(now.done_bytes)} / {size(now.bytes)}"
    return f"{words} {now.done_items} / {now.items}" if now.items else words


# ------------------------------------------------------------------------------------- amounts and sizes


def wan(fen: int) -> str:
    """Fen as 万元 with two decimals and thousands commas: 120.00. Less than 100 yuan rounds half up."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    hundredths = (fen + 5_000) // 10_000
    return f"{sign}{hundredths // 100:,}.{hundredths % 100:02d}"


def amount(fen: int, lang: str = "zh", unit: str = "万元") -> str:
    """An amount with its unit: 120.00 万元; in English in yuan."""
    if lang == "en" or unit == "元":
        yuan = f"{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
        sign = "-" if fen < 0 else ""
        return f"CNY {sign}{yuan}" if lang == "en" else f"{sign}{yuan} 元"
    return f"{wan(fen)} 万元"


def size(count: int) -> str:
    """Bytes in decimal units: 31.2 MB, 18 KB."""
    for unit, step in (("GB", 10**9), ("MB", 10**6)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{max(1, round(count / 1000)) if count else 0} KB"


def masked(number: str) -> str:
    """A telephone or identity number with its middle hidden: 138****6210."""
    digits = number.strip()
    if len(digits) < 8:
        return "****" if digits else ""
    return f"{digits[:3]}****{digits[-4:]}"


# --------------------------------------------------------------------------------------------------- days

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = (("星期一", "Mon"), ("星期二", "Tue"), ("星期三", "Wed"), ("星期四", "Thu"), ("星期五", "Fri"),
             ("星期六", "Sat"), ("星期日", "Sun"))  # fmt: skip


def local(instant: str) -> datetime | None:
    """An instant in China time, or None where it is none."""
    found = parse_time(instant) if instant else None
    return found.astimezone(CHINA) if found else None


def month_day(instant: str) -> str:
    """The day of an instant in China time as figures, 09-16; empty where it is none."""
    found = local(instant)
    return f"{found:%m-%d}" if found else ""


def day(value: str | date, today: date, lang: str = "zh") -> str:
    """A day in prose: 9月16日, with the year when it is not this year."""
    found = parse_date(value[:10]) if isinstance(value, str) else value
    if found is None:
        return str(value)
    if lang == "en":
        return f"{found.day} {_MONTHS[found.month - 1]}" + ("" if found.year == today.year else f" {found.year}")
    return ("" if found.year == today.year else f"{found.year}年") + f"{found.month}月{found.day}日"


def weekday(value: date, lang: str = "zh", *, short: bool = False) -> str:
    """星期五, or short 周五."""
    words = _pick(_WEEKDAYS[value.weekday()], lang)
    return words.replace("星期", "周") if short else words


def stamp(instant: str, today: date, lang: str = "zh") -> str:
    """An instant in a list: 今天 09:12, 昨天 17:40, 9月15日 16:20."""
    at = local(instant)
    if at is None:
        return NONE
    back = (today - at.date()).days
    name = {0: _pick(("今天", "today"), lang), 1: _pick(("昨天", "yesterday"), lang)}.get(back)
    return f"{name or day(at.date(), today, lang)} {at:%H:%M}"


def clock(instant: str) -> str:
    """Hours, minutes and seconds of an instant: 14:32:08."""
    at = local(instant)
    return f"{at:%H:%M:%S}" if at else NONE


def _days(count: int) -> str:
    return "day" if count == 1 else "days"


def due(value: str, today: date, lang: str = "zh") -> tuple[str, bool]:
    """("还有 2 天", urgent) for a day something must be done by; urgent within three days and after."""
    found = parse_date(value[:10])
    if found is None:
        return "", False
    left = (found - today).days
    if left < 0:
        return _pick((f"已过 {-left} 天", f"{-left} {_days(-left)} late"), lang), True
    if left == 0:
        return _pick(("今天到期", "due today"), lang), True
    return _pick((f"还有 {left} 天", f"{left} {_days(left)} left"), lang), left <= 3


def since(instant: str, today: date, lang: str = "zh") -> str:
    """How long something has been waiting: 已 6 天; today it says the hour."""
    at = local(instant)
    if at is None:
        return NONE
    days = (today - at.date()).days
    return stamp(instant, today, lang) if days < 1 else _pick((f"已 {days} 天", f"{days} {_days(days)}"), lang)


# ------------------------------------------------------------------------------------------------- values


def value(
    field: Field, held: Any, lang: str = "zh", *, name: Callable[[str], str] | None = None,
    choice: Callable[[str], str] | None = None, plain: bool = False,
) -> str:  # fmt: skip
    """A field's value as one line. ``name`` turns a record id or a code into words, ``choice`` translates a choice.

    Private values are masked unless ``plain``.
    """
    if empty(held):
        return NONE
    name, choice = name or str, choice or str
    if field.private and not plain:
        return masked(str(held))
    if field.type == "money" and isinstance(held, int):
        return amount(held, lang, field.unit or "万元")
    if field.type == "bool":
        return _pick(("是", "yes"), lang) if held else _pick(("否", "no"), lang)
    if field.type == "time":
        at = local(str(held))
        return f"{at:%Y-%m-%d %H:%M}" if at else str(held)
    if field.type == "code":
        called = name_of(field.source, str(held), lang)
        return f"{called}（{held}）" if called and field.source == "industry" and lang != "en" else called or str(held)
    if field.type == "ref":
        return name(str(held))
    if isinstance(held, list):
        return _joined(field, held, lang, name, choice, plain)
    words = choice(str(held)) if field.type == "choice" else str(held)
    return f"{words} {field.unit}" if field.unit and field.type == "int" else words


def _joined(
    field: Field, held: list[Any], lang: str, name: Callable[[str], str], choice: Callable[[str], str], plain: bool
) -> str:
    parts = []
    for item in held:
        if isinstance(item, dict):
            shown = [value(part, item.get(part.name), lang, choice=choice, plain=plain) for part in field.items]
            parts.append(" ".join(word for word in shown if word != NONE))
        else:
            parts.append(name(str(item)) if field.of else choice(str(item)))
    separator = "; " if lang == "en" else ("；" if field.items else "、")
    return separator.join(part for part in parts if part) or NONE
