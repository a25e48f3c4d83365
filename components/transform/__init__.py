"""Transform: TFX's, with its rows counted."""
