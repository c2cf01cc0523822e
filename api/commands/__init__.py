"""What each command does; `api.cli` reads the words and calls `run(arguments)` of one of these."""
