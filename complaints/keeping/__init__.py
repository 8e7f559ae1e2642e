"""How long records are kept, what holds them longer, and how they are destroyed (CH-8.1, CH-8.2). Pure.

Decision. A case goes as a whole or not at all: its forms, letters, replies and its line of the register stand and fall
with its case file. What was handled together goes together (`chains`), and a hold (`holds`) wins over every term.
"""

from complaints.keeping.certificate import Certificate, Gone, Outstanding, list_digest
from complaints.keeping.errors import KeepingRefused
from complaints.keeping.holds import Hold, HoldScope, fingerprint
from complaints.keeping.listing import Kept, Listed, Listing, Proposal, Spared, listing
from complaints.keeping.terms import TERMS, Kind, Term, Terms, kept_through, terms_of

__all__ = [
    "TERMS",
    "Certificate",
    "Gone",
    "Hold",
    "HoldScope",
    "KeepingRefused",
    "Kept",
    "Kind",
    "Listed",
    "Listing",
    "Outstanding",
    "Proposal",
    "Spared",
    "Term",
    "Terms",
    "fingerprint",
    "kept_through",
    "list_digest",
    "listing",
    "terms_of",
]
