"""What is known of tracks, as text and as columns, and which titles are one song."""
