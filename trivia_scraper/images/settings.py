"""Reads the settings of a media pipeline as Scrapy documents them."""

from __future__ import annotations

from typing import Any

from scrapy.settings import BaseSettings

from trivia_scraper.images.options import IMAGE_OPTIONS
from trivia_scraper.options import FLAG_WORDS, Option, flag

REDIRECTS = Option("MEDIA_ALLOW_REDIRECTS", False, "True or False", flag, "Whether redirects of images are followed.")
_FLAGS = FLAG_WORDS | {"": False}
_OPTIONS = {option.name: option for option in (*IMAGE_OPTIONS, REDIRECTS)}


class ClassSettings:
    """The settings of a pipeline class. A setting with the class's name in front takes precedence, even if 0 or False.

    For PubImagesPipeline, PUBIMAGESPIPELINE_IMAGES_EXPIRES overrides IMAGES_EXPIRES.
    """

    def __init__(self, settings: BaseSettings, class_name: str) -> None:
        self.all = settings
        self._prefix = class_name.upper()

    def get(self, name: str, default: Any = None) -> Any:
        """Return a setting as the project gave it, else the default."""
        for key in (f"{self._prefix}_{name}", name):
            if self.all.get(key) is not None:
                return self.all[key]
        return default

    def get_checked(self, name: str, default: float | None = None) -> Any:
        """Return a declared setting, checked and converted. default: used instead of the declared one.

        Raises UsageError, whose text names the setting.
        """
        option = _OPTIONS[name]
        return option.value(BaseSettings({name: self.get(name, option.default if default is None else default)}))


def read_flag(name: str, value: Any) -> bool:
    """Return a spider argument as a bool. Raises ValueError if it is neither true nor false."""
    try:
        return value if isinstance(value, bool) else _FLAGS[str(value).strip().lower()]
    except KeyError:
        raise ValueError(f"{name} must be true or false, not {value!r}.") from None


def is_refresh_forced(spider: Any) -> bool:
    """Return whether the spider argument `force_refresh_images` is set. Raises ValueError for an invalid value.

    It is an attribute of the spider or of its `arguments`.
    """
    name = "force_refresh_images"
    values = [getattr(each, name, False) for each in (spider, getattr(spider, "arguments", None))]
    return True in [read_flag(name, value) for value in values]
