"""One file per publisher; base.py is the base class of all."""
