"""The shareable face database: format, reading, writing, search, and its impostor law."""
