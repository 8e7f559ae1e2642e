"""Selects the customers of a routine revisit (RV-5) by draws that anyone can reproduce by hand. Pure.

`draw` makes a draw from what is known at the moment; `problems` makes it again and reports what differs.
`docs/revisits.md` does the same by hand.
"""
