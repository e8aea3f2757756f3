"""Item pipelines, in this order: validation 100, venues 150, images 200, database 300."""
