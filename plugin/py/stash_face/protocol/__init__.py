"""The one JSON object in, the one JSON object out, and the coded log lines between. Standard library only."""
