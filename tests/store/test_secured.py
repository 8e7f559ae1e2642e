"""TLS towards PostgreSQL, by the parameters of libpq in DATABASE_URL: for the records and for migrations."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from complaints.base.faults import RecordsAway
from complaints.connection.settings import Settings, WrongSetting
from complaints.store.migrate import migrate
from complaints.store.records import PostgresRecords
from tests.secured import Papers, postgres_behind_tls


async def test_the_records_are_reached_and_migrated_over_tls(url: str, tmp_path: Path) -> None:
    papers, parts = Papers.made(tmp_path), urlsplit(url)
    socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
    async with postgres_behind_tls(socket, papers.context(asks_client=True)) as port:
        there = f"postgresql://postgres@localhost:{port}{parts.path}"
        ours = f"&sslcert={papers.client_cert}&sslkey={papers.client_key}"
        secured = f"{there}?sslmode=verify-full&sslrootcert={papers.ca}{ours}"
        assert await migrate(secured)
        records = PostgresRecords(secured, size=1)
        assert await records.directory() is not None
        await records.close()
        for wrong in (f"{there}?sslmode=verify-full&sslrootcert={papers.other_ca}{ours}", f"{there}?sslmode=disable"):
            records = PostgresRecords(wrong, size=1)
            with pytest.raises(RecordsAway):
                await records.directory()
            await records.close()
            with pytest.raises(RecordsAway):
                await migrate(wrong)
        with pytest.raises(RecordsAway) as untrusted:
            await migrate(f"{there}?sslmode=verify-full&sslrootcert={papers.other_ca}{ours}")
        assert "certificate" in untrusted.value.message


@pytest.mark.parametrize("name", ["sslrootcert", "sslcert", "sslkey"])
def test_a_missing_file_is_said_before_anything_is_tried(name: str, tmp_path: Path) -> None:
    url = f"postgresql://u:pw@db.example/duly?sslmode=verify-full&{name}={tmp_path}/none.pem"
    with pytest.raises(WrongSetting) as wrong:
        Settings.from_env({"DATABASE_URL": url})
    assert wrong.value.params["variable"] == "DATABASE_URL"
    assert "none.pem" in wrong.value.params["zh"]
    assert "pw" not in str(wrong.value)
