"""Torch only: data, mixtures, losses, loops and the making of the embedded bundle."""
