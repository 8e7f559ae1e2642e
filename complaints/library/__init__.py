"""The case library (CR-5.4.4): finished complaints, found by words and by likeness. Pure."""
