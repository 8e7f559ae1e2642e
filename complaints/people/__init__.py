"""Who is who: the directory an administrator edits, and the slice of it that a complaint carries.

`load` and `check` read the file, `Directory.slice` cuts out a project, `DirectorySlice` answers who it is (`who`,
`stand_in`, `superiors`, `holds`, `roster`), `Reference` adds the calendar. Roles are in `roles.toml`.
"""
