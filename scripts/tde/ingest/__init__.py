"""From files in MALLORN's layout to validated object tables and light curves."""
