"""What is measured of ranked lists, and what the numbers are worth."""
