"""The shareable face database: format, reading, writing, search, and the law of its impostor scores."""
