"""How well a face database names held-out pictures: questions, answers, figures, a picture."""
