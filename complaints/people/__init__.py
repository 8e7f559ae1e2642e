"""The directory of people that an administrator edits, and the slice of it that each case carries.

`load` and `check` read the file; `Directory.slice` cuts out a project; `DirectorySlice` resolves roles to people
(`who`, `stand_in`, `superiors`, `holds`, `roster`); `Reference` adds the calendar. Roles are in `roles.toml`.
"""
