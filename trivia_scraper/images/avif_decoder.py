"""Examines one AVIF image in its own process: `python -m trivia_scraper.images.avif_decoder OPTIONS < image`.

An AVIF file can contain an image that is far larger than its header says, and only decoding shows that. So the process
limits its own memory and CPU time. It writes JSON: the fields of a CheckedImage, or `reason` and `found` of an
ImageError.
"""

from __future__ import annotations

import base64
import json
import resource
import sys
from dataclasses import asdict

from PIL import AvifImagePlugin

from trivia_scraper.images.policy import ImageError, Reason
from trivia_scraper.images.validate import examine_here

_MEMORY = 1024**3  # bytes; 50 megapixels need half of this
_CPU = 15  # seconds; 50 megapixels need one


def main() -> None:
    options = json.loads(sys.argv[1])
    body = sys.stdin.buffer.read()
    for limit, most in (resource.RLIMIT_DATA, _MEMORY), (resource.RLIMIT_CPU, _CPU), (resource.RLIMIT_CORE, 0):
        resource.setrlimit(limit, (most, most))
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread would need its own memory
    try:
        found = asdict(examine_here(body, **options))
    except ImageError as error:
        is_memory = error.reason == Reason.STORAGE or "memory" in str(error)
        found = {"reason": Reason.TOO_LARGE if is_memory else error.reason, "found": str(error)}
    else:
        found["thumbs"] = {name: base64.b64encode(thumb).decode() for name, thumb in found["thumbs"].items()}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
