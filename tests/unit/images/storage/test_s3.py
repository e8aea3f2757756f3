"""Tests the settings that boto3's client and each PUT get. tests/crawl/test_s3.py crawls into a bucket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import boto3
import pytest
from moto import mock_aws
from scrapy.settings import BaseSettings, Settings

from trivia_scraper.errors import StorageError
from trivia_scraper.images.storage import open_file_store

SECRET = "planted-secret"


class Client:
    """Accepts every call and keeps its arguments."""

    def __init__(self) -> None:
        self.arguments: dict[str, Any] = {}
        self.put: dict[str, Any] = {}

    def __call__(self, service: str, **arguments: Any) -> Client:
        self.arguments = arguments
        return self

    def head_bucket(self, **_: Any) -> None:
        pass

    def put_object(self, **arguments: Any) -> None:
        self.put = arguments

    def get_object(self, **_: Any) -> dict[str, Any]:
        return {"Body": BytesIO(self.put["Body"])}

    def delete_object(self, **_: Any) -> None:
        pass


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    stub = Client()
    monkeypatch.setattr(boto3, "client", stub)
    return stub


@pytest.mark.parametrize(
    ("name", "value", "argument", "given"),
    [
        ("AWS_ACCESS_KEY_ID", "key", "aws_access_key_id", "key"),
        ("AWS_SECRET_ACCESS_KEY", SECRET, "aws_secret_access_key", SECRET),
        ("AWS_SESSION_TOKEN", "token", "aws_session_token", "token"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000", "endpoint_url", "http://127.0.0.1:9000"),
        ("AWS_REGION_NAME", "ap-southeast-2", "region_name", "ap-southeast-2"),
        ("AWS_USE_SSL", False, "use_ssl", False),
        ("AWS_USE_SSL", "0", "use_ssl", False),
        ("AWS_VERIFY", "False", "verify", False),
        ("AWS_VERIFY", "/etc/ssl/own.pem", "verify", "/etc/ssl/own.pem"),
    ],
)
def test_aws_settings_reach_boto3(client: Client, name: str, value: Any, argument: str, given: Any) -> None:
    open_file_store("s3://bucket/", settings=Settings({name: value}))
    assert client.arguments.pop("config")
    assert client.arguments == {argument: given}, "boto3 finds the others itself"


def test_kept_object_is_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a crash between PUT and row, the object at the first path already has the new bytes."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="bucket")
        files = open_file_store("s3://bucket/")
        files.keep("venues/none.jpg", "replaced/old.jpg")
        assert files.stat("replaced/old.jpg") is None
        files.write("venues/bell.jpg", b"old")
        for body in (b"new", b"newer"):
            files.keep("venues/bell.jpg", "replaced/old.jpg")
            files.write("venues/bell.jpg", body)
        assert files.read("replaced/old.jpg") == b"old"


def test_connection_pool_size_by_setting(client: Client) -> None:
    open_file_store("s3://bucket/", settings=Settings({"AWS_MAX_POOL_CONNECTIONS": "25"}))
    assert client.arguments["config"].max_pool_connections == 25
    open_file_store("s3://bucket/", settings=Settings())
    assert client.arguments["config"].max_pool_connections == 10, "the default of botocore"


@pytest.mark.parametrize(
    ("settings", "acl"),
    [
        (None, None),
        (Settings(), None),
        (Settings({"IMAGES_STORE_S3_ACL": "public-read"}), "public-read"),
        (Settings({"IMAGES_STORE_S3_ACL": "private"}), "private"),
        (Settings({"IMAGES_STORE_S3_ACL": ""}), None),
    ],
)
def test_acl_is_sent_only_if_set(client: Client, settings: BaseSettings | None, acl: str | None) -> None:
    """Scrapy's default `private` fails on buckets with ACLs disabled, such as new ones."""
    open_file_store("s3://bucket/", settings=settings).write("a.jpg", b"image")
    assert client.put.get("ACL") == acl
    assert client.put["ContentType"] == "image/jpeg"


