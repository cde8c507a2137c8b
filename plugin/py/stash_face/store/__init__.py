"""The plugin's own SQLite file. Nobody else speaks SQL; this room imports no numpy."""
