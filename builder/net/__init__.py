"""The network as the builder sees it: one way to ask, within each host's limits."""
