"""The chapters of edition 2026.1, frozen: its cases keep the procedures they began under, and their histories replay.

Nothing here is changed any more. Remove a module once no open case of the edition is left that needs it. A chapter that
is the same in both editions is in `workflows` alone.
"""
