"""What is on record about the use of music, and what follows from it: pure rules, which know no SQL, no clock and no file."""
