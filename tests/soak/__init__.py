"""Random crawls and commands, killed at random moments, against images that change at random.

`python -m tests.soak --kills 200 --seed 1` ends with 1 when a rule of docs/refresh.md was broken. It needs about
three seconds per kill and is not part of `make test`.
"""
