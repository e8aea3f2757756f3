"""Shared by all commands: base classes, tables, options, log lines."""
