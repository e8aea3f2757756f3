"""What runs beside the items: the run's row and its verdict."""
