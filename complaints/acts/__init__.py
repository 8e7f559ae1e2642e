"""The acts: what a person can do on a duty, a case or a round, with one module for each kind of act.

Such a module defines the act's form, who may do it and which checks it must pass (`who`, `may`), and which events it
records (`effect`); its texts are in `texts.toml`. `policy` has the checks common to all acts; `registry` collects the
modules.
"""
