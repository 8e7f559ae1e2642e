"""Makes a draw: a pure function of its `Asking`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from complaints.revisits.model import Asking, BuildingShare, Candidate, Chosen, Draw, DrawPart, draw_id, sha256
from complaints.revisits.order import order, seed
from complaints.revisits.quota import quota
from complaints.revisits.spread import spread


def draw(asking: Asking) -> Draw:
    """Make the draw. No customer is chosen twice in a cycle; customers who may not be called are never chosen."""
    if asking.share.everyone:
        return _everyone(asking)
    assert asking.link is not None  # guaranteed by `Asking`
    lot = seed(_id(asking), asking.link)
    wanted = quota(asking)
    parts = [_part(asking, lot, asking.cycle, wanted.wanted, ())]
    chosen = parts[0][1]
    if len(chosen) < wanted.wanted:  # every callable customer was drawn in this cycle: begin a new one
        parts.append(_part(asking, lot, asking.cycle + 1, wanted.wanted - len(chosen), chosen))
        chosen = (*chosen, *parts[1][1])
    return Draw(
        id=_id(asking),
        asking=asking,
        population_digest=population_digest(asking.population),
        quota=wanted,
        seed=lot,
        parts=tuple(part for part, _ in parts),
        chosen=chosen,
        cycle_after=asking.cycle + len(parts) - 1,
        short=wanted.wanted - len(chosen),
    )


def _id(asking: Asking) -> str:
    return draw_id(asking.rule, asking.period, asking.subject, asking.supplement)


def _everyone(asking: Asking) -> Draw:
    """List all customers who may be called, in id order: not a lot, and no part of any cycle."""
    callable_ = (one for one in asking.population if one.left_out is None)
    return Draw(
        id=_id(asking),
        asking=asking,
        population_digest=population_digest(asking.population),
        quota=quota(asking),
        chosen=tuple(Chosen(id=one.id, building=one.building, cycle=0) for one in callable_),
        cycle_after=asking.cycle,
    )


def _part(
    asking: Asking, lot: str, cycle: int, size: int, before: tuple[Chosen, ...]
) -> tuple[DrawPart, tuple[Chosen, ...]]:
    """Choose `size` customers from one cycle, none of them among those chosen `before` in this draw."""
    taken = {one.id for one in before}
    drawn = [one for one in asking.population if one.cycle >= cycle]
    free = [one for one in asking.population if one.cycle < cycle and one.left_out is None and one.id not in taken]
    customers, drawn_of = _by_building(asking.population), _by_building(drawn)
    queues: dict[str, list[tuple[str, str]]] = {building: [] for building in customers}
    for one in free:
        queues[one.building].append((order(lot, one.id), one.id))
    for queue in queues.values():
        queue.sort(reverse=True)  # the first is at the end, for `pop`
    chosen: list[Chosen] = []
    for building in spread(size, customers, drawn_of, _by_building(free)):
        place, id = queues[building].pop()
        chosen.append(Chosen(id=id, building=building, cycle=cycle, order=place))
    given = Counter(one.building for one in chosen)
    places = tuple(
        BuildingShare(building=one, customers=customers[one], drawn=drawn_of[one], chosen=given[one])
        for one in sorted(customers)
    )
    return DrawPart(cycle=cycle, size=len(chosen), places=places), tuple(chosen)


def _by_building(candidates: Iterable[Candidate]) -> Counter[str]:
    return Counter(one.building for one in candidates)


def population_digest(population: Iterable[Candidate]) -> str:
    """SHA-256 of the customers, one line each: id, building, cycle, reason, number; separated by tabs."""
    return sha256("".join(f"{_line(one)}\n" for one in population))


def _line(one: Candidate) -> str:
    why, of = (one.left_out.why.value, one.left_out.of) if one.left_out else ("", "")
    return "\t".join((one.id, one.building, str(one.cycle), why, of))
