"""The yearly survey of an estate (RV-5.1): questions as data, letters with a personal link, answers, figures. Pure."""
