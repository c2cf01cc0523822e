"""What a catalog takes in, within one transaction."""
