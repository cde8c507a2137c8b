"""Published weights in the form that the model packs want."""
