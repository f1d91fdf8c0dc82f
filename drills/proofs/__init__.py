"""Proofs that several drills make of a restored copy, however it was restored.

A drill's test module names those it makes, and pytest collects them there. They ask for ``copies``
(the copy by itself) or ``comparison`` (the copy beside its truth), which each drill provides.
"""
