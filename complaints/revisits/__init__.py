"""Who is called or visited in a routine revisit (RV-5): draws that anybody can make again by hand. Pure.

`draw` makes a draw out of what is known at the moment; `problems` makes it again and says what differs.
`docs/revisits.md` does the same by hand.
"""
