"""One file per publisher, and their base class in base.py."""
