from __future__ import annotations

import argparse
import sys

from trivia_scraper.sandbox.server import run


def port_number(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError
    return port


parser = argparse.ArgumentParser(prog="python -m trivia_scraper.sandbox", description="Serve the publishers locally.")
parser.add_argument("--port", type=port_number, default=0, help="on 127.0.0.1; 0, the default, takes any free one")
sys.exit(run(parser.parse_args().port))
