"""From a listener's words to what they ask for."""
