"""Metadata of audio files as bytes: what broadcast and production tools store in chunks beside the samples."""
