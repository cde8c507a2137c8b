"""Pictures to faces, on this machine or on many."""
