"""Intake of complaints: reading files, checking fields, taking complaints in."""
