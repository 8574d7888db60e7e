"""Audio as arrays: clips, spans, windows, spectra, resampling, loudness. Reads no files and runs no models."""
