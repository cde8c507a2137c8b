"""Where performers come from: one module for each kind of source (docs/building-sources.md)."""
