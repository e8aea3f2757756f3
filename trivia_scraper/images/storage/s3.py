"""Stores images in an S3 bucket. S3 guarantees that a PUT replaces an object in one step.

Keys, region and endpoint come from Scrapy's AWS_* settings. Where one is not set, boto3 looks in its own sources, such
as environment variables of the same names. Scrapy logs settings at startup, so put secrets into the environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from posixpath import splitext
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from scrapy.settings import BaseSettings

from trivia_scraper.errors import StorageError, UsageError, missing_part
from trivia_scraper.formatting import without_credentials
from trivia_scraper.images.crash_points import Step, announce_step
from trivia_scraper.images.formats import FORMATS
from trivia_scraper.images.storage.base import ID_FILE, FileStat, check_path, is_path
from trivia_scraper.options import flag

_TYPES = {f".{each.suffixes[0]}": each.content_type for each in FORMATS}
_CHECK = b"A run of trivia_scraper checks that it can write here."
_NO_PERMISSION = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"}


def _parse_flag_or_file(value: Any) -> Any:
    """Return a bool, or the path of a file with certificates."""
    try:
        return flag(value)
    except ValueError:
        return str(value)


_ARGUMENTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "AWS_ACCESS_KEY_ID": ("aws_access_key_id", str),
    "AWS_SECRET_ACCESS_KEY": ("aws_secret_access_key", str),
    "AWS_SESSION_TOKEN": ("aws_session_token", str),
    "AWS_ENDPOINT_URL": ("endpoint_url", str),
    "AWS_REGION_NAME": ("region_name", str),
    "AWS_USE_SSL": ("use_ssl", flag),
    "AWS_VERIFY": ("verify", _parse_flag_or_file),
}
"""Setting of Scrapy -> argument of boto3's client, and the function that parses it."""


