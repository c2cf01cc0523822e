"""JSON bodies of requests and answers, by subject. Strict: nothing is guessed or converted."""
