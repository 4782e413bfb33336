"""Feature families: one module per family, each declares its columns (see `table`)."""
