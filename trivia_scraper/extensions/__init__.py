"""Extensions: the run with its verdict, checks, feeds, progress, alerts, metrics."""
