"""Text queries for training: wordings of labels, captions, and their encodings."""
