"""Who is in a picture: the Python side of the Stash plugin.

A face goes one way, and so do the imports (a room may use those left of it):

    stdin, protocol, stash, media, faces, facedb, identify, store, protocol, stdout

`operations`, `tasks` and `hooks` are the verbs that combine rooms; `commands` knows which
verb a mode means. `faces`, `facedb` and `identify` know nothing of Stash, SQLite or settings,
so that `builder/` shares them. docs/ARCHITECTURE.md has the picture and the layer table.
"""

__version__ = "0.1.0"
