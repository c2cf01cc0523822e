"""Where tracks, listening and consent records are kept."""
