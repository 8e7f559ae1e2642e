"""Who is called or visited in a routine revisit (RV-5): draws that anybody can make again by hand. Pure.

`draw` makes a draw out of what is known at the moment; `problems` makes it again and says what differs.
`docs/revisits.md` does the same by hand.
"""

from complaints.draws.checking import Flaw, problems
from complaints.draws.drawing import draw
from complaints.draws.model import (
    Asking,
    Candidate,
    Chosen,
    Draw,
    DrawCounts,
    DrawRef,
    Earlier,
    LeftOut,
    Part,
    Share,
    Why,
)
from complaints.draws.quota import NoSuchDraw, share_of, shares

__all__ = [
    "Asking",
    "Candidate",
    "Chosen",
    "Draw",
    "DrawCounts",
    "DrawRef",
    "Earlier",
    "Flaw",
    "LeftOut",
    "NoSuchDraw",
    "Part",
    "Share",
    "Why",
    "draw",
    "problems",
    "share_of",
    "shares",
]
