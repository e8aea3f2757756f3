"""The code and commands of docs/images.md, from top to bottom, in another Scrapy project.

A `python` block is appended to the file that its first line names. A `console` block is run. Other blocks are not.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.drawn import encoded, quarters
from tests.support.other_project import OtherProject, serving_images
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "images.md"
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def type_block(project: OtherProject, kind: str, text: str) -> None:
    if kind == "python":
        file = project.root / text.partition("\n")[0].removeprefix("# ")
        with file.open("a") as opened:
            opened.write(f"\n{text}")
        return
    for line in text.splitlines():
        done = project.run("sh", "-c", line.removeprefix("$ "))
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        assert not re.search("Traceback|ERROR|WARNING", done.stderr), f"{line}\n{done.stderr}"


def test_code_and_commands_of_images_page_work(tmp_path: Path) -> None:
    project = OtherProject(tmp_path)
    png, jpeg = encoded(quarters(), "PNG"), encoded(quarters(), "JPEG")
    with serving_images() as server:
        project.write_spider(server, [[server.serve("/a.png", png)], [server.serve("/logos/b.jpg", jpeg)]])
        blocks = BLOCK.findall(PAGE.read_text())
        for kind, text in blocks:
            type_block(project, kind, text)
    assert {kind for kind, _ in blocks} == {"python", "console"}
    stored = {path.parent.name: path.read_bytes() for path in (project.root / "images" / "pubs").rglob("*.*")}
    assert stored == {"pub 0": png, "pub 1": jpeg}
    # The first run, two forced ones, and the one with other paths. The last run finds the moved ledger.
    assert [len(server.times(path)) for path in ("/a.png", "/logos/b.jpg")] == [4, 4]
