"""The case library (CR-5.4.4): complaints that are over, found by words and by likeness. Pure."""
