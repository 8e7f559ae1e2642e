"""Lists as spreadsheet programs keep them: CSV files and workbooks as rows of cells, and CSV files that Duly writes.

Every list is read here (intake, import, revisits, surveys, deposits), so that it means the same to all of them. The
callers know what the cells mean.
"""
