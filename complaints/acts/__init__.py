"""Whether a person may do what they ask to do: `Desk` is the one place where acts enter."""

from complaints.acts.allowed import Allowed
from complaints.acts.desk import Desk

__all__ = ["Allowed", "Desk"]
