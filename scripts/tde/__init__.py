"""Library of the mallorn-tde workflow: light curves in, ranked tidal disruption events out.

The package knows nothing of Snakemake. The thin scripts beside it read the
`snakemake` object and call into it; so can a notebook or another program.
Importing the package imports nothing else: a job pays only for what it uses.
"""
