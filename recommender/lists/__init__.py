"""From ranked candidates to a list: order, rules of the whole list, variations, and the last gate."""
