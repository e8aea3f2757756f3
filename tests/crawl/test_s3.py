"""Images on S3: real crawls against a local S3 server."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from scrapy.settings import Settings

from sandbox.client import Sandbox
from tests.support.project import Project, image_requests
from trivia_scraper.errors import StorageError
from trivia_scraper.images.storage import open_file_store
from trivia_scraper.images.storage.base import ID_FILE

SPACE = "act-3rd-space-canberra"
BUCKET = "images"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    yield "http://{}:{}".format(*moto.get_host_and_port())
    moto.stop()


@pytest.fixture
def s3(server: str, project: Project, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a client. The project stores its images in a bucket, which is empty."""
    environment = {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "planted-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    project.environment |= environment | {"IMAGES_STORE": f"s3://{BUCKET}/trivia/"}
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=each["Key"])
    yield client
    client.close()


def objects(s3: Any) -> dict[str, bytes]:
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]
    keys = [key for key in keys if not key.endswith(ID_FILE)]
    return {key.removeprefix("trivia/"): s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def test_crawl_refresh_verify_and_prune_on_s3(project: Project, sandbox: Sandbox, s3: Any) -> None:
    first = project.crawl(venue=SPACE)
    assert first.exit_code == 0, first.stderr
    assert "planted-secret" not in first.stderr
    for image in first.images:
        assert objects(s3)[image["path"]] == sandbox.served(image["url"])
        assert image["thumbs"]["small"] in objects(s3)
        assert s3.head_object(Bucket=BUCKET, Key=f"trivia/{image['path']}")["ContentType"] == "image/jpeg"

    sandbox.change()
    sandbox.forget_requests()
    assert project.crawl(venue=SPACE, force_update="1").exit_code == 0
    assert image_requests(sandbox) == []
    assert project.crawl(venue=SPACE, force_refresh_images="1").exit_code == 0
    for row in project.ledger():
        assert objects(s3)[row["path"]] == sandbox.served(row["url"])
    assert project.scrapy("images", "verify").exit_code == 0

    sandbox.move(SPACE)
    before = set(objects(s3))
    assert project.crawl(venue=SPACE, force_update="1").exit_code == 0
    kept = {path for path in objects(s3) if path.startswith("replaced/")}
    assert len(kept) == 3, "the image of the old URL and those of the refresh"
    assert len(objects(s3)) == len(before) + 1, "the superseded image and its thumbnail are gone"
    assert project.scrapy("images", "restore", "3rd-space-canberra", "--kind", "hero").exit_code == 0
    assert project.scrapy("images", "verify").exit_code == 0
    assert project.crawl(venue=SPACE, force_update="1").exit_code == 0
    s3.put_object(Bucket=BUCKET, Key="trivia/venues/stray.jpg", Body=b"left by hand")
    assert project.verify().exit_code == 1
    assert project.scrapy("images", "prune").exit_code == 0
    assert "venues/stray.jpg" not in objects(s3)

    path = project.ledger()[0]["path"]
    s3.delete_object(Bucket=BUCKET, Key=f"trivia/{path}")
    found = project.verify()
    assert (found.exit_code, [each["problem"] for each in found.json]) == (1, ["missing"])
    assert project.crawl(venue=SPACE).exit_code == 0
    assert path in objects(s3), "the next ordinary run downloads what verify reported as missing"
    assert project.scrapy("images", "verify").exit_code == 0


def test_failed_refresh_keeps_object(project: Project, sandbox: Sandbox, s3: Any) -> None:
    project.crawl(venue=SPACE)
    before = objects(s3)
    for image in sandbox.images():
        if image["venue"] == SPACE:
            sandbox.behave(image["url"], "html")
    run = project.crawl(venue=SPACE, force_refresh_images="1")
    assert {image["reason"] for image in run.images} == {"not_an_image"}
    assert objects(s3) == before


@pytest.mark.parametrize(
    ("uri", "exit_code"),
    [(f"s3://{BUCKET}/no-last-slash", 2), ("s3:///", 2), ("s3://no-such-bucket/", 1), ("gs://images/", 2)],
)
def test_unusable_s3_uri_is_one_sentence(project: Project, s3: Any, uri: str, exit_code: int) -> None:
    run = project.scrapy("crawl", "quizmeisters", IMAGES_STORE=uri)
    assert run.exit_code == exit_code
    assert len(run.stderr.splitlines()) == 1
    assert uri in run.stderr


def test_kept_objects_are_not_read(project: Project, s3: Any) -> None:
    project.crawl(venue=SPACE)
    for key in objects(s3):
        s3.delete_object(Bucket=BUCKET, Key=f"trivia/{key}")
    run = project.crawl(venue=SPACE, force_update="1")
    assert {image["reason"] for image in run.images} == {"fresh"}, "objects are trusted until they expire"


class CutsEveryObject(BaseHTTPRequestHandler):
    """An S3 server that truncates every image, but not the files that a run writes at startup."""

    check = store_id = b""

    def do_PUT(self) -> None:
        type(self).check = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def do_DELETE(self) -> None:
        self.send_response(204)
        self.end_headers()

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_GET(self) -> None:
        is_id = self.path.partition("?")[0].endswith(f"/{ID_FILE}")
        self.send_response(200)
        whole = self.store_id if is_id else self.check if "/.check-" in self.path else None
        self.send_header("Content-Length", "1000" if whole is None else str(len(whole)))
        self.end_headers()
        self.wfile.write(b"x" * 10 if whole is None else whole)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def cuts_every_object() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), CutsEveryObject) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_truncated_object_is_one_sentence_and_costs_no_event(project: Project, s3: Any, cuts_every_object: str) -> None:
    project.crawl(venue=SPACE)
    CutsEveryObject.store_id = s3.get_object(Bucket=BUCKET, Key=f"trivia/{ID_FILE}")["Body"].read()
    project.environment["AWS_ENDPOINT_URL"] = cuts_every_object
    verified = project.scrapy("images", "verify")
    assert (verified.exit_code, len(verified.stderr.splitlines())) == (1, 1)
    assert f"s3://{BUCKET}/trivia/venues/" in verified.stderr
    assert "reading from response stream" in verified.stderr
    run = project.crawl(venue=SPACE, force_refresh_images="1")
    assert {(image["status"], image["reason"]) for image in run.images} == {("failed", "storage")}
    assert "Traceback" not in run.stderr


