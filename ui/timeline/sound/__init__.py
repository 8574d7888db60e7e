"""Audio data for the timeline view: peaks, samples and spectrogram tiles, loaded on threads."""
