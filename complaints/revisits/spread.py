"""Distributes a draw over the buildings in proportion to their customers, over the cycle, by the largest remainder.

A small draw cannot be in proportion by itself: the same three of ten buildings would be visited every month. So what a
building was given earlier in the cycle counts too. A building needs

    customers of it x (drawn in the cycle before + size of the draw) / customers of the estate - drawn of it before

and each place of the draw goes to the building that needs most. In the first draw of a cycle this is the method of the
largest remainder; and no building ever gets a whole customer more than its part.
"""

from __future__ import annotations

from collections.abc import Mapping


def spread(size: int, customers: Mapping[str, int], drawn: Mapping[str, int], free: Mapping[str, int]) -> list[str]:
    """Return the building of each of `size` places, in the order in which they are given out.

    `customers`, `drawn` (earlier in the cycle) and `free` (may still be chosen) are counts by building. Buildings with
    equal need come in the order of their names. Fewer places are returned when no free customer is left.
    """
    everybody, target = sum(customers.values()), size + sum(drawn.values())
    given = dict.fromkeys(customers, 0)
    places: list[str] = []

    def need(building: str) -> int:
        """Scaled by `everybody`, so that it is an integer."""
        return customers[building] * target - (drawn.get(building, 0) + given[building]) * everybody

    for _ in range(size):
        open_ones = [one for one in sorted(customers) if given[one] < free.get(one, 0)]
        if not open_ones:
            break
        most = max(open_ones, key=need)  # the first of equals
        given[most] += 1
        places.append(most)
    return places
