"""The structure of the code: imports, sizes, docstrings."""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.project_files import project_files
from tests.support.sites import ROOT

# The packages of the engine, and the modules outside of packages, lowest first. A module imports from its own package and
# from lower ones; the docstring of each package lists them.
PACKAGES = (
    ("dates", "frozen", "findings"),
    (
        "files",
        "source",
        "languages",
        "templates",
        "facts",
        "markdown",
        "evaluation",
        "tables",
        "documents",
        "formats",
        "site",
    ),
    (
        "changes",
        "data",
        "rules",
        "build",
        "explanation",
        "preview",
        "package_indexes",
        "verification",
        "schema",
        "importing",
        "commands",
    ),
    ("arguments", "cli", "__main__"),
)
RANK = {name: rank for rank, name in enumerate(["sitegen", *(name for names in PACKAGES for name in names)])}

MAX_FUNCTION, MAX_MODULE, MAX_DEPTH = 50, 400, 20
CEILINGS = ROOT / "tests/ceilings.json"


@cache
def modules() -> dict[str, Path]:
    """The modules of the engine by name."""
    found = {}
    for path in sorted((ROOT / "sitegen").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def imports(module: str) -> Iterator[str]:
    """The modules that a module imports, at any level."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import in line {node.lineno}"
            base = node.module or ""
            for alias in node.names:
                below = f"{base}.{alias.name}"
                yield below if below in modules() else base


def functions(module: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(module)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def package_of(module: str) -> str:
    """The package of a module, or its name if it is not in a package."""
    return [*module.split("."), "sitegen"][1] if module != "sitegen" else module


def loaded(module: str) -> set[str]:
    """The modules of the engine that are imported together with a module."""
    found: set[str] = set()
    left: list[ast.stmt] = [*tree(module).body]
    for node in left:  # the loop appends to this list
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            found |= {below if (below := f"{base}.{alias.name}") in modules() else base for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            left += [*node.body, *node.orelse]
    return {name for name in found if name in modules()} - {module}


def depth(module: str, above: tuple[str, ...] = ()) -> int:
    """The length of the longest chain of imports that begins with a module."""
    assert module not in above, f"modules import each other: {' -> '.join((*above, module))}"
    if module not in depths:
        depths[module] = 1 + max((depth(name, (*above, module)) for name in loaded(module)), default=0)
    return depths[module]


def test_every_package_has_its_rank() -> None:
    assert {package_of(module) for module in modules()} == set(RANK)


def test_imports_are_from_lower_packages_or_the_same() -> None:
    wrong = [
        f"{module} imports {name}"
        for module in modules()
        for name in imports(module)
        if name in modules()
        and package_of(name) != package_of(module)
        and RANK[package_of(name)] > RANK[package_of(module)]
    ]
    assert not wrong, "not from a lower package:\n" + "\n".join(wrong)


@pytest.mark.parametrize("package", [name for names in PACKAGES[1:3] for name in names])
def test_the_docstring_of_a_package_lists_what_it_imports(package: str) -> None:
    """The list must be exact."""
    docstring = " ".join((ast.get_docstring(tree(f"sitegen.{package}")) or "").split())
    listed = re.search(r"May import: ([a-z_, ]*)\.$", docstring)
    found = {
        package_of(name)
        for module in modules()
        if package_of(module) == package
        for name in imports(module)
        if name in modules()
    }
    assert listed, f"the docstring of {package} ends with 'May import: ...'"
    assert listed[1].split(", ") == sorted(found - {package, "sitegen"}, key=RANK.__getitem__)


def test_import_chains_are_short_and_have_no_cycles() -> None:
    for module in modules():
        depth(module)
    longest = max(depths, key=lambda module: depths[module])
    assert depths[longest] <= MAX_DEPTH, f"{longest} has a chain of {depths[longest]} imports"


depths: dict[str, int] = {}


def sizes() -> dict[str, dict[str, int]]:
    """Files, lines, lines of statements and functions of each package, and of the modules outside of packages."""
    found: dict[str, dict[str, int]] = {}
    for module, path in modules().items():
        parts = module.split(".")
        package = parts[1] if len(parts) > 2 or (path.name == "__init__.py" and len(parts) == 2) else "sitegen"
        size = found.setdefault(package, dict.fromkeys(("files", "lines", "statements", "functions"), 0))
        size["files"] += 1
        size["lines"] += len(path.read_text(encoding="utf-8").splitlines())
        size["statements"] += len({line for node in statements(module) for line in node})
        size["functions"] += sum(1 for _ in functions(module))
    found["all"] = {
        what: sum(size[what] for size in found.values()) for what in ("files", "lines", "statements", "functions")
    }
    return found


def statements(module: str) -> Iterator[range]:
    """The lines of each statement without its body, except for docstrings and imports."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.stmt) and not isinstance(node, (ast.Import, ast.ImportFrom)):
            is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            body = getattr(node, "body", None)
            end = body[0].lineno - 1 if body and isinstance(body, list) else node.end_lineno or node.lineno
            if not is_docstring:
                yield range(node.lineno, max(end, node.lineno) + 1)


def test_no_package_grows() -> None:
    """Ceilings only go down: `UPDATE_GOLDENS=1` lowers them to the current sizes, and never raises them."""
    now = sizes()
    ceilings = json.loads(CEILINGS.read_text(encoding="utf-8")) if CEILINGS.exists() else now
    if os.environ.get("UPDATE_GOLDENS"):
        lowered = {
            package: {what: min(number, ceilings.get(package, size)[what]) for what, number in size.items()}
            for package, size in now.items()
        }
        CEILINGS.write_text(json.dumps(lowered, indent=2) + "\n", encoding="utf-8")
        ceilings = lowered
    grown = [
        f"{package}: {number} {what}, ceiling {ceilings.get(package, {}).get(what, 0)}"
        for package, size in now.items()
        for what, number in size.items()
        if number > ceilings.get(package, {}).get(what, 0)
    ]
    assert not grown, "make it smaller, or raise the ceiling in tests/ceilings.json and give the reason in the commit"


def test_each_third_party_package_has_one_module_that_imports_it() -> None:
    users = defaultdict(set)
    for module in modules():
        for name in imports(module):
            package = name.partition(".")[0]
            if package != "sitegen" and package not in sys.stdlib_module_names:
                users[package].add(module)
    several = {package: sorted(found) for package, found in users.items() if len(found) > 1}
    assert not several


def test_records_use_the_cheap_frozen_decorator() -> None:
    slow = [
        f"{module}.{node.name}"
        for module in modules()
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if ast.unparse(decorator).startswith("dataclass(") and "frozen=True" in ast.unparse(decorator)
    ]
    assert not slow, "sitegen.frozen declares records, but not these:\n" + "\n".join(slow)


def test_modules_and_functions_are_short() -> None:
    lines = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in modules().items()}
    assert {module: count for module, count in lines.items() if count > MAX_MODULE} == {}
    sizes = {f"{m}.{f.name}": (f.end_lineno or 0) - f.lineno + 1 for m in modules() for f in functions(m)}
    assert {name: size for name, size in sizes.items() if size > MAX_FUNCTION} == {}


