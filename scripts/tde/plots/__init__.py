"""Figures: one module per figure, each a function from a table to a file."""
