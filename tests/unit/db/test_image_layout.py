"""Where images are in the store."""

from __future__ import annotations

from tests.support.doc_pages import section
from trivia_scraper.db.image_layout import FOLDERS, get_host_folder, is_ours, replaced_path, venue_folder
from trivia_scraper.images.records import ImageRecord


def test_folders_are_known_and_documented() -> None:
    kept = replaced_path(ImageRecord(url="", stem="", path="a.png", sha256="1f"))
    paths = [f"{venue_folder('the-fox')}/bar.jpg", f"{get_host_folder('sam')}/thumbs/small/sam.jpg", kept]
    made = {path.partition("/")[0] for path in paths}
    assert made == set(FOLDERS), "db/image_layout.py: FOLDERS and the functions differ; or add the new one to this test"
    for path in paths:
        assert is_ours(path), "db/image_layout.py: `images verify` and `images prune` ignore files outside FOLDERS"
    for folder in FOLDERS:
        assert f"`{folder}/" in section("operations.md", "Where state lives"), f"docs/operations.md: name {folder}/"
