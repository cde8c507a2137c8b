"""From faces and candidates to a decision with a reason. No input or output of any kind."""
