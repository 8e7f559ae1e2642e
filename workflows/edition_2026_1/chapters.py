"""The chapters that run the cases of edition 2026.1."""

from __future__ import annotations

from complaints.acts.regrade import APPROVAL, approved
from complaints.case.complaint import Track
from complaints.case.file import MatterKind
from workflows import linked_cases
from workflows.chapter import Chapters
from workflows.edition_2026_1.corrective import corrective
from workflows.edition_2026_1.crisis import crisis
from workflows.edition_2026_1.gathered import gathered
from workflows.edition_2026_1.legal import legal
from workflows.edition_2026_1.major import RECEPTION, major, reception
from workflows.edition_2026_1.ordinary import ordinary
from workflows.edition_2026_1.receiving import DATE, date_given
from workflows.edition_2026_1.repair import repair
from workflows.edition_2026_1.withdrawn import merged, withdrawn
from workflows.watching import WATCH, decided

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
    received=lambda edition: RECEPTION,
    on_answer={
        DATE: date_given,
        WATCH: decided,
        APPROVAL: approved,
        linked_cases.REVISIT: linked_cases.revisited,
    },
)
