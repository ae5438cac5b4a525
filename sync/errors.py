"""What can go wrong, as the product tells it: three families below one root.

    Failure
    ├── Temporary        offline, time-out, busy: retried, work is safe
    ├── NeedsPerson      somebody must act: sign in again, free the disk, update
    │   └── Refused      a rule said no; the problems say which
    └── Damage           a file, the disk or a key is not what it was

Each carries a ``code`` for support, a sentence for the person and a remedy, Chinese and English. Bad input that
a form can show is no exception but a list of ``Problem`` values. Anything else that is raised is a bug.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import ClassVar

from sync.domain.problems import SEVERITIES, Problem, sentence

Said = tuple[str, str]  # Chinese, English


class Failure(Exception):
    """Root of everything a person may be told. ``detail`` is put into the sentence; it never holds record content."""

    code: ClassVar[str] = "failure"
    exit_status: ClassVar[int] = 1
    sentence: ClassVar[Said] = ("出错了：{detail}", "Something went wrong: {detail}")
    help: ClassVar[Said] = ("", "")

    instead: Said | None = None  # the remedy where the usual one would be wrong
    detail_en: str = ""  # where the platform said it in both languages

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def message(self, lang: str = "zh") -> str:
        """What happened, in one sentence."""
        english = lang == "en"
        return self.sentence[english].format(detail=(english and self.detail_en) or self.detail)

    def remedy(self, lang: str = "zh") -> str:
        """What is safe and what to do next."""
        return (self.instead or self.help)[lang == "en"]


class Temporary(Failure):
    """Tried again by itself; shown as a status only."""

    retry_after: float | None = None  # seconds the platform asked to wait
    status: int = 0  # of its answer, where there was one


class NeedsPerson(Failure):
    """Nothing goes on until somebody acts."""


class Damage(Failure):
    """A file, the disk or a key is not what it was."""


class Refused(NeedsPerson):
    """A rule said no; nothing was changed. ``problems`` say which rule and why."""

    code = "refused"
    exit_status = 3
    sentence = ("没有通过检查：{detail}", "Refused by a rule: {detail}")
    help = ("请按提示修改后再试；已保存的内容都在。", "Correct it as said and try again; what was saved is safe.")

    def __init__(self, problems: Sequence[Problem], detail: str = "") -> None:
        super().__init__(detail or "、".join(sorted({problem.code for problem in problems})))
        self.problems = list(problems)
        self._told = bool(detail)

    def message(self, lang: str = "zh") -> str:
        """The gravest problem in its own words, and how many more there are."""
        if self._told or not self.problems:
            return super().message(lang)
        first = min(self.problems, key=lambda one: SEVERITIES.index(one.severity))
        more = len(self.problems) - 1
        rest = (f"（另有 {more} 处）", f" (and {more} more)")[lang == "en"] if more else ""
        return self.sentence[lang == "en"].format(detail=sentence(first, lang).rstrip("。.") + rest)


class BadPaper(Refused):
    """A file that cannot be taken as evidence (empty, a folder, too large, not what its name says, …)."""

    code = "bad_paper"


class Offline(Temporary):
    """连不上平台."""

    code = "offline"
    exit_status = 5
    sentence = ("连不上平台：{detail}", "The platform cannot be reached: {detail}")
    help = ("已保存在本机，联网后会自动再试。", "Everything is saved here and will be sent once the line is back.")


class LineBroke(Offline):
    """线路断了: it stood before, so another try within the round may go through."""


class ServerTrouble(Temporary):
    """平台暂时出错."""

    code = "server_trouble"
    exit_status = 5
    sentence = ("平台暂时出错：{detail}", "The platform has trouble: {detail}")
    help = (
        "已保存在本机，稍后自动再试；一直这样请告诉中心。",
        "Everything is saved here and will be tried again; tell the centre if it stays.",
    )


class BadAnswer(ServerTrouble):
    """平台的回答不完整，或不是约定的样子."""

    code = "bad_answer"
    sentence = (
        "平台的回答不完整，或不是约定的样子：{detail}",
        "The platform's answer is not whole, or not what was agreed: {detail}",
    )
    help = (
        "没有采用这份回答，已保存在本机，稍后自动再试；一直这样请告诉中心，也可能是网络上的设备改动了内容。",
        "Nothing of it was used. Everything is saved here and will be tried again; tell the centre if it stays: "
        "something on the network may alter what passes.",
    )


class PlatformFull(ServerTrouble):
    """平台的磁盘满了."""

    code = "platform_full"
    sentence = ("平台的磁盘满了，暂时收不下：{detail}", "The platform's disk is full; it takes nothing for now: {detail}")
    help = (
        "已保存在本机，平台收到过的也都在。请告诉中心腾出空间，之后会自动再传。",
        "Everything is saved here, and what the platform received is there. Tell the centre to free some space; it goes by itself then.",
    )


class TooLarge(ServerTrouble):
    """一次发送的内容超过平台或网关的上限: smaller portions may go through."""

    code = "too_large"
    sentence = (
        "平台或路上的网关嫌一次发送的内容太大：{detail}",
        "The platform or a gateway on the way finds what is sent at once too large: {detail}",
    )
    help = (
        "已保存在本机。请告诉中心放宽平台前面网关的大小限制。",
        "Everything is saved here. Ask the centre to raise the size limit of the gateway before the platform.",
    )


class NotThePlatform(Temporary):
    """对方不像成果转化平台."""

    code = "not_the_platform"
    exit_status = 5
    sentence = ("对方不像成果转化平台：{detail}", "That is not the platform: {detail}")
    help = (
        "本机资料都在，没有丢。请检查平台地址，或先在浏览器里登录所在网络。",
        "Everything is still here. Check the address, or sign in to this network first.",
    )


class ProxyRefused(NeedsPerson):
    """所在网络的代理服务器不放行."""

    code = "proxy"
    exit_status = 5
    sentence = (
        "代理服务器要求用户名和口令，或口令不对（407）：{detail}",
        "The proxy asks for a user name and password, or refuses them (407): {detail}",
    )
    help = (
        "本机资料都在。请让网管给出代理的用户名和口令，写在环境变量 HTTPS_PROXY 里（http://用户名:口令@代理:端口）。",
        "Everything is still here. Put the proxy's user name and password into HTTPS_PROXY (http://name:password@proxy:port).",
    )


class NoPractice(NeedsPerson):
    """这份程序不带练习平台."""

    code = "no_practice"
    exit_status = 3
    sentence = ("这份程序不带练习平台", "This program comes without the practice platform")
    help = ("请在源码目录里运行 make demo；登记过的电脑不受影响。", "Run make demo in the source folder; enrolled computers are not affected.")


class Busy(Temporary):
    """另一个窗口或命令正在使用这份资料."""

    code = "profile_busy"
    exit_status = 5
    sentence = ("另一个窗口或命令正在使用这份资料", "Another window or command is using this profile")
    help = ("请等它做完再试；资料没有变化。", "Wait until it is done; nothing has changed.")


class Stopped(NeedsPerson):
    """已停止: somebody pressed Ctrl+C."""

    code = "stopped"
    exit_status = 130
    sentence = ("已停止", "Stopped")
    help = ("已保存的都在。", "What was saved is safe.")


class NotEnrolled(NeedsPerson):
    """这台电脑还没有登记."""

    code = "not_enrolled"
    exit_status = 4
    sentence = ("这台电脑还没有登记", "This computer is not enrolled yet")
    help = (
        "请用登记码或登记文件登记：liaison enrol --server 地址 --code 登记码",
        "Enrol with a code or file: liaison enrol --server URL --code CODE",
    )


class Locked(NeedsPerson):
    """本机资料已上锁."""

    code = "locked"
    exit_status = 4
    sentence = ("本机资料已上锁：{detail}", "The profile is locked: {detail}")
    help = (
        "请解锁系统钥匙串，或设置环境变量 LIAISON_PASSPHRASE 后再试。",
        "Unlock the system keyring or set LIAISON_PASSPHRASE.",
    )


class WrongPassphrase(NeedsPerson):
    """口令不对."""

    code = "wrong_passphrase"
    exit_status = 4
    sentence = ("口令不对", "Wrong passphrase")
    help = (
        "请再输一次；资料没有变化。忘了口令，可以在这里输入恢复码。",
        "Try again; nothing has changed. Where it is forgotten, the recovery code opens it here.",
    )


class CodeRefused(NeedsPerson):
    """登记码没有被接受."""

    code = "code_refused"
    exit_status = 4
    sentence = ("登记码没有被接受：{detail}", "The code was not accepted: {detail}")
    help = ("请核对登记码，或请管理员重发一个。", "Check the code or ask for a new one.")


class NoEnrolmentFile(NeedsPerson):
    """这不是登记文件，或者读不了."""

    code = "no_enrolment_file"
    exit_status = 4
    sentence = ("这不是登记文件，或者读不了：{detail}", "That is no enrolment file, or it cannot be read: {detail}")
    help = (
        "本机没有变化。请核对文件，或请管理员重发登记文件；也可以直接输入登记码。",
        "Nothing has changed. Check the file or ask for a new one; a code may be typed instead.",
    )


class DeviceClosed(NeedsPerson):
    """平台已停用这台电脑的登记."""

    code = "device_closed"
    exit_status = 4
    sentence = ("平台已停用这台电脑的登记", "The platform has closed this device")
    help = ("本机资料都在；请管理员重新发登记码。", "Everything is still here; ask for a new code.")


class DeviceUnknown(DeviceClosed):
    """平台上没有这台电脑的登记."""

    code = "device_unknown"
    sentence = (
        "平台上没有这台电脑的登记（平台可能换过，或从较早的备份恢复过）",
        "The platform does not know this device (it may be another one, or restored from an older backup)",
    )
    help = (
        "本机资料都在。请管理员重新发登记码，用它再登记一次；平台缺的会自动补送。",
        "Everything is still here. Ask for a new code and enrol again; what the platform lacks will be sent by itself.",
    )


class WipeOrdered(DeviceClosed):
    """平台要求清除这台电脑上的资料."""

    code = "device_wiped"
    sentence = ("平台要求清除这台电脑上的资料，已经清除", "The platform asked to erase what this laptop holds; it is erased")
    help = ("平台已收到的都在平台上。请管理员重新发登记码。", "What the platform received is there. Ask for a new code.")


class TooOld(NeedsPerson):
    """平台要求更新的版本."""

    code = "client_too_old"
    exit_status = 4
    sentence = ("平台要求更新的版本：{detail}", "The platform asks for a newer version: {detail}")
    help = ("本机资料都在；请更新后再同步。", "Everything is still here; update, then sync.")


class ManyDeletions(NeedsPerson):
    """别处一次删了很多记录."""

    code = "many_deletions"
    exit_status = 3
    sentence = (
        "这次同步会把本机的 {detail} 条记录标为已删除，已停下等你确认",
        "This sync would mark {detail} records on this computer as deleted; it has stopped for you to confirm",
    )
    help = (
        "本机什么都没有动。请先问清是谁删的；确认无误再“照此更新”，或运行 liaison sync --accept-deletions。删除的草稿以后也能恢复。",
        "Nothing was changed here. Ask who deleted them; if it is right, choose “Accept” or run liaison sync --accept-deletions. "
        "Deleted drafts can be restored later.",
    )


class ClockWrong(NeedsPerson):
    """平台证书不在有效期内，多半是本机时间不对."""

    code = "clock_wrong"
    exit_status = 4
    sentence = (
        "平台证书不在有效期内，或者本机日期不对（本机现在是 {detail}）",
        "The platform's certificate is not valid on this computer's date ({detail})",
    )
    help = (
        "请先校准本机日期和时间；日期没错就请告诉中心更新证书。本机资料都在，什么都没有发出去。",
        "Set this computer's date and time; if they are right, tell the centre to renew its certificate. Nothing was sent.",
    )


class NeedsHttps(NeedsPerson):
    """平台地址不加密."""

    code = "needs_https"
    exit_status = 4
    sentence = ("平台地址必须以 https:// 开头：{detail}", "The platform's address must begin with https://: {detail}")
    help = ("什么都没有发出去。请向中心核对平台地址。", "Nothing was sent. Ask the centre for the right address.")


class CertificateRefused(NeedsPerson):
    """平台证书核对不过."""

    code = "certificate"
    exit_status = 4
    sentence = ("平台证书核对不过：{detail}", "The platform's certificate is not trusted: {detail}")
    help = (
        "请找单位网管核对平台地址与证书；什么都没有发出去。",
        "Ask your IT to check address and certificate. Nothing was sent.",
    )


class DiskFull(NeedsPerson):
    """磁盘已满或写不进去，刚才这一步没有保存."""

    code = "disk_full"
    exit_status = 7
    sentence = ("磁盘已满或写不进去，刚才这一步没有保存", "The disk is full or takes nothing more; this step was not saved")
    help = ("之前保存的都在。请腾出空间后再试。", "What was saved before is safe. Free some space and try again.")


class CannotWrite(NeedsPerson):
    """要写出的文件写不了."""

    code = "cannot_write"
    exit_status = 7
    sentence = ("文件写不了：{detail}", "The file cannot be written: {detail}")
    help = (
        "本机资料没有变化。请换一个文件夹，或检查权限和空间后再试。",
        "The profile has not changed. Choose another folder, or check permissions and space.",
    )


class DiskTrouble(Damage):
    """读写文件出错."""

    code = "disk"
    exit_status = 7
    sentence = ("读写文件出错，刚才这一步没有完成：{detail}", "Reading or writing a file failed; this step was not done: {detail}")
    help = (
        "之前保存的都在。请检查磁盘和文件夹权限，再用 liaison verify 核对。",
        "What was saved before is safe. Check the disk and the folder's permissions, then run liaison verify.",
    )


class ReadOnly(NeedsPerson):
    """资料夹不能写入."""

    code = "read_only"
    exit_status = 7
    sentence = ("资料夹不能写入：{detail}", "The profile folder cannot be written: {detail}")
    help = ("之前保存的都在。请检查文件夹权限。", "What was saved before is safe. Check the folder's permissions.")


class NewerProfile(NeedsPerson):
    """这份资料是更新版本的程序写的."""

    code = "newer_profile"
    exit_status = 7
    sentence = ("这份资料是更新版本的程序写的（{detail}）", "This profile was written by a newer version ({detail})")
    help = ("请更新程序；资料没有动过。", "Update the program; nothing was touched.")


class NoSuch(NeedsPerson, LookupError):
    """没有这条记录."""

    code = "not_found"
    exit_status = 3
    sentence = ("没有这条记录：{detail}", "No such record: {detail}")
    help = ("请核对编号；可用 liaison list 查看。", "Check the id; see liaison list.")


class DamagedStore(Damage):
    """本机资料库打不开."""

    code = "damaged_store"
    exit_status = 7
    sentence = ("本机资料库打不开：{detail}", "The local database cannot be opened: {detail}")
    help = (
        "不要删除资料夹；请用 liaison restore 从备份恢复，或交给管理员。",
        "Do not delete the folder; restore a backup or ask for help.",
    )


class DamagedFile(Damage):
    """一份扫描件与登记时不一样."""

    code = "damaged_file"
    exit_status = 7
    sentence = ("一份扫描件与登记时不一样：{detail}", "A scan is not what it was: {detail}")
    help = (
        "记录的文字没有影响；请从原件重新添加，或从平台取回。",
        "The record is safe; attach it again or fetch it from the platform.",
    )


class NotHere(DamagedFile):
    """一份扫描件不在本机: it came with another computer of the unit, and lies on the platform."""

    code = "not_here"
    sentence = ("一份扫描件不在本机：{detail}", "A scan is not on this computer: {detail}")
    help = (
        "平台上有的，用 liaison fetch 取回；平台也没有的，在登记它的电脑上同步一次，或从原件重新添加。",
        "What the platform has comes with liaison fetch; else synchronise the computer it was added on, or add the original again.",
    )


class DamagedParcel(Damage):
    """不是完整的加密包."""

    code = "damaged_parcel"
    exit_status = 7
    sentence = ("这不是一份完整的加密包或备份：{detail}", "That is no whole parcel or backup: {detail}")
    help = (
        "本机资料没有变化。请核对文件，或换一份重新拷贝的再试。",
        "The profile has not changed. Check the file, or copy it once more and try again.",
    )


def is_full(error: BaseException) -> bool:
    """Whether a disk took nothing more: an error of the system, or what a database makes of one."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    said = str(getattr(error, "orig", None) or "").lower()
    return any(one in said for one in ("is full", "no space left"))


def of_system(error: OSError) -> Failure:
    """What an error of the operating system means to a person."""
    if is_full(error):
        return DiskFull()
    return DiskTrouble(" ".join(one for one in (str(error.filename or ""), error.strerror or "") if one))
