"""Files that the panel keeps between two starts, besides the workspace itself."""
