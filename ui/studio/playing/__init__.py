"""The sound of the document in front, as values without Qt."""
