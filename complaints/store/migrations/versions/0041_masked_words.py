"""Words by which a complaint is found where its customer is masked: what is shown there, and nothing else.

Python makes them (`complaints/store/matching_keys.py`), also those of the complaints that are here already.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from complaints.store.matching_keys import of_masked

revision = "0041"
down_revision = "0040"

PAGE = 1_000
SAID = text(
    """
    SELECT c.key, c.number, c.customer, c.contact, c.matter, c.demand, c.building,
           (SELECT data -> 'complaint' ->> 'building' FROM journal WHERE journal.key = c.key AND seq = 1) AS told
    FROM complaints AS c WHERE c.key > :after ORDER BY c.key LIMIT :page
    """
)
FILL = text(
    """
    UPDATE complaints AS c SET masked_words = made.words
    FROM unnest(CAST(:keys AS text[]), CAST(:words AS text[])) AS made (key, words) WHERE c.key = made.key
    """
)
INDEX = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE INDEX IF NOT EXISTS complaints_masked_words ON complaints USING gin (masked_words gin_trgm_ops);
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute("ALTER TABLE complaints ADD COLUMN IF NOT EXISTS masked_words text NOT NULL DEFAULT ''")
    bind, after = op.get_bind(), ""
    while found := bind.execute(SAID, {"after": after, "page": PAGE}).all():
        words = [
            of_masked(
                *(one.number, one.customer, one.contact, one.matter, one.demand),
                (one.building if one.told is None else one.told, one.building),
            )["masked_words"]
            for one in found
        ]
        after = found[-1].key
        bind.execute(FILL, {"keys": [one.key for one in found], "words": words})
    op.execute(INDEX)
