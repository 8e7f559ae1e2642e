"""Which complaints need a decision about a repair, and whose it is (CS-4.3.3)."""

from __future__ import annotations

from complaints.case.complaint import Category, Complaint
from complaints.people.model import DirectorySlice
from complaints.people.roles import PROPERTY_COMPANY, SUPERVISOR

ABOUT_THE_PRODUCT = (Category.ENGINEERING, Category.DESIGN)
"""Categories of complaints about the home itself."""

PROPERTY = "property"
"""Kind of the departments of the property company."""


def is_about_the_product(complaint: Complaint) -> bool:
    """Return whether the complaint is about the product, so that a repair, or a decision against one, is owed."""
    return complaint.category in ABOUT_THE_PRODUCT


def decider(complaint: Complaint, people: DirectorySlice) -> str:
    """Return the role that decides: the property company for a complaint that it took in, else customer service."""
    receiver = people.person(complaint.received_by)
    department = people.department(receiver.department) if receiver is not None else None
    return PROPERTY_COMPANY if department is not None and department.kind == PROPERTY else SUPERVISOR
