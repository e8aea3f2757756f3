"""Settings of a media pipeline, read as Scrapy documents them."""

from __future__ import annotations

from typing import Any

from scrapy.settings import BaseSettings

from trivia_scraper.images.options import IMAGE_OPTIONS
from trivia_scraper.options import Option, flag

REDIRECTS = Option("MEDIA_ALLOW_REDIRECTS", False, "True or False", flag, "Whether redirects of images are followed.")
_OPTIONS = {option.name: option for option in (*IMAGE_OPTIONS, REDIRECTS)}
_FLAGS = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off", ""), False)


class ClassSettings:
    """The settings of a pipeline class: a name with the class's own in front counts first, also when it is 0 or False.

    class_name: PUBIMAGESPIPELINE_IMAGES_EXPIRES is of PubImagesPipeline.
    """

    def __init__(self, settings: BaseSettings, class_name: str) -> None:
        self.all = settings
        self._prefix = class_name.upper()

    def get(self, name: str, default: Any = None) -> Any:
        """Return a setting as it was given, else the default."""
        for key in (f"{self._prefix}_{name}", name):
            if self.all.get(key) is not None:
                return self.all[key]
        return default

    def value(self, name: str, default: float | None = None) -> Any:
        """Return a declared setting in its type. default: in the place of the declared one.

        Raises UsageError, which names the setting.
        """
        option = _OPTIONS[name]
        return option.value(BaseSettings({name: self.get(name, option.default if default is None else default)}))


def read_flag(name: str, value: Any) -> bool:
    """Return a spider argument that is true or false. Raises ValueError for another."""
    try:
        return value if isinstance(value, bool) else _FLAGS[str(value).strip().lower()]
    except KeyError:
        raise ValueError(f"{name} must be true or false, not {value!r}.") from None


def is_refresh_forced(spider: Any) -> bool:
    """Return whether the spider argument `force_refresh_images` is set. Raises ValueError when it is not a flag.

    A spider may keep its arguments in an object of its own.
    """
    places = (spider, getattr(spider, "arguments", None))
    given = [getattr(place, "force_refresh_images", False) for place in places]
    return True in [read_flag("force_refresh_images", each) for each in given]