def test_no_two_classes_have_one_name() -> None:
    """A leading underscore does not count."""
    found = defaultdict(list)
    for module in modules():
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.ClassDef):
                found[node.name.lstrip("_")].append(module)
    assert {name: names for name, names in found.items() if len(names) > 1} == {}


def test_modules_and_public_functions_and_classes_have_docstrings() -> None:
    silent = [module for module in modules() if not ast.get_docstring(tree(module))]
    silent += [
        f"{module}.{node.name}"
        for module in modules()
        for node in tree(module).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent, "without a docstring:\n" + "\n".join(silent)


def test_tests_share_code_only_in_their_support_package() -> None:
    pattern = re.compile(r"^ *(?:from|import) tests\.(?!support\b).*", re.MULTILINE)
    sources = [path for folder in ("tests", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]
    wrong = {path.name: found for path in sources if (found := pattern.findall(path.read_text(encoding="utf-8")))}
    assert not wrong, "code that several test modules need belongs in tests/support"


# --- contents of files --------------------------------------------------------

# Written so that this file does not contain what it searches for.
_FOREIGN = re.compile(
    r"(?<![\w.])/(?:[r]oot|[w]ork|[h]ome/\w+|[U]sers/\w+)/"  # a path on a local machine
    r"|[C]:\\\\?Users"
    r"|[p]ypi\.org|[p]ythonhosted\.org|[r]egistry\.npmjs|[d]eb\.debian\.org|[p]roxy\.golang\.org|[a]rtifactory"
)


# A public registry is the default only here, since its client has no default.
_DEFAULT = re.compile(r'DEFAULT = "https://[r]egistry\.npmjs\.org"')


def test_no_file_contains_a_local_path_or_a_registry() -> None:
    found = []
    for name in project_files():
        data = (ROOT / name).read_bytes()
        if b"\0" in data:
            continue
        text = _DEFAULT.sub("", data.decode("utf-8", "replace"))
        for number, line in enumerate(text.splitlines(), 1):
            found += [f"{name}:{number}: {match.group()}" for match in _FOREIGN.finditer(line)]
    assert not found
