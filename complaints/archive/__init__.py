"""The archive of a closed case: one file that opens without Duly and that reveals by itself any change to it. Pure.

A ZIP with a page to read and print, the case and its journal as data, the printed forms, the history of its workflow,
and a checksum of every file. The same case gives the same bytes, regardless of where and when the archive is made.
"""