def test_invalid_aws_flag_is_refused_by_name(client: Client) -> None:
    with pytest.raises(StorageError, match=r"^the setting AWS_USE_SSL takes True or False\.$"):
        open_file_store("s3://bucket/", settings=Settings({"AWS_USE_SSL": "maybe"}))


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"AWS_ENDPOINT_URL": "nonsense"}, "Invalid endpoint"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "Could not connect"),
        ({"AWS_ACCESS_KEY_ID": None}, "Partial credentials"),
    ],
)
def test_unreachable_bucket_is_one_sentence_without_secret(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], cause: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION_NAME": "us-east-1"}
    with pytest.raises(StorageError, match=rf"^IMAGES_STORE s3://bucket/: .*{cause}") as caught:
        open_file_store("s3://bucket/", settings=Settings(keys | settings))
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


class Bucket:
    """An S3 server that is not Amazon's. It refuses requests with certain headers or methods."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refused_headers: tuple[str, ...] = ()
        self.refused_methods: set[str] = set()
        self.answer: bytes | None = None
        self.settings = Settings()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    kept = Bucket()

    class Handler(BaseHTTPRequestHandler):
        def respond(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.command in kept.refused_methods:
                self.respond(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>")
            elif any(name in kept.refused_headers for name in map(str.lower, self.headers)):
                self.respond(501, b"<Error><Code>NotImplemented</Code><Message>A header is unknown.</Message></Error>")
            else:
                kept.objects[self.path] = body
                self.respond(200)

        def do_GET(self) -> None:
            self.respond(200, kept.objects[self.path] if kept.answer is None else kept.answer)

        def do_HEAD(self) -> None:
            self.respond(200)

        def do_DELETE(self) -> None:
            if self.command in kept.refused_methods:
                self.respond(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>")
                return
            kept.objects.pop(self.path, None)
            self.respond(204)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        kept.settings = Settings({"AWS_ENDPOINT_URL": address, "AWS_REGION_NAME": "us-east-1"})
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        yield kept
        server.shutdown()


CHECKSUMS = ("x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm", "x-amz-trailer")


def test_refused_checksums_are_found_at_opening(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.refused_headers = CHECKSUMS
    refused = r"^IMAGES_STORE s3://bucket/x/: an object cannot be written \(.*NotImplemented.*\); .*=when_required"
    with pytest.raises(StorageError, match=refused):
        open_file_store("s3://bucket/x/", settings=bucket.settings)
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    open_file_store("s3://bucket/x/", settings=bucket.settings).write("a.jpg", b"image")
    assert bucket.objects == {"/bucket/x/a.jpg": b"image"}, "the object of the check is removed"


@pytest.mark.parametrize(("method", "done"), [("PUT", "written"), ("DELETE", "removed")])
def test_missing_permissions_are_found_at_opening(bucket: Bucket, method: str, done: str) -> None:
    bucket.refused_methods = {method}
    with pytest.raises(StorageError, match=rf"an object cannot be {done} \(.*Access Denied") as refusal:
        open_file_store("s3://bucket/x/", settings=bucket.settings)
    assert "CHECKSUM" not in str(refusal.value)


def test_store_returning_other_bytes_is_refused(bucket: Bucket) -> None:
    bucket.answer = b"<html>"
    with pytest.raises(StorageError, match="an object does not have the bytes that were written"):
        open_file_store("s3://bucket/x/", settings=bucket.settings)


def test_opening_for_reading_writes_nothing(bucket: Bucket) -> None:
    bucket.refused_methods = {"PUT"}
    open_file_store("s3://bucket/x/", writes=False, settings=bucket.settings)


def test_empty_id_is_none(client: Client) -> None:
    store = open_file_store("s3://bucket/", writes=False)
    client.put = {"Body": b"\n"}
    assert store.read_id() is None
    client.put = {"Body": b"0123abc\n"}
    assert store.read_id() == "0123abc"
