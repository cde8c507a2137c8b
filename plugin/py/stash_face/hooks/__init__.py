"""Called by Stash after a change; standard library only."""
