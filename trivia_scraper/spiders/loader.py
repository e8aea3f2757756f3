"""Finds spiders without importing them, because importing all publishers takes longer than importing Scrapy."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from scrapy import Request, Spider
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.spider import iter_spider_classes


class SpiderFileLoader(SpiderLoader):
    """Reads the `name = "..."` of the classes in each file directly below SPIDER_MODULES. Imports a file when its
    spider is loaded, or at once when it computes a name."""

    def _load_all_spiders(self) -> None:
        self._modules: dict[str, str] = {}
        for package in self.spider_modules:
            for module, source in _sources(package):
                for class_, name in _names(module, source):
                    self._found[name].append((module, class_))
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


def titles(package: str = "trivia_scraper.spiders") -> dict[str, str]:
    """Return the `title = "..."` of each spider that has one, by the spider's name."""
    found = {}
    for module, source in _sources(package):
        tree = ast.parse(source, module)
        names = {class_: value.value for class_, value in _assigned("name", tree) if isinstance(value, ast.Constant)}
        for class_, value in _assigned("title", tree):
            if class_ in names and isinstance(value, ast.Constant) and isinstance(value.value, str):
                found[str(names[class_])] = value.value
    return found


def _names(module: str, source: str) -> list[tuple[str, str]]:
    """Return class and name of each spider of a module."""
    found = []
    for class_, value in _assigned("name", ast.parse(source, module)):
        if not isinstance(value, ast.Constant):
            spiders = iter_spider_classes(import_module(module))
            return [(spider.__name__, spider.name) for spider in spiders]
        if value.value:
            found.append((class_, str(value.value)))
    return found


def _assigned(attribute: str, tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield each class that has a base class and assigns an attribute, with the value."""
    for class_ in tree.body:
        if not isinstance(class_, ast.ClassDef) or not class_.bases:
            continue
        for statement in class_.body:
            if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
                continue
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(isinstance(target, ast.Name) and target.id == attribute for target in targets):
                yield class_.name, statement.value


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
