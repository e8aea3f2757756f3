"""Finds spiders without importing them: the six publishers and what they parse with take longer than Scrapy itself."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from scrapy import Request, Spider
from scrapy.spiderloader import SpiderLoader

_NAME = re.compile(r"""^\s+name(?:\s*:\s*\w+)?\s*=\s*["']([^"']+)["']""", re.MULTILINE)


class SpiderFileLoader(SpiderLoader):
    """Reads the `name = "..."` of each file directly below SPIDER_MODULES; imports a file when its spider is loaded."""

    def _load_all_spiders(self) -> None:
        self._modules: dict[str, str] = {}
        for package in self.spider_modules:
            for module, source in _sources(package):
                for name in _NAME.findall(source):
                    self._found[name].append((module, "A spider"))
                    self._modules[name] = module
        self._check_name_duplicates()

    def list(self) -> list[str]:
        return list(self._modules)

    def load(self, spider_name: str) -> type[Spider]:
        """Raise KeyError when no file has a spider of this name."""
        if spider_name in self._modules and spider_name not in self._spiders:
            self._load_spiders(import_module(self._modules[spider_name]))
        return super().load(spider_name)

    def find_by_request(self, request: Request) -> builtins.list[str]:
        for name in self._modules:
            self.load(name)
        return super().find_by_request(request)


def _sources(package: str) -> Iterator[tuple[str, str]]:
    """Yield (name, source) of the package's modules, or of the module itself."""
    spec = find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    modules = [package]
    if spec.submodule_search_locations is not None:
        found = iter_modules(spec.submodule_search_locations, f"{package}.")
        modules = [module.name for module in found if not module.ispkg]
    for module in modules:
        spec = find_spec(module)
        get_source = getattr(spec and spec.loader, "get_source", None)
        yield module, (get_source and get_source(module)) or ""