def test_scrapys_aws_settings_override_environment(server: str, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    settings = Settings({"AWS_ENDPOINT_URL": server, "IMAGES_STORE_S3_ACL": "public-read"})
    open_file_store(f"s3://{BUCKET}/trivia/", settings=settings).write("a.jpg", b"image")
    assert objects(s3) == {"a.jpg": b"image"}
    grants = s3.get_object_acl(Bucket=BUCKET, Key="trivia/a.jpg")["Grants"]
    assert "READ" in {each["Permission"] for each in grants}


def test_paths_that_leave_the_prefix_are_refused(s3: Any) -> None:
    assert os.environ["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1")
    store = open_file_store(f"s3://{BUCKET}/trivia/")
    for path in ("../escaped.jpg", "/absolute.jpg", "venues/../../x.jpg", "venues//x.jpg", ""):
        with pytest.raises(StorageError):
            store.write(path, b"x")


def test_catalogue_has_images_from_s3(project: Project, s3: Any) -> None:
    crawled = project.crawl(venue=SPACE)
    lost, *kept = [image["path"] for image in crawled.images]
    s3.delete_object(Bucket=BUCKET, Key=f"trivia/{lost}")
    made = project.scrapy("catalogue")
    assert made.exit_code == 0, made.stderr
    assert f"{len(kept)} made, 0 kept from the last build. 1 missing in the store" in made.stdout
    assert len(list((project.home / "catalogue/images").iterdir())) >= len(kept)


def test_crawl_checks_bucket_once(project: Project, s3: Any, caplog: pytest.LogCaptureFixture) -> None:
    for _ in ("a bucket without an id", "the bucket of this database"):
        with caplog.at_level(logging.INFO, "werkzeug"):
            assert project.crawl(venue=SPACE).exit_code == 0
        requests = [record.getMessage() for record in caplog.records]
        checks = [found[1] for each in requests if (found := re.search(r"([A-Z]+) /\S+/\.check-", each))]
        assert checks == ["PUT", "GET", "DELETE"]
        caplog.clear()
