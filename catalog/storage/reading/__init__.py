"""What a catalog answers, from one snapshot each."""
