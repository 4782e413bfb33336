"""One module for each format of light curves: which files are its own, and how they become batches."""
