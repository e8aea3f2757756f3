"""The site's own images, made from the stored ones or kept from the previous version."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from tests.support.drawn import encoded, quarters
from trivia_scraper.atomic import Edition, replace_directory
from trivia_scraper.db.queries import StoredImage
from trivia_scraper.images.digests import sha256_of
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.site.images import Made, add_images

BODY = encoded(quarters(), "JPEG")
PATH = "venues/fox/bar.jpg"


def stored_image() -> StoredImage:
    values: dict[str, Any] = dict.fromkeys(StoredImage.__dataclass_fields__)
    return StoredImage(**values | {"path": PATH, "sha256": sha256_of(BODY)})


def publish(home: Path) -> Made:
    files = LocalFileStore(home / "images")
    files.write(PATH, BODY)
    with replace_directory(home / "site", "site") as edition:
        return add_images(edition, [stored_image()], files)


def fail(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize(("broken", "name"), [(Path, "read_bytes"), (Edition, "list_previous")])
def test_a_previous_version_that_cannot_be_read_is_made_again(
    broken: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(tmp_path)
    assert (first.made, first.kept) == (1, 0)
    again = publish(tmp_path)
    assert (again.made, again.kept, again.sizes) == (0, 1, first.sizes)
    monkeypatch.setattr(broken, name, fail)
    made = publish(tmp_path)
    assert (made.made, made.kept, made.sizes) == (1, 0, first.sizes)
    monkeypatch.undo()
    for size in made.sizes[sha256_of(BODY)]:
        assert (tmp_path / "site" / size.path).stat().st_size > 0
