"""What the commands share: their base class, tables, options, log lines."""
