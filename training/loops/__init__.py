"""Training loops, one a network, and what they share."""
