"""Reads lists of customers, homes, contractors, retention money and old complaints, and checks them cell by cell.

Pure: bytes come in, values and problems go out; the store decides what is new. A list is CSV (UTF-8, GB18030) or XLSX
with Chinese or English headings, as a clerk keeps it: titles above the headings, further columns, any order.
"""

from __future__ import annotations

from typing import Any

from complaints.importing.kinds import COMPLAINTS, CONTRACTORS, CUSTOMERS, DEPOSITS, HOMES
from complaints.importing.tables import ListKind

KINDS: dict[str, ListKind[Any]] = {kind.name: kind for kind in (CUSTOMERS, HOMES, CONTRACTORS, DEPOSITS, COMPLAINTS)}
