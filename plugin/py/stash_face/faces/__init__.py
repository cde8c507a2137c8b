"""An RGB array to faces: detection, alignment, embeddings, quality; and the model packs."""
