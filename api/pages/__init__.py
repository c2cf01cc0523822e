"""The listener's page: its templates, styles, scripts and words, and what the server writes of it."""
