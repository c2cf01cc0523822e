"""Lists: every answer as a list with numbered versions, and what its maker may do with it."""
