"""One file per publisher; base.py has what they share."""
