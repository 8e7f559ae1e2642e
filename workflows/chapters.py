"""The chapters that run the cases of each edition: those of the newest are in `workflows`, older ones are frozen."""

from __future__ import annotations

from complaints.acts.regrade import APPROVAL, approved
from complaints.case.complaint import Track
from complaints.case.file import MatterKind
from workflows import linked_cases
from workflows.chapter import Chapters
from workflows.corrective import corrective
from workflows.crisis import crisis
from workflows.edition_2026_1 import chapters as edition_2026_1
from workflows.gathered import gathered
from workflows.legal import legal
from workflows.major import RECEPTION, major, reception
from workflows.ordinary import ordinary
from workflows.receiving import DATE, date_given
from workflows.repair import repair
from workflows.watching import WATCH, decided
from workflows.withdrawn import merged, withdrawn

CHAPTERS = Chapters(
    tracks={
        Track.CRISIS: crisis,
        Track.LEGAL: legal,
        Track.MAJOR: major,
        Track.ORDINARY: ordinary,
        Track.GATHERED: gathered,
        Track.WITHDRAWN: withdrawn,
        Track.MERGED: merged,
    },
    matters={MatterKind.REPAIR: repair, MatterKind.CORRECTIVE: corrective},
    reception=reception,
    received=RECEPTION,
    on_answer={
        DATE: date_given,
        WATCH: decided,
        APPROVAL: approved,
        linked_cases.REVISIT: linked_cases.revisited,
    },
)

BY_EDITION: dict[str, Chapters] = {"2026.1": edition_2026_1.CHAPTERS, "2026.2": CHAPTERS}
"""The chapters by `Edition.chapters`."""
