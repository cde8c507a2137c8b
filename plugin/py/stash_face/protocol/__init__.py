"""One JSON object in, one out, and the coded log lines between. Standard library only."""
