"""Where tracks are found: encoders, vectors, words, names, tags, and what was learned from listening."""
