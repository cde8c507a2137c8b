"""The builder's memory: one SQLite file, the only place of the builder that speaks SQL."""
