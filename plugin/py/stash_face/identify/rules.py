"""Which rules decide. Standard library only, so that a stored answer is found without a model."""

# Counts up whenever the decision, a pack's numbers or an answer's fields change: earlier answers
# are not given again.
RULES = 7
