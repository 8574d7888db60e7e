"""Actions on videos: their sounds, their picture, copies with other sound."""
