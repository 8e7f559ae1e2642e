"""The letters that invite a customer to a survey and remind them of it."""

from __future__ import annotations

from datetime import date

from complaints.base import Frozen
from complaints.texts import say


class Letter(Frozen):
    """One customer's letter. `token` opens their form, and theirs alone; it is stored nowhere in clear text."""

    survey: str
    nth: int
    customer: str
    name: str
    address: str = ""  # "" for a customer who can only be written to on paper
    home: str = ""
    title: str
    intro: str
    until: date
    token: str
    page: str = ""  # address of the page that takes answers, without the token; "" while there is none
    reminder: bool = False
    lang: str = "zh"

    @property
    def link(self) -> str:
        """The URL at which the customer answers."""
        return f"{self.page.rstrip('/')}/{self.token}" if self.page else ""

    @property
    def id(self) -> str:
        """Idempotency key of the letter: a second copy is recognised by it."""
        return f"{self.survey}/{self.nth}/{self.token[:8]}"


def words(letter: Letter) -> tuple[str, str]:
    """Return subject and text of a letter."""
    kind, lang = "reminder" if letter.reminder else "invitation", letter.lang
    subject = say(f"survey.letter.{kind}-subject", lang, title=letter.title)
    how = (
        say("survey.letter.by-link", lang, link=letter.link)
        if letter.link
        else say("survey.letter.by-token", lang, token=letter.token)
    )
    parts = (
        say("survey.letter.dear", lang, name=letter.name),
        say(f"survey.letter.{kind}", lang, title=letter.title, until=letter.until),
        letter.intro,
        how,
        say("survey.letter.personal", lang),
    )
    return subject, "\n\n".join(parts) + "\n"
