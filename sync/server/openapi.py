"""The description of the API: for every route what goes in, what comes out, an example, and every refusal.

``route`` gives FastAPI what it needs to know about a route; the schemas are the wire of ``sync.messages``. Bodies are
not checked from here: the wire and the ledger check them, once. This module must not know how anything is done.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sync.messages import DIVERGED, GENESIS, MAX_CHANGES, MAX_PAGE_ROWS, NONCE, PROTOCOL, REVOKED, TOO_OLD, WIPE
from sync.server.refusals import REFUSALS, TYPE

Json = dict[str, Any]
_ACCESS = (NONCE, "bad_proof", "replayed_proof", "not_enrolled", REVOKED, WIPE, "too_many_requests")
_BODY = ("bad_request", "bad_json", "digest_mismatch", "bad_encoding", "bad_media_type", "body_too_large")
_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_DIGEST: Json = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_TIME: Json = {"type": "string", "format": "date-time"}


def _object(required: str, /, **properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": required.split()}


def _list(items: Json, **more: Any) -> Json:
    return {"type": "array", "items": items, **more}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Json] = {
    "Problem": _object(
        "field code severity values", field={"type": ["string", "null"]}, code=_TEXT,
        severity={"enum": ["block", "review", "warn", "hint"]}, values={"type": "object"},
    ),
    "Refusal": _object(
        "type title status code", type=_TEXT, title=_TEXT, title_en=_TEXT, status={"type": "integer"},
        code={"enum": sorted(REFUSALS)}, detail=_TEXT,
    ),
    "Pair": {"type": "array", "minItems": 2, "maxItems": 2, "description": "[before or base, after or new]"},
    "Change": _object(
        "id record kind device at fields", id={"type": "string", "maxLength": 32}, record={"type": "string", "maxLength": 36},
        kind={"type": "string", "maxLength": 40}, device={"type": "string", "maxLength": 64}, at=_TEXT,
        fields={"type": "object", "additionalProperties": _ref("Pair")}, workflow=_ref("Pair"), stage=_ref("Pair"),
        resolves=_list(_TEXT), reason={"type": "string", "maxLength": 1000}, seen=_COUNT,
    ),
    "Conflict": _object(
        "id field", id=_TEXT, record=_TEXT, field=_TEXT, base={}, mine={}, theirs={}, by=_TEXT, at=_TIME, mine_by=_TEXT,
        mine_at=_TIME, device=_TEXT, change=_TEXT,
    ),
    "FeedRow": _object(
        "seq change record kind at by device what fields version", seq=_COUNT, change=_TEXT, record=_TEXT, kind=_TEXT, at=_TIME,
        by=_TEXT, device=_TEXT,
        what={"enum": ["created", "edited", "workflow", "stage", "review", "resolved", "attached", "refused"]},
        unit={"type": "string", "description": "whose record it is, where this unit was only shown it"},
        fields={"type": "object", "additionalProperties": _ref("Pair")}, workflow=_ref("Pair"), stage=_ref("Pair"), version=_COUNT,
        facts={"type": "object"}, conflicts=_list(_ref("Conflict")), closed=_list({"type": "object"}),
        amendment={"type": "object"}, amended={"type": "object", "additionalProperties": _ref("Pair")},
        problems=_list(_ref("Problem")), said={"type": "object", "additionalProperties": _ref("Pair")}, reason=_TEXT,
        made_at=_TEXT, since=_TIME, released={**_TIME, "description": "the record is another unit's after all, since then"},
    ),
    "Cursor": {
        "type": "array", "minItems": 3, "maxItems": 3, "prefixItems": [_TEXT, _COUNT, _DIGEST],
        "description": "[epoch, seq, chain]; at the beginning [\"\", 0, 64 zeros]",
    },
    "Head": {
        "type": "array", "minItems": 3, "maxItems": 3, "prefixItems": [_COUNT, _DIGEST, _TEXT],
        "description": "[seq, chain, signature by the platform]: the receipt for everything up to seq, where the page ends",
    },
    "Page": _object(
        "epoch rows more head want facts time", epoch=_TEXT, rows=_list(_ref("FeedRow"), maxItems=MAX_PAGE_ROWS),
        more={"type": "boolean"}, head=_ref("Head"), want=_list(_DIGEST), want_more={"type": "boolean"},
        facts={"type": "object"}, time=_TIME,
    ),
    "Record": _object(
        "id kind unit fields version", id=_TEXT, kind=_TEXT, unit=_TEXT, fields={"type": "object"},
        workflow={"type": ["string", "null"]}, version=_COUNT, facts={"type": "object"}, amendment={"type": "object"},
        conflicts=_list(_ref("Conflict")), evidence=_list(_DIGEST), created_at=_TIME, updated_at=_TIME,
    ),
}  # fmt: skip

_CURSOR_EXAMPLE = ["", 0, GENESIS]
_CHANGE_EXAMPLE = {
    "id": "9f0c1b7e5d2a4c3f8e6b7a9081726354", "record": "0198c0de-0000-7000-8000-000000000001", "kind": "demand",
    "device": "5b1f", "at": "2026-03-10T01:02:03Z", "fields": {"title": [None, "高速主轴热误差补偿技术"], "budget_fen": [None, 15_000_000]},
}  # fmt: skip
_KEY = _object("kty crv x", kty={"const": "OKP"}, crv={"const": "Ed25519"}, x=_TEXT)
_RESULT: Json = {
    "type": "array", "minItems": 2, "maxItems": 3, "prefixItems": [_TEXT, _COUNT, _list(_ref("Problem"))],
    "description": "[change id, seq] or [change id, seq, problems]; seq 0: no row was written",
}  # fmt: skip


def _route(
    summary: str, refusals: tuple[str, ...] = (), *, status: int = 200, answer: Json | None = None, body: Json | None = None,
    example: Any = None, returns: Any = None, public: bool = False, headers: str = "", description: str = "", passes: bool = False,
) -> Json:  # fmt: skip
    said: Json = {"description": "完成"}
    if answer is not None:
        said["content"] = {"application/json": {"schema": answer, **({"example": returns} if returns is not None else {})}}
    ways: list[Json] = [{"dpop": []}, *([{"pass": []}, {"pass_in_address": []}] if passes else [])]
    extra: Json = {"security": [] if public else ways, "parameters": [
        {"name": name, "in": "header", "required": True, "schema": _TEXT} for name in headers.split()
    ]}  # fmt: skip
    if body is not None:
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": body, "example": example}}}
    codes = (*refusals, *(() if public else _ACCESS), *(_PASS if passes else ()), *(_BODY if body is not None else ()), "no_room", "internal")
    return {
        "summary": summary, "description": description or summary, "status_code": status,
        "responses": {status: said, **_refusals(codes)}, "openapi_extra": extra, "response_model": None,
    }  # fmt: skip


def _refusals(codes: tuple[str, ...]) -> dict[int | str, Json]:
    """Every refusal of a route, by status, each with an example."""
    found: dict[int | str, Json] = {}
    for code in dict.fromkeys(codes):
        status, chinese, english = REFUSALS[code]
        entry = found.setdefault(status, {
            "description": "", "content": {"application/problem+json": {"schema": _ref("Refusal"), "examples": {}}},
        })  # fmt: skip
        entry["description"] = " · ".join(part for part in (entry["description"], f"{code}: {chinese}") if part)
        entry["content"]["application/problem+json"]["examples"][code] = {
            "value": {"type": TYPE + code, "title": chinese, "title_en": english, "status": status, "code": code}
        }
    return found


_ANY: Json = {"type": "object"}
_HELLO = {"product": "liaison-platform", "protocol": PROTOCOL, "oldest_client": 1, "time": "2026-03-10T01:02:03Z", "platform": "…"}
_CODES = ("code_unknown", "code_used", "code_expired", "code_dead", "code_wait")
_PASS = ("pass_over", "pass_in_the_open")
_TUS = ("tus_version", "bad_request", "checksum_mismatch", "upload_busy", "upload_offset")

_BEGIN = """Upload-Metadata 的 sha256（小写十六进制）指明是哪份材料：必须已有本单位的 evidence 记录引用它，先推送记录。

