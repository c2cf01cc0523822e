"""Readers of DDEX ERN messages (3.8.x and 4.1 to 4.3.2): one module for each part of a message."""
