"""What each command does; `api.terminal.main` reads the words and calls `run(arguments)` of one of these."""
