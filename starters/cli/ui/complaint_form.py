"""客户投诉处理单 as plain text, to read in a terminal or to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from complaints.case.complainant import complainant
from complaints.texts import say
from starters.cli.ui.directory_names import Book
from starters.cli.ui.session import Session
from starters.cli.ui.times import stamp
from starters.cli.ui.wrapped_text import Prose

if TYPE_CHECKING:
    from complaints.printing.sheets.complaint_data import ComplaintForm, FirstAnswer, OpinionField, SignedField


class Paper:
    """Prints the labelled fields in the order of the paper form; unknown fields stay empty, as on paper."""

    def __init__(self, here: Session, book: Book) -> None:
        self.here = here
        self.book = book
        self._grid = Table.grid(padding=(0, 1))
        self._grid.add_column(style="quiet", no_wrap=True)
        self._grid.add_column()
        self._zone = ""

    def show(self, form: ComplaintForm) -> None:
        from starters.cli.ui.filling import value_words

        self._zone = self.book.zone(form.project)
        self.here.show(Prose(self.here.say("paper.title"), style="name"))
        self._row("number", form.number or "")
        self._row("customer", complainant(form.customer, self.here.lang))
        self._row("contact", form.contact)
        self._row("project", self.book.project(form.project))
        self._row("building", form.building)
        self._row("channel", value_words(form.channel.value, self.here.lang))
        self._row("category", self.here.say(f"category.{form.category.value}"))
        self._row("matter", form.matter)
        self._row("customer_opinion", form.customer_opinion)
        self._row("receiver", self._signed(form.receiver))
        self._opinion("property_company", form.property_company)
        self._opinion("marketing_preliminary", form.marketing_preliminary)
        for opinion in form.departments:
            self._opinion("departments", opinion, self.book.department(opinion.department))
        self._opinion("marketing_final", form.marketing_final)
        if form.ended:
            self._row("ended", self.here.say(f"outcome.{form.ended}"))
        self.here.show(self._grid)

    def _row(self, name: str, value: str) -> None:
        self._grid.add_row(self.here.say(f"paper.{name}"), Prose(value))

    def _opinion(self, name: str, opinion: OpinionField, whose: str = "") -> None:
        self._row(name, " ".join(part for part in (whose, opinion.text) if part))
        signed = [
            self.here.say("paper.pair", name=self.here.say(f"paper.{who}"), value=self._signed(signature))
            for who, signature in (("handler", opinion.handler), ("leader", opinion.leader))
            if signature
        ]
        if signed:
            self._grid.add_row("", Prose("  ".join(signed), style="quiet"))
        if opinion.handler and (first := opinion.handler.first):
            by, at = self._name(first), stamp(first.at, self._zone, year=0)
            changed = say("sheet.changed", self.here.lang, by=by, at=at, reason=first.why_changed)
            self._grid.add_row("", Prose(changed, style="quiet"))

    def _signed(self, signature: SignedField | None) -> str:
        return "" if signature is None else f"{self._name(signature)} {stamp(signature.at, self._zone, year=0)}"

    def _name(self, signature: SignedField | FirstAnswer) -> str:
        return self.book.signed(signature.by, signature.stand_in, self.here.lang)
