"""Forms of the ordinary track."""

from __future__ import annotations

from enum import StrEnum

from complaints.base import Frozen
from complaints.forms.case import Words


class Manner(StrEnum):
    WRITTEN = "written"
    ORAL = "oral"


class Answer(Frozen):
    """The handling opinion as the customer was told it (CH-7.3.1)."""

    opinion: Words
    manner: Manner
    customers_view: Words
