"""Where compiled code is kept, and how it gets there."""
