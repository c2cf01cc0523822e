"""Commands: `api.terminal.main` parses the command line and calls `run(arguments)` of one of these modules."""
