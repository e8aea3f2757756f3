"""Errors that end a command with one sentence, and their exit codes."""

from __future__ import annotations

OK, FAILED, USAGE, ALREADY_RUNNING = 0, 1, 2, 75  # 75: EX_TEMPFAIL of sysexits.h
INTERRUPTED = 130  # what a shell reports after Ctrl-C


class TriviaError(Exception):
    """An error that a user or an operator can cause. Its text is one sentence: what is wrong, where, what to do."""

    exit_code = FAILED


class UsageError(TriviaError):
    """A command, spider argument or setting that is wrong or does not exist."""

    exit_code = USAGE


OPTIONAL_PARTS = {
    "s3": "'boto3>=1.40,<2'",
    "alerts": "'apprise>=2.3,<3'",
    "queue": "'procrastinate>=3.10,<4' 'psycopg[binary]>=3.2,<4'",
    "postgresql": "'psycopg[binary]>=3.2,<4'",
    "sandbox": "'aiohttp>=3.13.3,<4'",
}
"""Copy of the optional-dependencies of pyproject.toml, quoted for a shell. A checkout has no package metadata."""


def missing_part(what: str, part: str) -> UsageError:
    """Return the error that says how to install a missing optional part. what: the feature that needs it."""
    return UsageError(f"{what} needs an optional part, which is not installed: pip install {OPTIONAL_PARTS[part]}.")


class BusyError(TriviaError):
    """Another process is crawling this publisher, or writing this file or directory."""

    exit_code = ALREADY_RUNNING


class DatabaseError(TriviaError):
    """A database that cannot be used. The text never contains the password of its URL."""


class StorageError(TriviaError, OSError):
    """A store of images, or another directory of state, that cannot be used or reached."""


class OutputError(TriviaError):
    """A file or directory that cannot be written."""


class NotFoundError(TriviaError):
    """A name that is not in the database."""


class RefusedError(TriviaError):
    """A command that would lose or mix up data now."""
