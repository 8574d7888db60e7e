"""The timeline view: tracks, clips, lanes, waveforms and spectrograms, drawn."""
