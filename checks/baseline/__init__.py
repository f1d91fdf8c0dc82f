"""What a source was at one moment, kept in a file, and what a copy is held against when the source
has moved on or is gone (DESIGN 4).
"""
