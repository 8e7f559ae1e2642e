"""Lists as spreadsheet programs keep them: CSV files and workbooks as lines of cells, and CSV files that Duly writes.

Everything that reads a list reads it here (intake, import, revisits, surveys, deposits), so that a list means the same
to all of them. What the cells mean is known to the callers.
"""
