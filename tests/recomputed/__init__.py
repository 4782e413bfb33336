"""Features computed a second time, from the words of the catalogue and the papers it cites.

Plain numpy, scipy and astropy: nothing here calls the library for a number that is to be
checked. `feature_tables` alone imports it, to have the tables that are checked.
"""
