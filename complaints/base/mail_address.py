"""Which mail addresses are accepted: one rule for checking the directory and for sending.

Decision. An address is ASCII: letters, digits and the signs of a dot-atom before the `@`, a host name behind it. A
local part in other characters needs SMTPUTF8 on every server on the way, which cannot be verified when the directory
is checked; so it is refused there, and not when a notice is due. Quoted local parts, comments and address literals are
refused too: the standard allows them, but hardly any server accepts them. A Chinese domain is written as `xn--…`.
"""

from __future__ import annotations

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})+)")
_LONGEST_LOCAL, _LONGEST_DOMAIN = 64, 253


def is_address(text: str) -> bool:
    """Return whether mail can be sent to this address."""
    found = _ADDRESS.fullmatch(text)
    return bool(found) and len(found["local"]) <= _LONGEST_LOCAL and len(found["domain"]) <= _LONGEST_DOMAIN
