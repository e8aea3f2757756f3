"""Recorded behaviour of the whole product, to be compared after each step of a refactoring.

python -m tests.golden            run a story on a fixed clock; compare output, rows, images, requests, site and help
python -m tests.golden.databases  upgrade databases of 0.1.0 and compare them
python -m tests.golden.promises   check that every promise has a test
python -m tests.golden.edits      break the product in many places, each of which a test must notice
"""
