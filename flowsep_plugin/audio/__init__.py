"""Arrays only: clips, spans, windows, spectra. No files, no models."""
