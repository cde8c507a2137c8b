"""Which rules decide. Standard library only, so that a stored answer is found without a model."""

# Counts up whenever the decision or a pack's numbers change: earlier answers are not given again.
RULES = 5
