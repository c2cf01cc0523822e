"""How a prompt becomes a ranked playlist inside the tracks that consent permits."""
