"""What readers share: access to files of a kind, and the conversion of cells and records to batches."""
