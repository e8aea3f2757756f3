"""The addresses that an image is downloaded from."""

from __future__ import annotations

import pytest

from trivia_scraper.images.downloads import wordpress_candidates


@pytest.mark.parametrize(
    ("named", "upload"),
    [
        ("/wp-content/uploads/2026/04/sport-1-1200x800.webp", "/wp-content/uploads/2026/04/sport-1.webp"),
        ("/wp-content/uploads/a-300x300.jpg?ver=1", "/wp-content/uploads/a.jpg?ver=1"),
        # A size that is a part of the upload's own name.
        ("/wp-content/uploads/anglers-600x490-1.jpg", None),
        ("/wp-content/uploads/image-1200x800.avif_original.jpg", None),
        ("/photos/a-300x300.jpg", None),
        ("/motherbrain-prod/vlogo_1700004858684", None),
    ],
)
def test_which_upload_an_address_names_a_size_of(named: str, upload: str | None) -> None:
    found = wordpress_candidates(f"https://pubs.example{named}")
    assert found == [f"https://pubs.example{each}" for each in (upload, named) if each]
