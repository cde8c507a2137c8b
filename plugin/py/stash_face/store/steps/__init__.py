"""The steps of the store's tables, one module each; none is ever changed once released."""
