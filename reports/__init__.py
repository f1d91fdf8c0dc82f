"""The record of a run, and its renderings. Reads events only; knows no fixture and no drill."""
