"""How long records are kept, what holds them longer, and how they are destroyed (CH-8.1, CH-8.2). Pure.

Decision. A case goes as a whole or not at all: its forms, letters, replies and its line of the register stand and fall
with its case file. What was handled together goes together (`chains`), and a hold (`holds`) wins over every term.
"""
