"""Tests which store a value of IMAGES_STORE opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from trivia_scraper.errors import UsageError
from trivia_scraper.images.storage import open_file_store
from trivia_scraper.images.storage.local import LocalFileStore


@pytest.mark.parametrize("form", ["{}", "file://{}", "{}/", "file://{}/"])
def test_store_is_opened_by_path_or_file_url(tmp_path: Path, form: str) -> None:
    store = open_file_store(form.format(tmp_path / "images"))
    assert isinstance(store, LocalFileStore)
    assert store.root == tmp_path / "images"


def test_file_url_is_percent_decoded_and_path_is_not(tmp_path: Path) -> None:
    address, path = open_file_store(f"file://{tmp_path}/a%20b"), open_file_store(f"{tmp_path}/a%20b")
    assert isinstance(address, LocalFileStore)
    assert isinstance(path, LocalFileStore)
    assert (address.root.name, path.root.name) == ("a b", "a%20b")


@pytest.mark.parametrize("uri", ["gs://bucket/", "ftp://host/images", "http://host/images", "c:\\images"])
def test_unknown_kind_of_store_is_refused_in_one_sentence(uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_file_store(uri)
    assert str(caught.value) == f"IMAGES_STORE must be a directory or s3://bucket/prefix/, not {uri!r}."
