"""What the Tasks menu starts, one file per task."""
