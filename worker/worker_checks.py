"""The checks of `duly doctor` on running workers: their state, what is set aside, whether the calendars agree."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from complaints.base.error_text import described
from complaints.base.faults import Fault
from complaints.clock.calendar import Calendar, of_libraries
from complaints.connection.settings import HEALTH, Settings
from complaints.store.records import PostgresRecords
from complaints.store.workers import SetAside, SetAsideReason, Workers, WorkerSeen
from worker import health
from worker.findings import Finding, FindingState

SILENT = 60.0
"""Seconds without a report after which a worker counts as gone."""
NAMED = 3  # set-aside items named for each part


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield findings on the workers that report to these settings' records; none where no records are named."""
    if settings.database_url is None:
        return
    try:
        seen, aside, calendar = asyncio.run(_asked(settings.database_url))
    except Fault as fault:
        yield Finding(
            "workers",
            FindingState.WARN,
            f"数据库没有回答，worker 的情况与搁置清单未知（{fault.message}）",
            f"the records do not answer, so workers and what is set aside are not known ({fault.message})",
            "启动数据库，或运行 duly records migrate",
            "Start the database, or run duly records migrate",
        )
    else:
        yield from _workers([one for one in seen if one.namespace == settings.namespace])
        yield from _parted(aside)
        yield from _set_aside(aside)
        yield from _calendar(calendar)
    yield from _endpoint(settings)


async def _asked(url: str) -> tuple[list[WorkerSeen], list[SetAside], Calendar | None]:
    workers, records = Workers(url), PostgresRecords(url, size=1)
    try:
        return await workers.seen(), await workers.set_aside(), await records.calendar()
    finally:
        await workers.close()
        await records.close()


def _workers(seen: list[WorkerSeen]) -> Iterator[Finding]:
    if not seen:
        yield Finding(
            "workers",
            FindingState.WARN,
            "没有 worker 在运行",
            "no worker is running",
            "用 duly up 或 duly worker 启动",
            "Start one with duly up or duly worker",
        )
    for one in seen:
        if one.seconds_ago <= SILENT:
            yield from _worker(one)
            continue
        ago = round(one.seconds_ago / 60)
        yield Finding(
            f"worker {one.worker}",
            FindingState.WARN,
            f"worker {one.worker}：已有 {ago} 分钟没有消息，可能已意外退出",
            f"worker {one.worker}: not heard of for {ago} min; it may have ended unexpectedly",
            "查看其日志，必要时重新启动",
            "See its log and start it again if need be",
        )


def _worker(one: WorkerSeen) -> Iterator[Finding]:
    parts: dict[str, dict[str, Any]] = one.status.get("parts", {})
    ill = [name for name, part in parts.items() if not part["ok"]]
    restarts = sum(part["restarts"] for part in parts.values())
    failures = sum(part["failures"] for part in parts.values())
    lacking = ", ".join(one.status.get("not_ready_because", ()))
    counted_zh = f"{len(parts)} 个部件，出错 {failures} 次，重启 {restarts} 次"
    counted_en = f"{len(parts)} parts, {failures} failures, {restarts} restarts"
    yield Finding(
        f"worker {one.worker}",
        FindingState.WARN if ill or lacking else FindingState.OK,
        f"worker {one.worker}：{counted_zh}" + (f"；尚未就绪（{lacking}）" if lacking else ""),
        f"worker {one.worker}: {counted_en}" + (f"; not ready ({lacking})" if lacking else ""),
    )
    for name, part in sorted(parts.items()):
        if part["failures"]:
            yield _part(name, part)


def _part(name: str, part: dict[str, Any]) -> Finding:
    since = f"{part['last_failed_at']:.19}Z"
    error = f"{part['last_error']}, {since}" if part["last_error"] else since
    counted_zh = f"出错 {part['failures']} 次，重启 {part['restarts']} 次"
    counted_en = f"{part['failures']} failures, {part['restarts']} restarts"
    now_zh, now_en = ("现已恢复", "well again") if part["ok"] else ("仍有故障", "still failing")
    return Finding(
        f"part {name}",
        FindingState.OK if part["ok"] else FindingState.WARN,
        f"部件 {name}：{now_zh}，{counted_zh}（{error}）",
        f"part {name}: {now_en}, {counted_en} ({error})",
        "" if part["ok"] else "查看该 worker 的日志",
        "" if part["ok"] else "See the log of that worker",
    )


