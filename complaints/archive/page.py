"""The HTML page of an archive: to read, to search in the browser, to print. It loads nothing and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from complaints import texts
from complaints.archive.style import POLICY, STYLE
from complaints.case import stand_ins
from complaints.case.attachments import attachments
from complaints.case.file import Act, CaseFile, Duty, DutyStatus, JournalLine
from complaints.case.journal import words as line_words
from complaints.clock.explanations import explain
from complaints.intake import promises
from complaints.printing.filled_forms import Filled, choice
from complaints.printing.legible import legible
from complaints.printing.sheets.material import Material
from complaints.printing.sheets.names import SheetNames

Row = Sequence[str]

ENDED_BY = {
    "anonymous": "anonymous",
    "dropped": "withdrawn by the customer",
    "withdrawn": "withdrawn",
    "invalid": "not valid",
    "reopened": "reopened",
    "revised": r"revised (.+)",
    "cancelled": r"(\S+) cancelled",
    "merged": r"merged into (.+)",
    "gathered": r"gathered into (.+)",
    "regraded": r"regraded to level (\d)",
    "graded": r"graded level (\d)",
}
"""`Duty.superseded_by` where it is no other duty, matter or act: the text `ended-by.<key>` for each pattern."""


def page(
    file: CaseFile, journal: Sequence[JournalLine], names: SheetNames, files: Sequence[str], lang: str = "zh"
) -> str:
    """Return the whole page. `files` are the names of the archive's other files, which the page links to."""
    return _Page(file, names, lang).whole(journal, files)


