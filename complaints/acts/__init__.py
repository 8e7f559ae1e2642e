"""What people do about a case or a round: a module for each kind of act.

Such a module says which form the act has, who may do it and what it must say (`may`), and which events it adds
(`effect`); its words are in `texts.toml`. `policy` has the checks that every act must pass; `registry` finds the
modules.
"""
