"""How long records are kept, what holds them longer, and how they are destroyed (CH-8.1, CH-8.2). Pure.

Decision. A case is destroyed as a whole or not at all: its forms, letters, replies and its line of the register go with
its case file. Cases that were handled together go together (`chains`), and a hold (`holds`) overrides every term.
"""