class S3FileStore:
    """Objects below s3://bucket/prefix/.

    settings: for AWS_* and IMAGES_STORE_S3_ACL. Without them, boto3 uses its own sources.
    Raises UsageError for an invalid URI, StorageError for a bucket that is missing or unreachable.
    """

    # A HEAD request for every image would cost more than the run. `scrapy images verify` checks the objects.
    trusted = True

    def __init__(self, uri: str, settings: BaseSettings | None = None) -> None:
        parts = urlsplit(uri)
        if not parts.netloc or (parts.path and not parts.path.endswith("/")):
            raise UsageError(f"IMAGES_STORE must be s3://bucket/prefix/, with a slash at the end, not {uri!r}.")
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise missing_part("IMAGES_STORE on S3", "s3") from None
        self.bucket, self.prefix = parts.netloc, parts.path.lstrip("/")
        self._errors = (BotoCoreError, ClientError)
        self._not_found = ClientError
        settings = settings or BaseSettings()
        self._put_options = _put_options(settings)
        options: dict[str, Any] = {"connect_timeout": 10, "read_timeout": 30}
        options["retries"] = {"max_attempts": 3, "mode": "standard"}
        if connections := settings.getint("AWS_MAX_POOL_CONNECTIONS"):
            options["max_pool_connections"] = connections
        try:
            self._client: Any = boto3.client("s3", config=Config(**options), **_client_arguments(settings))
            self._client.head_bucket(Bucket=self.bucket)
        except (ValueError, *self._errors) as error:  # ValueError: the endpoint is not a URL
            found = without_credentials(str(error))  # AWS_ENDPOINT_URL may contain some
            raise StorageError(f"IMAGES_STORE {uri}: the bucket cannot be used ({found}).") from None

    def check_writable(self) -> None:
        """Write, read and remove an object. Raises StorageError.

        An existing bucket may still refuse what a run does, and then every image would fail.
        """
        # A hidden name, which `paths` does not list if the process is killed in between.
        check_object = {"Bucket": self.bucket, "Key": f"{self.prefix}.check-{uuid4().hex}"}
        store, action = f"IMAGES_STORE s3://{self.bucket}/{self.prefix}", "written"
        try:
            self._client.put_object(**check_object, Body=_CHECK, ContentType="text/plain", **self._put_options)
            action = "read"
            is_same = self._get_body(**check_object) == _CHECK
            action = "removed"
            self._client.delete_object(**check_object)
        except self._errors as error:
            hint = self._checksum_hint(error)
            raise StorageError(f"{store}: an object cannot be {action} ({error}){hint}.") from None
        if not is_same:
            raise StorageError(f"{store}: an object does not have the bytes that were written.")

    def _checksum_hint(self, error: Any) -> str:
        """Return what to try if the store is not Amazon's. boto3 sends checksums that some stores do not support."""
        code = getattr(error, "response", {}).get("Error", {}).get("Code")
        config = self._client.meta.config
        if code in _NO_PERMISSION or ".amazonaws.com" in self._client.meta.endpoint_url:
            return ""
        if config.request_checksum_calculation == "when_required":
            return ""
        return (
            "; if the store does not support the checksums that boto3 sends, set AWS_REQUEST_CHECKSUM_CALCULATION="
            "when_required in the environment"
        )

    def write(self, path: str, body: bytes, *, durable: bool = True) -> FileStat:
        kind = _TYPES.get(splitext(path)[1], "application/octet-stream")
        try:
            self._client.put_object(
                Bucket=self.bucket, Key=self._key(path), Body=body, ContentType=kind, **self._put_options
            )
        except self._errors as error:
            raise self._make_error(self._key(path), error) from None
        announce_step(Step.RENAMED, path)
        return FileStat(len(body), None)

    def keep(self, path: str, second_path: str) -> None:
        # After a crash between PUT and row, `path` has the new bytes already.
        if self.stat(second_path) is not None:
            return
        source = {"Bucket": self.bucket, "Key": self._key(path)}
        self._call(partial(self._client.copy_object, CopySource=source, **self._put_options), second_path)

    def read(self, path: str) -> bytes | None:
        body: bytes | None = self._call(self._get_body, path)
        return body

    def stat(self, path: str) -> FileStat | None:
        answer = self._call(self._client.head_object, path)
        return FileStat(answer["ContentLength"], None) if answer else None

    def remove(self, path: str) -> None:
        try:
            self._client.delete_object(Bucket=self.bucket, Key=self._key(path))
        except self._errors as error:
            raise self._make_error(self._key(path), error) from None

    def paths(self) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        try:
            for page in pages:
                paths = (each["Key"].removeprefix(self.prefix) for each in page.get("Contents", ()))
                yield from filter(is_path, paths)
        except self._errors as error:
            raise self._make_error(self.prefix, error) from None

    def temporaries(self) -> Iterator[str]:
        """Yield nothing: S3 has no incomplete objects."""
        return iter(())

    def read_id(self) -> str | None:
        body: bytes | None = self._call(self._get_body, ID_FILE)
        return (body or b"").decode("utf-8", "replace").strip() or None

    def write_id(self, store_id: str) -> None:
        self.write(ID_FILE, f"{store_id}\n".encode())

    def _get_body(self, **where: str) -> Any:
        # `read` downloads the body, and it can fail although the request succeeded.
        return self._client.get_object(**where)["Body"].read()

    def _key(self, path: str) -> str:
        if path != ID_FILE:
            check_path(path)
        return self.prefix + path

    def _make_error(self, key: str, error: Exception) -> StorageError:
        return StorageError(f"s3://{self.bucket}/{key}: {without_credentials(str(error))}")

    def _call(self, operation: Any, path: str) -> Any:
        try:
            return operation(Bucket=self.bucket, Key=self._key(path))
        except self._not_found as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise self._make_error(self._key(path), error) from None
        except self._errors as error:
            raise self._make_error(self._key(path), error) from None


def _client_arguments(settings: BaseSettings) -> dict[str, Any]:
    """Return the arguments that AWS_* settings give. Raises StorageError, without the value."""
    arguments = {}
    for name, (argument, parse) in _ARGUMENTS.items():
        if settings.get(name) is None:
            continue
        try:
            arguments[argument] = parse(settings[name])
        except ValueError:
            raise StorageError(f"the setting {name} takes True or False.") from None
    return arguments


def _put_options(settings: BaseSettings) -> dict[str, str]:
    """Return the ACL if the project set one. Scrapy's default fails on a bucket with ACLs disabled."""
    acl = settings.get("IMAGES_STORE_S3_ACL")
    is_set = (settings.getpriority("IMAGES_STORE_S3_ACL") or 0) > 0
    return {"ACL": str(acl)} if acl and is_set else {}
