"""What `python -m eval` does, a module a command."""
