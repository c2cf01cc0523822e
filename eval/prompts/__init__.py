"""Prompts that we wrote, each with the wishes in it, and the names of nobody that they speak of."""
