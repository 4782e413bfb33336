"""Random and fixed convolutions of light curves: ROCKET and its successors."""
