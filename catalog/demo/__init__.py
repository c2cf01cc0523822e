"""The generated catalog: fictional music, who listens to it, and what is on record about it."""
