"""Errors that end a command or a crawl with one sentence, and the exit codes."""

from __future__ import annotations

OK, FAILED, USAGE, ALREADY_RUNNING = 0, 1, 2, 75  # 75: EX_TEMPFAIL of sysexits.h
INTERRUPTED = 130  # as a shell has it of what Ctrl-C ended


class UsageMistake(ValueError):
    """What was typed is not a command. Its text is one sentence."""


class ArgumentError(ValueError):
    """A spider argument that does not exist or does not parse. Its text is one sentence for the person who typed it."""


class StoreError(RuntimeError):
    """The store cannot be used. Its text is one sentence for the operator, without the password of the URL."""


class FileStoreError(OSError):
    """The store cannot be used as it is set up, or does not answer. Its text is one sentence for the operator."""


class OutputError(ValueError):
    """The file cannot be written. Its text is one sentence for the operator."""


class BeingWrittenError(OutputError):
    """Another process is writing the same file."""


class PublishingError(ValueError):
    """The directory cannot be made. Its text is one sentence for the operator."""


class BeingPublishedError(PublishingError):
    """Another process is making the same directory."""


class UnknownError(ValueError):
    """What was named is not in the store. Its text is one sentence."""
