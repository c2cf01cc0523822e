"""Annotated prompts and what is judged by prompts: kinds, linked names, wishes."""
