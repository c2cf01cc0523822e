"""What is made before anybody asks: the bundle, and the weights learned for it."""
