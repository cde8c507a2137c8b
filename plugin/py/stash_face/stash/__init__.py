"""The gateway to the user's Stash: GraphQL documents, items as we use them, and their media."""
