"""Black bodies: spectra through the bands, temperatures, cooling, fits."""
