"""What every implementation of a seam keeps, and every stand-in for one: a class of tests each, run against each of them."""
