"""The judging of experiments from what a home logged: who was in, what differs, what forbids a decision, and the decision."""
