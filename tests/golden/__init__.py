"""Recorded behaviour of the whole product, compared after each step of a refactoring.

python -m tests.golden            a story on a fixed clock: answers, rows, images, requests, site, help, mistakes
python -m tests.golden.databases  databases of 0.1.0, upgraded and read
python -m tests.golden.promises   each promise and the process-level test that proves it
python -m tests.golden.edits      edits of the product that must each turn a test red
"""
