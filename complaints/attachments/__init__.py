"""Attachments (附件, decision 19): what may be kept, who sees the original, and the copies for everybody else.

The acts are in `complaints.acts.attach` and `detach`, what a case knows of its attachments in
`complaints.case.attachments`, the bytes in `complaints.objects`.
"""