class _Page:
    def __init__(self, file: CaseFile, names: SheetNames, lang: str) -> None:
        self._file = file
        self._lang = lang
        self._m = Material(file=file, names=names, lang=lang)

    def whole(self, journal: Sequence[JournalLine], files: Sequence[str]) -> str:
        title = self._say("title", number=self._file.number or self._file.key)
        body = "\n".join(
            [
                f"<h1>{_text(title)}</h1>",
                *self._facts(),
                *self._files(files),
                *self._attachments(files),
                *self._duties(),
                *self._course(),
                *self._journal(journal),
                f"<footer>{_text(self._say('note'))}</footer>",
            ]
        )
        lang = {"zh": "zh-CN"}.get(self._lang, self._lang)
        return (
            f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{_text(title)}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
        )

    def _facts(self) -> Iterable[str]:
        file, m, said = self._file, self._m, self._file.complaint
        rows = {
            "level": m.level,
            "customer": m.customer,
            "contact": said.contact,
            "place": m.place,
            "received": f"{self._at(said.received_at)} {m.names.person(said.received_by)}",
            "channel": m.value("channel", said.channel.value),
            "category": m.value("category", said.category.value),
            "matter": said.matter,
            "demand": said.demand,
            "about": m.complained_about,
            "promised": self._at(told.date if (told := promises.in_force(file)) else None),
            "closed": self._at(file.closed_at),
            "outcome": m.outcome,
            "links": m.say("and").join(one.number or one.key for one in (*file.links, *file.related)),
            "edition": f"{file.edition.name} · {file.edition.digest}",
        }
        yield f"<section><h2>{_text(self._say('facts'))}</h2><table class='facts'>"
        for name, value in rows.items():
            if value:
                yield f"<tr><th>{_text(self._say(f'label.{name}'))}</th><td>{_text(value)}</td></tr>"
        yield "</table></section>"

    def _files(self, files: Sequence[str]) -> Iterable[str]:
        yield f"<nav><h2>{_text(self._say('files'))}</h2><ul>"
        files = [name for name in files if not name.startswith("attachments/")]  # they have a list of their own
        papers = [name for name in files if name.startswith("forms/")]
        for form in sorted({name.removeprefix("forms/").rpartition(".")[0] for name in papers}):
            links = " · ".join(_link(name, name.rpartition(".")[2].upper()) for name in papers if f"/{form}." in name)
            key = f"sheet.title.{form}"
            title = texts.say(key, self._lang) if texts.known(key) else self._say("all-forms")
            yield f"<li>{_text(title)} {links}</li>"
        yield f"<li>{' · '.join(_link(name, name) for name in files if name not in papers)}</li></ul></nav>"

    def _attachments(self, files: Sequence[str]) -> Iterable[str]:
        """Yield the list of attachments, those struck out included, with links to their files."""
        if not (there := attachments(self._file)):
            return
        named = {name.rpartition("/")[2].partition(".")[0]: name for name in files if name.startswith("attachments/")}
        yield f"<section><h2>{_text(self._say('attachments'))}</h2><table class='list'><thead><tr>"
        yield from (f"<th>{_text(self._say(f'column.{name}'))}</th>" for name in ("file", "brought", "hash"))
        yield "</tr></thead><tbody>"
        for one in there:
            kind, by = choice(one.kind, self._lang), self._m.names.person(one.by)
            whose = f"{one.brought_by}\n{self._short(one.at)} {by}"
            if one.detached is not None:
                struck_out = self._m.names.person(one.detached.by)
                whose += f"\n{self._say('detached', by=struck_out, reason=one.detached.reason)}"
            said = f"{one.id} {one.file}"
            link = _link(named[one.id], said) if one.id in named else _text(said)
            yield f"<tr><td>{link}\n{_text(kind)}</td><td>{_text(whose)}</td><td>{one.sha256}</td></tr>"
        yield "</tbody></table></section>"

    def _duties(self) -> Iterable[str]:
        duties = sorted(self._file.duties.values(), key=lambda duty: (duty.opened_at, duty.id))
        rows = [(*self._duty(duty), "late" if duty.late else "") for duty in duties]
        yield f"<section><h2>{_text(self._say('duties'))}</h2>"
        yield from self._table({"duty": 25, "owner": 10, "due": 47, "done": 18}, rows)
        yield "</section>"

    def _duty(self, duty: Duty) -> Row:
        rule = self._m.edition.rules.get(duty.rule)
        words = rule.says(self._lang) if rule else ""
        why = (" " if self._lang == "en" else "").join(explain(duty.deadline.why, self._lang))
        done = self._short(duty.closed_at) or self._say("open")
        if duty.status is DutyStatus.SUPERSEDED:
            done += f"\n→ {self._ended_by(duty)}"
        if duty.closed_by:
            done += f"\n{self._m.names.person(duty.closed_by)}"
        if duty.late:
            done += f"\n{self._say('late')}"
        if duty.waited_for is not None:
            done += f"\n{self._say('waited', person=self._m.names.person(duty.waited_for))}"
        owner = stand_ins.signed(
            self._m.names.person(duty.owner), stand_ins.of_duty(duty), self._lang, self._m.names.person
        )
        return f"{duty.id}\n{words}", owner, f"{self._m.by(duty.deadline)}\n{why}", done

    def _ended_by(self, duty: Duty) -> str:
        """Return what ended a duty that was not done: another duty or a matter by its id, else in words."""
        by = duty.superseded_by or ""
        if found := re.fullmatch(r"act (\d+)", by):
            act = next((one for one in self._file.acts if one.seq == int(found[1])), None)
            return f"{texts.say(f'cli.act.{act.kind.value}', self._lang)} {act.duty or ''}".rstrip() if act else by
        for key, pattern in ENDED_BY.items():
            if found := re.fullmatch(pattern, by):
                return self._say(f"ended-by.{key}", what="".join(found.groups()))
        return by

    def _course(self) -> Iterable[str]:
        yield f"<section><h2>{_text(self._say('course'))}</h2>"
        rows = [(*self._act(act), "") for act in self._file.acts]
        yield from self._table({"at": 14, "who": 10, "what": 26, "said": 50}, rows)
        yield "</section>"

    def _act(self, act: Act) -> Row:
        what = texts.say(f"cli.act.{act.kind.value}", self._lang)
        colon = "：" if self._lang == "zh" else ": "
        filled = Filled(self._m.names, self._lang, self._at).act(act, self._m.edition)
        refused = [self._say("refused")] if promises.refused(self._file, act) else []
        reason = [act.reason] if act.reason else []
        said = "\n".join([*refused, *(f"{label}{colon}{words}" for label, words in filled), *reason])
        to = f" → {self._m.names.person(act.to)}" if act.to and not act.form.get("number") else ""
        return self._short(act.at), self._m.signer(act), f"{what} {act.duty or ''}{to}".rstrip(), said

    def _journal(self, journal: Sequence[JournalLine]) -> Iterable[str]:
        yield f"<section><details><summary>{_text(self._say('journal', count=len(journal)))}</summary>"
        rows = [
            (
                str(line.seq),
                self._short(line.at),
                " ".join(part for part in (line_words(line.kind, self._lang), line.duty) if part),
                line.hash[:16],
                "",
            )
            for line in journal
        ]
        yield from self._table({"seq": 8, "at": 16, "kind": 50, "hash": 26}, rows)
        yield "</details></section>"

    def _table(self, columns: Mapping[str, int], rows: Sequence[Row]) -> Iterable[str]:
        """Yield a table. `columns` has widths in percent; the last item of each row is its CSS class."""
        if not rows:
            yield f"<p>{_text(self._say('none'))}</p>"
            return
        cols = "".join(f'<col style="width: {width}%">' for width in columns.values())
        heads = "".join(f"<th>{_text(self._say(f'column.{name}'))}</th>" for name in columns)
        yield f"<table class='list'><colgroup>{cols}</colgroup><thead><tr>{heads}</tr></thead><tbody>"
        for *cells, style in rows:
            mark = f' class="{style}"' if style else ""
            yield f"<tr{mark}>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>"
        yield "</tbody></table>"

    def _say(self, key: str, **params: Any) -> str:
        return texts.say(f"archive.page.{key}", self._lang, **params)

    def _at(self, moment: datetime | None) -> str:
        return self._m.at(moment, self._m.zone)

    def _short(self, moment: datetime | None) -> str:
        return self._m.compact(moment, self._m.zone).replace("\n", " ")


def _text(said: str) -> str:
    return escape(str(legible(said)))


def _link(name: str, said: str) -> str:
    return f'<a href="{escape(name)}">{_text(said)}</a>'