def _parted(aside: list[SetAside]) -> Iterator[Finding]:
    """Report the cases whose journals differ between the records and the server."""
    found = [one for one in aside if one.why is SetAsideReason.PARTED]
    if not found:
        return
    said = "; ".join(one.detail.removeprefix("RecordsDisagree: ") for one in found[:NAMED])
    said += " …" if len(found) > NAMED else ""
    first = found[0].id
    yield Finding(
        "records and server",
        FindingState.WARN,
        f"数据库与 Temporal 服务对 {len(found)} 件的日志不一致（案件在服务中被重置，或恢复过某一方的备份）：{said}",
        f"the records and the Temporal server have different journals of {len(found)} case(s) (a case was reset at "
        f"the server, or a backup of one side was restored): {said}",
        f"运行 duly records verify {first} 查看；以数据库为准：duly records restart {first}；"
        f"以服务为准：duly records rebuild {first} --from-server",
        f"See duly records verify {first}. If the records are right: duly records restart {first}; if the server is: "
        f"duly records rebuild {first} --from-server",
    )


def _set_aside(aside: list[SetAside]) -> Iterator[Finding]:
    aside = [one for one in aside if one.why is not SetAsideReason.PARTED]
    for part, count in sorted(Counter(one.part for one in aside).items()):
        names = [f"{one.id} ({one.detail})" for one in aside if one.part == part]
        said = "; ".join(names[:NAMED]) + (" …" if count > NAMED else "")
        yield Finding(
            f"set aside {part}",
            FindingState.WARN,
            f"搁置（{part}）{count} 项：{said}",
            f"set aside ({part}), {count}: {said}",
            "排除原因后运行 duly set-aside retry",
            "Put the cause right, then run duly set-aside retry",
        )


def _calendar(there: Calendar | None) -> Iterator[Finding]:
    year = datetime.now(UTC).year
    try:
        known, differ = of_libraries(range(year - 1, year + 3))
    except Exception as fault:  # another release of the libraries may raise anything; show the other findings
        why = described(fault)
        yield _doubt(f"节假日库无法读取（{why}）", f"the holiday libraries cannot be read ({why})", there, year)
        return
    for day in differ:
        yield _doubt(f"节假日库对 {day} 的说法不一致", f"the holiday libraries disagree on {day}", there, day.year)
    if there is None:
        return
    both = set(there.years) & set(known.years)
    days = {*known.off, *known.on, *there.off, *there.on} - set(differ)
    others = sorted(day for day in days if day.year in both and there.is_workday(day) != known.is_workday(day))
    if others:
        listed = ", ".join(day.isoformat() for day in others)
        yield Finding(
            "calendar",
            FindingState.WARN,
            f"已生效的日历与节假日库在 {listed} 不同，以日历为准",
            f"the calendar in force and the holiday libraries differ on {listed}; the calendar holds",
            "核对国务院办公厅通知，必要时用 duly calendar load 更正",
            "Compare with the State Council's notice; correct it with duly calendar load if need be",
        )


def _doubt(zh: str, en: str, there: Calendar | None, year: int) -> Finding:
    if there is not None and there.announced(year):
        zh, en = f"{zh}；按已生效的日历计算", f"{en}; the calendar in force holds"
    else:
        zh, en = f"{zh}；{year} 年的期限为暂定", f"{en}; deadlines of {year} are provisional"
    todo_zh, todo_en = "核对该年通知，用 duly calendar load 载入", "Load that year's notice with duly calendar load"
    return Finding("calendar", FindingState.WARN, zh, en, todo_zh, todo_en)


def _endpoint(settings: Settings) -> Iterator[Finding]:
    address = settings.health()
    if address is None:
        return
    host, port = address
    try:
        status, shown = health.ask(health.HERE.get(host, host), port, patience=2.0)
    except (OSError, ValueError) as error:
        if address != HEALTH:  # a configured address should have a worker
            why = type(error).__name__
            zh, en = f"{host}:{port} 没有 worker 应答（{why}）", f"no worker answers at {host}:{port} ({why})"
            yield Finding("health", FindingState.WARN, zh, en)
        return
    well_zh, well_en = ("正常", "well") if status == 200 else ("有部件故障", "a part fails")
    yield Finding(
        "health",
        FindingState.OK if status == 200 else FindingState.WARN,
        f"http://{host}:{port}/healthz：{well_zh}（{shown.get('worker')}）",
        f"http://{host}:{port}/healthz: {well_en} ({shown.get('worker')})",
    )
