"""The proof of a draw: an honest one holds, and whatever is changed in one is found."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from complaints.case.round import Period, Subject
from complaints.revisits.checking import problems
from complaints.revisits.model import Draw, Exclusion, LeftOut, canonical
from complaints.revisits.order import leads_to, links
from tests.places import EXAMPLES
from tests.revisits.estates import Estate, homes, months, secret

REASONS = {"c1-0003": LeftOut(why=Exclusion.COMPLAINED, of="HF01-2026-000012"), "c2-0001": LeftOut(why=Exclusion.ASKED)}


@pytest.fixture(scope="module")
def made() -> Draw:
    """The fourth draw of an estate: with earlier ones, people left out, and a spread that looks back."""
    estate = Estate(homes(40, 25, 12))
    for month in months()[:3]:
        estate.draws_for("RV-5.3b", month)
        estate.draws_for("RV-5.3c", month)
    return estate.draws_for("RV-5.3b", "2026-04", left_out=REASONS)


def codes(content: dict[str, Any], **noted: str) -> set[str]:
    return {flaw.code for flaw in problems(Draw.model_validate(content), **noted)}


@pytest.mark.clause("RV-5.3d")
def test_an_honest_draw_holds_wherever_it_was_kept(made: Draw):
    read_back = Draw.model_validate(json.loads(json.dumps(made.model_dump(mode="json"))))
    assert problems(read_back, digest=made.digest, commitment=links("5e" * 32)[0]) == ()


TAMPERINGS: dict[str, tuple[Any, str]] = {
    "another id": (lambda d: d.update(id="RV-5.3b-2026-05-hf01"), "id"),
    "another share": (lambda d: d["asking"]["share"].update(yearly=10), "share"),
    "a rule that draws nothing": (lambda d: d["asking"].update(rule="RV-6.1"), "rule"),
    "a customer removed": (lambda d: d["asking"]["population"].pop(5), "population"),
    "a customer moved": (lambda d: d["asking"]["population"][5].update(building="3栋"), "population"),
    "a reason invented": (lambda d: d["asking"]["population"][5].update(left_out={"why": "asked"}), "population"),
    "a reason removed": (lambda d: d["asking"]["population"][3].update(left_out=None), "population"),
    "somebody drawn before": (lambda d: d["asking"]["population"][5].update(cycle=1), "population"),
    "the digest of the population": (lambda d: d.update(population_digest="0" * 64), "population"),
    "the quota": (lambda d: d["quota"].update(wanted=2), "quota"),
    "a step of the arithmetic": (lambda d: d["quota"].update(so_far=0), "quota"),
    "an earlier draw": (lambda d: d["asking"]["earlier"][0].update(size=30), "quota"),
    "the link": (lambda d: d["asking"].update(link="1" * 64), "link"),
    "the commitment": (lambda d: d["asking"].update(commitment="1" * 64), "link"),
    "the seed": (lambda d: d.update(seed="1" * 64), "seed"),
    "the spread": (lambda d: d["parts"][0]["places"][0].update(chosen=0), "spread"),
    "a friend chosen": (lambda d: d["chosen"][0].update(id="c1-0005"), "chosen"),
    "somebody not chosen": (lambda d: d["chosen"].pop(), "chosen"),
    "the order": (lambda d: d["chosen"].reverse(), "chosen"),
    "the cycle": (lambda d: d.update(cycle_after=2), "cycle"),
    "the shortfall": (lambda d: d.update(short=1), "cycle"),
}


@pytest.mark.clause("RV-5.3d")
@pytest.mark.parametrize("what", TAMPERINGS)
def test_each_part_that_is_changed_is_found_and_named(made: Draw, what: str):
    change, code = TAMPERINGS[what]
    content = made.model_dump(mode="json")
    change(content)
    assert code in codes(content)
    assert "digest" in codes(content, digest=made.digest)


@pytest.mark.parametrize("what", ["at", "before"])
def test_what_decides_nothing_is_still_under_the_digest(made: Draw, what: str):
    content = made.model_dump(mode="json")
    content["asking"][what] = "2026-04-02T01:00:00Z" if what == "at" else "0" * 64
    assert codes(content, digest=made.digest) == {"digest"}


@pytest.mark.clause("RV-5.3d")
def test_a_forger_who_puts_everything_right_is_given_away_by_what_is_kept_elsewhere(made: Draw):
    """With another secret all fits together; the commitment published before the year does not, nor the digest."""
    other = Estate(homes(40, 25, 12), secret(7))
    other.draws = []
    forged = other.draws_for("RV-5.3b", "2026-04")
    assert problems(forged) == ()
    noted = problems(forged, digest=made.digest, commitment=made.asking.commitment)
    assert {flaw.code for flaw in noted} == {"digest", "commitment"}


def test_every_flaw_has_its_sentence_in_both_languages(made: Draw):
    content = made.model_dump(mode="json")
    for change, _ in TAMPERINGS.values():
        content = made.model_dump(mode="json")
        change(content)
        for flaw in problems(Draw.model_validate(content), digest=made.digest, commitment="0" * 64):
            assert flaw.words("zh") != flaw.words("en")


def test_a_month_s_link_leads_to_the_commitment_and_to_no_later_month():
    chain = links(secret(1))
    for month in range(1, 13):
        period = Period.named(f"2026-{month:02}")
        assert leads_to(chain[month], period) == chain[0]
        assert hashlib.sha256(chain[month].encode()).hexdigest() == chain[month - 1]
    assert chain[12] == secret(1)
    assert len(set(chain)) == 13


# --- by hand: only what docs/revisits.md says, with nothing of the product


def by_hand(content: dict[str, Any]) -> list[str]:
    """Who is to be chosen, out of the JSON of a draw: hashing lines, and giving out places with fractions."""
    asking = content["asking"]

    def digest(*lines: str) -> str:
        return hashlib.sha256(bytes("\n".join(lines), "utf-8")).hexdigest()

    link = asking["link"]
    for _ in range(int(asking["period"]["end"][5:7])):
        link = digest(link)
    assert link == asking["commitment"]
    people = asking["population"]
    share = {"RV-5.3a": (1, 0), "RV-5.3b": (0, 50), "RV-5.3c": (2, 20)}[asking["rule"]]
    month, year = (-(-len(people) * percent // 100) for percent in share)
    drawn_for = {one["period"]["start"]: one["size"] for one in asking["earlier"]}
    first = int(asking["period"]["start"][5:7])
    coming = [m for m in range(first, 13) if f"{asking['period']['start'][:4]}-{m:02}-01" not in drawn_for]
    pace = -(-max(year - sum(drawn_for.values()), 0) // len(coming))
    size = max(month, pace)
    seed = digest(content["id"], asking["link"])
    lots = sorted((digest(seed, one["id"]), one["id"], one["building"]) for one in people)
    chosen: list[str] = []
    cycle = asking["cycle"]
    while len(chosen) < size and cycle < asking["cycle"] + 2:
        in_cycle = {one["id"] for one in people if one["cycle"] >= cycle}
        may = {one["id"] for one in people if one["left_out"] is None} - in_cycle - set(chosen)
        buildings = sorted({one["building"] for one in people})
        total = size - len(chosen) + len(in_cycle)
        need = {
            b: sum(one["building"] == b for one in people) * total / len(people)
            - sum(one["building"] == b and one["id"] in in_cycle for one in people)
            for b in buildings
        }
        while len(chosen) < size and may:
            free = [b for b in buildings if any(id in may for _, id, of in lots if of == b)]
            best = max(round(need[b], 9) for b in free)
            building = next(b for b in free if round(need[b], 9) == best)
            lucky = next(id for _, id, of in lots if of == building and id in may)
            need[building] -= 1
            chosen.append(lucky)
            may.remove(lucky)
        cycle += 1
    return chosen


@pytest.mark.clause("RV-5.3d")
@pytest.mark.parametrize("number", range(12))
def test_an_auditor_with_only_the_description_comes_to_the_same_customers(number: int):
    estate = Estate(homes(*((17, 9, 4), (30,), (1, 1, 1, 1), (55, 20, 8, 2))[number % 4]), secret(number))
    everybody = sorted(estate.customers)
    for nth in range(30):
        rule = ("RV-5.3a", "RV-5.3b", "RV-5.3c")[(nth + number) % 3]
        month = months(2026 + nth // 24)[nth // 2 % 12]
        away = {id: REASONS["c2-0001"] for at, id in enumerate(everybody) if (at * 7 + nth) % 11 == 0}
        subject = Subject(project="hf01", person=f"p{nth % 2}")
        drawn = estate.draws_for(rule, month, left_out=away, subject=subject)
        content = json.loads(canonical(drawn))
        assert by_hand(content) == [one["id"] for one in content["chosen"]]


@pytest.mark.clause("RV-5.3d")
def test_the_example_of_the_documents_is_an_honest_draw():
    content = json.loads((EXAMPLES / "draw.json").read_text(encoding="utf-8"))
    assert problems(Draw.model_validate(content)) == ()
    assert by_hand(content) == [one["id"] for one in content["chosen"]] == ["K-05", "K-06", "K-09"]
