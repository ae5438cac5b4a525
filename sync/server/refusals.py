"""How the platform says no over HTTP: RFC 9457 problem details with a ``code`` a program acts on.

One table gives every refusal its status and its two sentences; OpenAPI lists them from here. Details never hold
record content, names or tokens. This module must not know requests or the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.messages import DIVERGED, NONCE, REVOKED, TOO_OLD, WIPE

TYPE = "urn:liaison:problem:"

#: code -> (HTTP status, Chinese, English)
REFUSALS: dict[str, tuple[int, str, str]] = {
    "bad_request": (400, "请求的内容不是约定的样子", "The request is not what the protocol says"),
    "bad_json": (400, "正文不是完整的 JSON", "The body is not complete JSON"),
    "digest_mismatch": (400, "正文与它的摘要对不上，可能在路上坏了", "The body does not match its digest; it was damaged on the way"),
    "bad_encoding": (415, "不支持这种压缩方式", "This content encoding is not supported"),
    "bad_media_type": (415, "正文类型不对", "The body has the wrong media type"),
    "body_too_large": (413, "正文超过上限", "The body is larger than allowed"),
    "too_many_changes": (413, "一次推送的改动太多，请分批", "Too many changes in one push; send fewer"),
    "length_required": (411, "缺少 Content-Length", "Content-Length is missing"),
    NONCE: (401, "证明里要带平台最新给的随机数", "The proof must carry a fresh nonce of the platform"),
    "bad_proof": (401, "设备证明不对", "The device's proof is not valid"),
    "replayed_proof": (401, "这份设备证明已经用过", "This proof was used before"),
    "not_enrolled": (401, "没有这台设备的登记", "This device is not enrolled"),
    "pass_over": (401, "上传凭据不对或已过期，请重新开始上传", "The upload pass is not valid or is over; begin the upload again"),
    "pass_in_the_open": (403, "上传凭据只能走 HTTPS 或本机", "An upload pass is taken over HTTPS or on the same machine only"),
    REVOKED: (401, "这台设备已被平台停用", "The platform has closed this device"),
    WIPE: (401, "平台要求清除这台设备上的资料", "The platform asks this device to erase its data"),
    TOO_OLD: (426, "客户端版本过旧，只能接收，不能提交", "This client is too old to send; it may still receive"),
    "code_unknown": (403, "登记码不对", "The code is not valid"),
    "code_used": (409, "登记码已经用过", "The code was used before"),
    "code_expired": (410, "登记码已过期（7 天内有效）", "The code has expired (valid for 7 days)"),
    "code_dead": (410, "登记码输错次数太多，已作废", "Too many wrong tries; the code is void"),
    "code_wait": (429, "输错多次，请稍后再试", "Several wrong codes; wait before trying again"),
    "too_many_requests": (429, "请求太密，请稍后再试", "Too many requests; wait a little"),
    "not_found": (404, "没有这条记录或文件", "There is no such record or file"),
    "method_not_allowed": (405, "不支持这种请求方法", "This method is not supported here"),
    "precondition_failed": (412, "记录已经变化，版本不符", "The record has changed; the version differs"),
    DIVERGED: (409, "同步位置不在平台现有的历史里", "The cursor is not a place in the platform's history"),
    "head_not_ours": (422, "补交的历史没有平台的签名", "The history handed back is not signed by this platform"),
    "rows_do_not_link": (422, "补交的行接不上平台的历史", "The rows handed back do not link to the platform's history"),
    "tus_version": (412, "只支持 tus 1.0.0", "Only tus 1.0.0 is supported"),
    "upload_offset": (409, "上传位置不对，请按平台给的位置继续", "Wrong offset; go on at the platform's"),
    "upload_busy": (423, "这个文件正由另一个连接上传", "Another connection is uploading this file"),
    "checksum_mismatch": (460, "内容与校验值对不上，请重传", "The content does not match its checksum; send it again"),
    "file_too_large": (413, "文件超过上限", "The file is larger than allowed"),
    "file_not_wanted": (404, "没有记录引用这个文件", "No record of the unit refers to this file"),
    "not_deletable": (403, "平台上的文件不能删除", "Files on the platform cannot be deleted"),
    "range_not_satisfiable": (416, "请求的范围超出文件", "The range lies outside the file"),
    "no_room": (507, "平台的磁盘满了，收到过的都在；腾出空间后请再试", "The disk is full; what was received is there. Try again later"),
    "internal": (500, "平台出错了，请稍后再试", "The platform failed; try again later"),
}


class Refusal(Exception):
    """A request is refused. ``more`` goes into the problem document, ``headers`` into the answer."""

    def __init__(self, code: str, detail: str = "", headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = REFUSALS[code][0]
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more

    def to_json(self) -> dict[str, Any]:
        """The problem document."""
        status, chinese, english = REFUSALS[self.code]
        body = {"type": TYPE + self.code, "title": chinese, "title_en": english, "status": status, "code": self.code}
        return {**body, **({"detail": self.detail} if self.detail else {}), **self.more}
