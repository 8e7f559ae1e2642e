"""The archive of a closed case: one file that opens without Duly, and says by itself whether it was changed. Pure.

A ZIP with a page to read and print, the case and its journal as data, the forms as paper, the history of its workflow,
and a checksum of everything. The same case gives the same bytes, whoever makes the file and when.
"""
