"""Immediate answers for the UI, one file per subject."""
