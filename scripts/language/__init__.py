"""Count where the code is hard to read, and refuse what the word list and the rules have ruled out."""
