"""The chapters that run the cases of each edition: those of the newest are in `workflows`, older ones are frozen."""

from __future__ import annotations

from complaints.acts import cancel_matter, drop, invalidate
from complaints.acts.regrade import APPROVAL, approved
from complaints.case.complaint import Track
from complaints.case.file import MatterKind
from workflows import linked_cases
from workflows.anonymous import told_once_known
from workflows.chapter import Chapters
from workflows.corrective import corrective
from workflows.crisis import JUDGEMENT, crisis, departments_named_anew, judged_anew
from workflows.crisis_execution import NAMING, TELLING
from workflows.crisis_execution import no_longer_satisfied as no_longer_in_a_crisis
from workflows.crisis_plan import ASSIGNMENT, OPINION, OPINION_OF_A_PERSON, assigned_anew, opinion_given
from workflows.edition_2026_1 import chapters as edition_2026_1
from workflows.enquiry import enquiry, invalid
from workflows.gathered import gathered
from workflows.legal import legal
from workflows.liaison import no_longer_about_sales, sales_hear
from workflows.major import COMMAND, commanded_anew, major
from workflows.ordinary import decided_above, ordinary, reassessed
from workflows.property_service import (
    RECORD,
    SLIP,
    SPOT,
    explained,
    important_corrected,
    only_major,
    passed_on,
    received,
    reception,
    service_corrected,
    slip_sent,
)
from workflows.receiving import DATE, date_given, handed_over, intake_corrected
from workflows.relocating import relocated
from workflows.repair import no_longer_about_the_product, repair
from workflows.repeats import repeats_found
from workflows.responsibility import ORDER, PART, WORK_ORDER, departments_changed, minuted, part_done
from workflows.revisits import (
    EFFECT,
    OF_THE_COMPLETION,
    REVISIT,
    WITHIN_THE_WEEK,
    effect_shared,
    no_longer_satisfied,
    revisited_once_known,
)
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
        Track.ENQUIRY: enquiry,
        Track.INVALID: invalid,
    },
    matters={MatterKind.REPAIR: repair, MatterKind.CORRECTIVE: corrective},
    reception=reception,
    received=only_major,
    beside=(
        handed_over,
        sales_hear,
        explained,
        received,
        passed_on,
        important_corrected,
        relocated,
        repeats_found,
        told_once_known,
        revisited_once_known,
    ),
    of_each_customer=(RECORD, SPOT),
    on_answer={
        DATE: date_given,
        WATCH: decided,
        APPROVAL: approved,
        drop.CONFIRMATION: drop.approved,
        drop.CONSENT: drop.approved,
        invalidate.CONFIRMATION: invalidate.confirmed,
        cancel_matter.APPROVAL: cancel_matter.confirmed,
        linked_cases.REVISIT: linked_cases.revisited,
        "CH-7.3.3.decide": decided_above,
        PART: part_done,
        "CS-4.2.6": minuted,
        EFFECT.rule: effect_shared,
        EFFECT.again: effect_shared,
        OPINION: opinion_given,
        OPINION_OF_A_PERSON: opinion_given,
        SLIP: slip_sent,
    },
    on_correction=(intake_corrected, no_longer_about_sales, service_corrected, no_longer_about_the_product),
    on_revision={
        JUDGEMENT: judged_anew,
        NAMING: departments_named_anew,
        ASSIGNMENT: assigned_anew,
        TELLING: no_longer_in_a_crisis,
        "CS-4.2.1a": reassessed,
        WORK_ORDER: departments_changed,
        ORDER: departments_changed,
        SLIP: slip_sent,
        COMMAND: commanded_anew,
        **dict.fromkeys(
            (REVISIT.rule, REVISIT.again, EFFECT.rule, EFFECT.again, OF_THE_COMPLETION.rule, WITHIN_THE_WEEK.rule),
            no_longer_satisfied,
        ),
    },
)

BY_EDITION: dict[str, Chapters] = {"2026.1": edition_2026_1.CHAPTERS, "2026.2": CHAPTERS}
"""The chapters by `Edition.chapters`."""
