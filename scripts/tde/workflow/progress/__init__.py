"""What a run shows while it runs: `tally` counts, `screen` draws, `run_display` listens to Snakemake's log."""
