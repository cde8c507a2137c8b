"""Stand-ins at the seams that are not ours."""
