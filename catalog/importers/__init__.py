"""Importers: tables, the MTG-Jamendo data set, DDEX ERN messages and community lists of AI artists."""
