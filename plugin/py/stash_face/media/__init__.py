"""Bytes or a path to an upright RGB array; archives; pictures from the web.

Knows nothing of Stash or faces.
"""
