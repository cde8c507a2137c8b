"""From a finished face database to what is published of it: archives, deltas, and their list."""
