"""The Python that has the plugin's packages: how it is made, and how a process gets into it.

Standard library alone: it runs before there is anything else. Knows nothing of Stash's GraphQL,
faces or the store.
"""