回答的 Location 形如 `/v1/files/{sha256}?pass=…`，里面的上传凭据 24 小时内有效，只对这一份文件、这一台设备，只能上传，不能读取；
设备停用即失效，只走 HTTPS 或本机。不会签名的 tus 客户端（tuspy、tus-js-client、Uppy…）有两种接法，都不再需要 DPoP：

1. 把 Location 当作上传地址直接续传（tuspy 的 `url`，tus-js-client 的 `uploadUrl`）。
2. 把凭据当作 `Authorization: Bearer …` 交给客户端，端点用 `/v1/files`（tuspy 的 `TusClient(url, headers=…)`）；此时不必带 Upload-Metadata。

用命令行取得这两样：`liaison ticket 记录号 --json`。传完时平台核对 SHA-256，不符则作废重传（460）。"""

ROUTES: dict[str, Json] = {
    "hello": _route(
        "平台是谁，说哪个版本的协议", public=True, returns=_HELLO,
        answer=_object(
            "product protocol time platform", product={"const": "liaison-platform"}, protocol=_COUNT, oldest_client=_COUNT,
            time=_TIME, platform=_TEXT,
        ),
    ),
    "enrol": _route(
        "用一次性登记码登记这台设备；同一把钥匙可以再问一次", (NONCE, "bad_proof", "replayed_proof", *_CODES, REVOKED, WIPE),
        public=True, status=201, headers="DPoP", body=_object("code key laptop", code=_TEXT, key=_KEY, laptop=_TEXT),
        example={
            "code": "7K2M-9QWE-R4TY-U6PA", "laptop": "长安镇-01",
            "key": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        },
        answer=_object(
            "token device liaison unit platform nonce time", token=_TEXT, device=_TEXT, liaison=_ANY, unit=_ANY, platform=_ANY,
            nonce=_TEXT, time=_TIME,
        ),
    ),
    "pull": _route(
        "接收：游标之后的行、还缺的文件、变了的小表", (DIVERGED,),
        body=_object(
            "cursor", cursor=_ref("Cursor"), limit={"type": "integer", "minimum": 1, "maximum": MAX_PAGE_ROWS},
            facts={"type": "object", "description": "小表名 -> 规范字节的 SHA-256"}, pending=_ANY, protocol=_COUNT,
            want_after={"type": "string", "description": "只列此摘要之后还缺的文件（上一页 want_more 为真时）"},
        ),
        example={
            "cursor": _CURSOR_EXAMPLE, "facts": {}, "pending": {"records": 0, "files": 0, "bytes": 0}, "protocol": PROTOCOL,
        },
        answer=_ref("Page"),
    ),
    "push": _route(
        "提交改动：逐条裁定，一条被拒不影响其他", (TOO_OLD, "too_many_changes"),
        body=_object("changes", changes=_list(_ref("Change"), maxItems=MAX_CHANGES), protocol=_COUNT),
        example={"changes": [_CHANGE_EXAMPLE], "protocol": PROTOCOL},
        answer=_object("results", results=_list(_RESULT)), returns={"results": [[_CHANGE_EXAMPLE["id"], 41]]},
    ),
    "missing": _route(
        "平台没有见过其中哪些改动", body=_object("ids", ids=_list(_TEXT)), example={"ids": [_CHANGE_EXAMPLE["id"]]},
        answer=_object("missing", missing=_list(_TEXT)), returns={"missing": []},
    ),
    "rows": _route(
        "平台在这些位置上的链值，用来找共同的历史", body=_object("", seqs=_list(_COUNT), **{"from": _COUNT, "to": _COUNT}),
        example={"seqs": [1, 20, 41]}, answer=_object("chains", chains={"type": "object", "additionalProperties": _DIGEST}),
        returns={"chains": {"1": "ab" * 32}},
    ),
    "refill": _route(
        "把平台从旧备份恢复后丢失的行补交回来", ("head_not_ours", "rows_do_not_link"),
        body=_object("rows epoch head chain", rows=_list(_ref("FeedRow")), epoch=_TEXT, head=_ref("Head"), chain=_DIGEST, after=_ref("Cursor")),
        example={"rows": [], "epoch": "0123456789abcdef", "head": [41, "ab" * 32, "…"], "chain": "cd" * 32},
        answer=_object("taken verbatim head", taken=_COUNT, verbatim={"type": "boolean"}, head=_ref("Cursor")),
    ),
    "record": _route("一条记录现在的样子（仅限本单位）", ("not_found", "precondition_failed"), answer=_ref("Record")),
    "tus_options": _route("上传的约定（tus 1.0）", public=True, status=204),
    "tus_options_of": _route("上传的约定（tus 1.0）", public=True, status=204),
    "tus_begin": _route(
        "开始上传一份证明材料，可带第一段", (*_TUS, "file_not_wanted", "file_too_large"), status=201, passes=True,
        headers="Tus-Resumable Upload-Length", description=_BEGIN,
    ),
    "tus_offset": _route("平台已收到多少字节", ("tus_version", "not_found", "checksum_mismatch"), headers="Tus-Resumable", passes=True),
    "tus_part": _route(
        "接着上传", (*_TUS, "bad_media_type", "not_found"), status=204, headers="Tus-Resumable Upload-Offset", passes=True,
    ),
    "tus_part_by_post": _route(
        "接着上传（网络不认 PATCH 时）", (*_TUS, "bad_media_type", "not_found", "method_not_allowed"), status=204, passes=True,
        headers="Tus-Resumable Upload-Offset X-HTTP-Method-Override",
    ),
    "tus_delete": _route("平台上的文件不能删除", ("not_deletable",)),
    "file": _route(
        "取回本单位交过的文件，可分段", ("not_found", "range_not_satisfiable"), answer={"type": "string", "format": "binary"},
    ),
}  # fmt: skip

_ABOUT = (
    "成果联络员工作台与平台之间的约定。每个请求由设备钥匙签名（DPoP，RFC 9449，随机数由平台给）；"
    "拒绝一律是 RFC 9457 的问题文档。"
)


def route(name: str) -> Json:
    """What FastAPI is told about a route."""
    return {**ROUTES[name], "operation_id": name, "name": name}


def document(app: FastAPI) -> Json:
    """The OpenAPI 3.1 document of all routes."""
    whole: Json = get_openapi(
        title=app.title, version=str(PROTOCOL), openapi_version="3.1.0", routes=app.routes,
        description=_ABOUT,
    )  # fmt: skip
    parts = whole.setdefault("components", {})
    parts["schemas"] = {**parts.get("schemas", {}), **SCHEMAS}
    parts["securitySchemes"] = {
        "dpop": {"type": "http", "scheme": "DPoP", "description": "Authorization: DPoP <token> 和 DPoP 证明"},
        "pass": {"type": "http", "scheme": "bearer", "description": "一份文件的上传凭据，见 tus_begin"},
        "pass_in_address": {"type": "apiKey", "in": "query", "name": "pass", "description": "同上，放在地址里"},
    }
    for path in whole["paths"].values():
        for operation in path.values():  # FastAPI adds 422 answers of its own checking, which no route uses
            operation["responses"].pop("422", None)
    parts["schemas"].pop("HTTPValidationError", None)
    parts["schemas"].pop("ValidationError", None)
    return whole
