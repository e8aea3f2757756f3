"""The catalogue as a static web site: opens from a file, needs no network."""
