"""From checkpoints to a shipped bundle and back, with its model card and credits."""
