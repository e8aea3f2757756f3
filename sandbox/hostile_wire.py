"""Hostile transfer of an image: slow, cut, with wrong lengths and headers, and compressed."""

from __future__ import annotations

import gzip
import zlib
from functools import cache

from sandbox import hostile_files as files
from sandbox.hostile_case import image, refused, stored
from sandbox.replies import Reply

UNPACKED = 64 * 1024 * 1024
# 64 MB of zero bytes, compressed by brotli.
BROTLI_BOMB = bytes.fromhex(
    "cfffff7ff82700e2b14020f7fe9ffffffff04f00c4610180eefd3fffffffe19f0088c32200ddfb7ffeffffc33f0110870500baf7ff03"
)
# A Zstandard frame with a window of 8 MB, in which each block means 128 kB of zero bytes.
ZSTD_BLOCK = ((128 * 1024 << 3) | 0b010).to_bytes(3, "little") + b"\0"
ZSTD_BOMB = b"\x28\xb5\x2f\xfd\x00\x68" + ZSTD_BLOCK * (UNPACKED // (128 * 1024)) + b"\x03\0\0\0"


@cache
def gzip_bomb() -> bytes:
    return gzip.compress(files.good() + bytes(UNPACKED), 1, mtime=0)


@cache
def deflate_bomb() -> bytes:
    return zlib.compress(bytes(UNPACKED), 1)


@cache
def gzip_bomb_twice() -> bytes:
    return gzip.compress(gzip_bomb(), mtime=0)


def packed(body: bytes, encoding: str) -> Reply:
    return image(body, Content_Encoding=encoding)


def wire(*header_lines: str, body: bytes | None = None, start: str = "HTTP/1.1 200 OK", hold: float = 0.0) -> Reply:
    """Return an answer that is sent byte for byte. hold: seconds until the connection closes."""
    head = "\r\n".join([start, "Content-Type: image/jpeg", *header_lines, "", ""]).encode("latin-1")
    return Reply(raw=head + (files.good() if body is None else body), pause=hold)


def chunked(body: bytes, size: int = 4096) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


def in_chunks(body: bytes, hold: float = 0.0) -> Reply:
    return wire("Transfer-Encoding: chunked", body=body, hold=hold)


def length(difference: int) -> str:
    return f"Content-Length: {len(files.good()) + difference}"


TIME = [
    refused("slow_headers", "timeout", lambda: Reply(200, {}, files.good(), delay=60)),
    refused("drip", "timeout", lambda: Reply(200, {}, files.good(), piece=16, pause=0.2)),
    refused("drip_headers", "timeout", lambda: Reply(raw=b"HTTP/1.1 200 OK\r\n" * 40, pause=60)),
    refused("held_open", "timeout", lambda: wire(length(1), hold=60)),
    refused("chunks_held_open", "timeout", lambda: in_chunks(chunked(files.good()), hold=60)),
]  # fmt: skip

SIZE = [
    refused("endless", "too_large", lambda: Reply(200, {}, files.good(), filler=None)),
    refused("large_declared", "too_large", lambda: Reply(200, {}, files.good(), filler=11 << 20)),
    refused("large_undeclared", "too_large", lambda: Reply(200, {}, files.good(), filler=11 << 20, chunked=True)),
    refused("absurd_length", "too_large", lambda: wire("Content-Length: 99999999999999999999")),
    stored("trailing_zeros", lambda: files.good() + bytes(1 << 20)),
]

LENGTHS = [
    refused("length_short", "truncated", lambda: wire(length(-2000))),
    refused("length_long", "truncated", lambda: wire(length(2000))),
    refused("length_zero", "not_an_image", lambda: wire("Content-Length: 0")),
    refused("length_negative", "network", lambda: wire("Content-Length: -5")),
    refused("length_twice", "network", lambda: wire(length(0), length(-2000))),
    refused("length_words", "network", lambda: wire("Content-Length: many")),
    refused("cut_before", "network", lambda: Reply(cut_after=0)),
    refused("cut_in_headers", "network", lambda: Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Type: im")),
    refused("cut_in_body", "truncated", lambda: Reply(200, {}, files.good(), cut_after=2000)),
    refused("cut_in_chunks", "truncated", lambda: in_chunks(chunked(files.good())[:3000])),
    refused("chunks_not_ended", "truncated", lambda: in_chunks(chunked(files.good()))),
    refused("chunk_size_words", "truncated", lambda: in_chunks(b"lots\r\nx")),
    stored("chunks", answer=lambda: in_chunks(chunked(files.good()) + b"0\r\n\r\n")),
    stored("no_length", answer=lambda: wire(start="HTTP/1.0 200 OK")),
]

HEADERS = [
    refused("not_http", "network", lambda: Reply(raw=files.good())),
    refused("status_words", "network", lambda: wire(start="HTTP/1.1 OK fine")),
    refused("status_ansi", "http_404", lambda: wire(length(0), start="HTTP/1.1 404 \x1b[31mforged\x1b[0m")),
    refused("long_header", "too_large", lambda: wire(f"X-Long: {'x' * 100_000}", length(0))),
    refused("headers_too_large", "too_large", lambda: wire(*["X-Many: " + "x" * 90] * 1_000, length(0))),
    refused("location_split", "http_404", lambda: wire(
        "Location: /gone.jpg%0d%0aSet-Cookie:%20a=b", "Content-Length: 0", start="HTTP/1.1 302 Found", body=b"")),
    stored("many_headers", answer=lambda: wire(*["X-Many: x"] * 5_000, length(0))),
    stored("early_hints", answer=lambda: Reply(
        raw=b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>\r\n\r\n" + (wire(length(0)).raw or b""))),
    stored("tag_folded", answer=lambda: wire('ETag: "a\r\n X-Injected: 1"', length(0))),
    stored("tag_bare_cr", answer=lambda: wire('ETag: "a\rX-Injected: 1"', length(0))),
    stored("tag_nul", answer=lambda: wire('ETag: "a\0b"', length(0))),
    stored("tag_latin", answer=lambda: wire('ETag: "caf\xe9"', length(0))),
    stored("header_without_colon", answer=lambda: wire("No colon here", length(0))),
]  # fmt: skip

PACKED = [
    refused("gzip_bomb", "too_large", lambda: packed(gzip_bomb(), "gzip")),
    refused("gzip_bomb_twice", "too_large", lambda: packed(gzip_bomb_twice(), "gzip, gzip")),
    refused("deflate_bomb", "too_large", lambda: packed(deflate_bomb(), "deflate")),
    refused("brotli_bomb", "too_large", lambda: packed(BROTLI_BOMB, "br")),
    refused("zstd_bomb", "too_large", lambda: packed(ZSTD_BOMB, "zstd")),
    refused("gzip_in_name_only", "network", lambda: packed(files.good(), "gzip")),
    refused("brotli_in_name_only", "network", lambda: packed(files.good(), "br")),
    refused("zstd_in_name_only", "network", lambda: packed(files.good(), "zstd")),
    refused("gzip_cut", "truncated", lambda: packed(gzip.compress(files.good(), mtime=0)[:3000], "gzip")),
    stored("gzip_good", answer=lambda: packed(gzip.compress(files.good(), mtime=0), "gzip")),
    stored("packed_by_no_method", answer=lambda: packed(files.good(), "identity")),
]
