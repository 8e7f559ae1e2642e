"""Lays out the certificate of a destruction as a sheet to print, sign and file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from complaints import texts
from complaints.clock.local_time import CHINA
from complaints.printing.layout import Box, Paragraph, Part, Register, RegisterColumn, Sheet, SheetCell, Sign, line
from complaints.printing.sheets.material import SheetWords
from complaints.retention.certificate import Certificate, Gone

_COLUMNS = {"nth": 6, "kind": 11, "name": 18, "since": 11, "rule": 8, "lines": 7, "seal": 39}


def sheet(words: SheetWords, certificate: Certificate, gone: Sequence[Gone]) -> Sheet:
    """Build the certificate with its list: what was destroyed, by number and hash, and what is still to be done."""

    def say(key: str, **params: object) -> str:
        return texts.say(f"keeping.sheet.{key}", words.lang, **params)

    def counted(kind: str, counts: Mapping[str, int]) -> str:
        parts = [say("count", what=texts.say(f"keeping.{kind}.{name}", words.lang), n=n) for name, n in counts.items()]
        return "\n".join(parts) or say("nothing")

    def at(moment: datetime | None) -> str:
        return words.at(moment, CHINA)

    approver = words.names.person(certificate.approved_by)
    signs = (
        Sign(label=say("approver"), by=approver, at=at(certificate.approved_at)),
        Sign(label=say("executor")),
        Sign(label=say("witness")),
    )
    outstanding = {one.copy_of: one.count for one in certificate.outstanding}
    parts: list[Part] = [
        line(
            SheetCell(label=say("period"), text=certificate.period, span=12),
            SheetCell(label=say("proposed"), text=at(certificate.proposed_at), span=12),
        ),
        line(
            SheetCell(label=say("approved"), text=f"{approver} {at(certificate.approved_at)}", span=12),
            SheetCell(label=say("carried-out"), text=at(certificate.carried_out_at), span=12),
        ),
        line(SheetCell(label=say("destroyed"), text=counted("kind", certificate.counts))),
        line(SheetCell(label=say("left"), text=counted("left", certificate.left))),
        line(SheetCell(label=say("copies"), text=say("copies-gone"))),
        line(SheetCell(label=say("outstanding"), text=counted("copy", outstanding))),
        line(SheetCell(label=say("digest"), text=certificate.digest)),
        line(SheetCell(label=say("list-digest"), text=certificate.list_digest)),
        Box(label=say("declaration"), paragraphs=(Paragraph(text=say("declared")),), signs=signs, room=12),
        Register(
            columns=tuple(RegisterColumn(label=say(f"column.{name}"), width=width) for name, width in _COLUMNS.items()),
            rows=tuple(_row(words, nth, one) for nth, one in enumerate(gone, 1)),
        ),
    ]
    return Sheet(
        form="certificate",
        rule="CH-8.1",
        code="",
        title=say("title"),
        lang=words.lang,
        number=certificate.id,
        parts=tuple(parts),
        edition=say("rules"),
        printed=words.say("printed", at=at(words.printed_at)) if words.printed_at else "",
        note=say("note"),
    )


def _row(words: SheetWords, nth: int, one: Gone) -> tuple[str, ...]:
    kind = texts.say(f"keeping.kind.{one.kind.value}", words.lang)
    return str(nth), kind, one.name, one.since.isoformat(), one.rule, str(one.lines or ""), one.seal
