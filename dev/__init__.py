"""What developers run: set-up, demo, benchmark, evaluation. Not part of the plugin."""
