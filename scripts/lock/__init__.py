"""Write the files of `locks/`: exact versions and the SHA-256 of every file of each, for all systems at once."""
