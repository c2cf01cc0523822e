"""What is compared: the product, baselines, and what others would have built."""
