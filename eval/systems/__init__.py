"""Systems under comparison: the product, baselines and peer libraries."""
