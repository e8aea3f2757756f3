"""Which settings boto3's client and each PUT get. tests/crawl/test_s3.py crawls into a bucket."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from scrapy.settings import BaseSettings, Settings

from trivia_scraper.errors import StorageError
from trivia_scraper.images.storage import open_file_store

SECRET = "planted-secret"


class Client:
    """Takes every call, and keeps its arguments."""

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
def test_a_setting_of_scrapy_is_given_to_boto3(
    client: Client, name: str, value: Any, argument: str, given: Any
) -> None:
    open_file_store("s3://bucket/", settings=Settings({name: value}))
    assert client.arguments.pop("config")
    assert client.arguments == {argument: given}, "boto3 looks for the others itself"


def test_the_size_of_the_connection_pool_is_a_setting(client: Client) -> None:
    open_file_store("s3://bucket/", settings=Settings({"AWS_MAX_POOL_CONNECTIONS": "25"}))
    assert client.arguments["config"].max_pool_connections == 25
    open_file_store("s3://bucket/", settings=Settings())
    assert client.arguments["config"].max_pool_connections == 10, "botocore's own"


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
def test_an_acl_is_sent_only_when_somebody_set_it(
    client: Client, settings: BaseSettings | None, acl: str | None
) -> None:
    """Scrapy's default `private` fails on a bucket that has ACLs disabled, as new ones have."""
    open_file_store("s3://bucket/", settings=settings).write("a.jpg", b"image")
    assert client.put.get("ACL") == acl
    assert client.put["ContentType"] == "image/jpeg"


def test_a_flag_that_is_none_is_refused_by_name(client: Client) -> None:
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
def test_settings_that_reach_no_bucket_are_one_sentence_without_a_secret(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], cause: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION_NAME": "us-east-1"}
    with pytest.raises(StorageError, match=rf"^IMAGES_STORE s3://bucket/: .*{cause}") as caught:
        open_file_store("s3://bucket/", settings=Settings(keys | settings))
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
