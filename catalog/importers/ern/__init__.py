"""Reads DDEX ERN messages (3.8.x and 4.1 to 4.3.2) into what the catalog takes in: one module a part of a message."""
