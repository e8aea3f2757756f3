"""The optional Spidermon suite: a run's verdict and counts as monitors, told by mail, Slack, Telegram and a report.

Nothing of it is imported unless SPIDERMON_ENABLED is set. What it needs is the optional part `monitors`.
"""
