from __future__ import annotations

import argparse
import sys
from typing import get_args

from sandbox.server import run
from sandbox.state import Scale


def port_number(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError
    return port


parser = argparse.ArgumentParser(prog="python -m sandbox", description="Serve the publishers locally.")
parser.add_argument("--port", type=port_number, default=0, help="on 127.0.0.1; 0, the default, takes any free one")
parser.add_argument("--scale", choices=get_args(Scale), default="small", help="real: as many venues as real listings")
options = parser.parse_args()
sys.exit(run(options.port, options.scale))
