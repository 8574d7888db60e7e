"""Hearing: gapless play, A/B, loop, meters; silent, and saying so, where there is no sound device."""
