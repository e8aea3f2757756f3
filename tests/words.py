"""`python -m tests.words`: find words that CONTRIBUTING.md rules out, in comments, docstrings and pages.

Prints each place. The exit code is 1 if there is one.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.support.paths import ROOT

AVOIDED = {
    r"pictures?": "image",
    r"told|tells?": "report, say, show",
    r"whoever": "the process, the caller, the reader",
    r"(?:cannot|could not) be had": "cannot be downloaded",
    r"once more|anew": "again",
    r"goes": "is removed, is sent",
    r"stands?": "is, is kept",
    r"so many": "this many",
    r"makes up for": "catches up on",
}
"""Word, as a regular expression -> what to write instead."""
_WORDS = {re.compile(rf"\b(?:{word})\b", re.IGNORECASE): instead for word, instead in AVOIDED.items()}
# Code and quotes of publishers' texts.
_QUOTED = re.compile(r"```.*?```|`[^`\n]*`|\"[^\"\n]*\"|“[^”\n]*”|^ {4}.*$", re.DOTALL | re.MULTILINE)
_ROOTS = ("trivia_scraper", "sandbox", "deploy", "docs", "templates")
_ELSEWHERE = {"vendor", "outlines", "__pycache__"}


def main() -> int:
    """Print each place and return the exit code."""
    pages = [*ROOT.glob("*.md"), *(path for root in _ROOTS for path in (ROOT / root).rglob("*"))]
    found = 0
    for path in sorted(pages):
        if path.suffix not in {".py", ".md", ".html"} or _ELSEWHERE & set(path.parts):
            continue
        for line, text in _texts(path):
            for word, instead in _WORDS.items():
                for match in word.finditer(_QUOTED.sub("", text)):
                    print(f"{path.relative_to(ROOT)}:{line}: {match[0]!r} -> {instead}")
                    found += 1
    return 1 if found else 0


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what a person reads in a file, with its first line: a page, or comments and docstrings of code."""
    source = path.read_text("utf-8")
    if path.suffix != ".py":
        yield 1, source
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, inspect.cleandoc(node.value.value)


if __name__ == "__main__":
    sys.exit(main())
