"""validate 100 -> venues 150 -> images 200 -> store 300; one job a file, and an item passes them in this order."""
