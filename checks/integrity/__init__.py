"""Whether a copy is sound in itself, whatever it is a copy of (R37 to R40).

One idea a module, each a function ``check_…(shared) -> Judgement`` whose findings are of
``integrity.<module>…``. All of them read only, in short transactions on one snapshot; what the
login may not see, what a tool is missing for and what the server refuses is a gap by name.
"""
