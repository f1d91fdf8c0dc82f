"""Can anything be restored at all, and within what limits? Judged from what was asked, read-only.

What nobody could answer (`unasked.Unasked`) becomes a gap, never a pass. Families are one module
each; a finding's check begins with ``readiness``.
"""
