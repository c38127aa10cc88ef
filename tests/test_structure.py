"""How the code is laid out: what imports what, what is how long, what is explained."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.project_files import project_files
from tests.support.sites import ROOT

# The layers of the package, lowest first. A module imports from the layers before its own.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("sitegen",),
    ("sitegen.codec", "sitegen.frozen", "sitegen.halving", "sitegen.limits"),
    (
        "sitegen.findings",
        "sitegen.version_ranges",
        "sitegen.template_syntax",
        "sitegen.dialects.style",
        "sitegen.manifest",
        "sitegen.reasons",
        "sitegen.sources",
    ),
    (
        "sitegen.replacing",
        "sitegen.build_record",
        "sitegen.version_grammar",
        "sitegen.output_paths",
        "sitegen.jinja",
    ),
    ("sitegen.shapes", "sitegen.versions", "sitegen.source"),
    ("sitegen.templates", "sitegen.output", "sitegen.yaml_reader"),
    ("sitegen.values", "sitegen.inline"),
    ("sitegen.alternatives", "sitegen.grids"),
    ("sitegen.facts", "sitegen.pages"),
    ("sitegen.fact_files",),
    ("sitegen.references", "sitegen.definitions", "sitegen.context"),
    ("sitegen.cells",),
    ("sitegen.rows",),
    ("sitegen.tables",),
    ("sitegen.derived",),
    ("sitegen.fillings",),
    ("sitegen.documents", "sitegen.refilling"),
    ("sitegen.dialects.commonmark", "sitegen.dialects.compiled", "sitegen.dialects.finding"),
    ("sitegen.dialects.markdown",),
    ("sitegen.dialects.fragment_html", "sitegen.dialects.markdoc", "sitegen.dialects.timeline"),
    ("sitegen.dialects.html_tables", "sitegen.dialects.hugo"),
    ("sitegen.dialects.twin",),
    ("sitegen.dialects.html",),
    ("sitegen.dialects",),
    ("sitegen.settings",),
    ("sitegen.loading",),
    ("sitegen.library",),
    ("sitegen.site",),
    ("sitegen.explanation", "sitegen.changes"),
    ("sitegen.changes.published", "sitegen.changes.rewordings"),
    ("sitegen.changes.days", "sitegen.changes.support"),
    ("sitegen.changes.comparison",),
    (
        "sitegen.changes.differences",
        "sitegen.changes.forecast",
        "sitegen.explanation.claims",
        "sitegen.explanation.facts",
        "sitegen.explanation.names",
    ),
    ("sitegen.explanation.pages", "sitegen.explanation.terms"),
    ("sitegen.explanation.rows",),
    ("sitegen.explanation.answers",),
    ("sitegen.changes.changelog", "sitegen.changes.agenda"),
    ("sitegen.rules.markdown_source", "sitegen.rules.suppressions", "sitegen.rules.fixes"),
    ("sitegen.rules.parts",),
    (
        "sitegen.rules.days",
        "sitegen.rules.ladders",
        "sitegen.rules.markup",
        "sitegen.rules.repeats",
        "sitegen.rules.typed",
        "sitegen.rules.unused",
        "sitegen.rules.wording",
        "sitegen.rules.words",
    ),
    ("sitegen.rules",),
    ("sitegen.remembering", "sitegen.halves"),
    ("sitegen.preview", "sitegen.watching"),
    ("sitegen.preview.making",),
    ("sitegen.preview.state",),
    ("sitegen.preview.answers",),
    ("sitegen.preview.server",),
    ("sitegen.indexes.releases",),
    ("sitegen.indexes.interface",),
    ("sitegen.indexes.pypi", "sitegen.indexes.npm", "sitegen.indexes.client"),
    ("sitegen.indexes.simple_api", "sitegen.indexes.npm_registry"),
    ("sitegen.indexes",),
    ("sitegen.verification.declared", "sitegen.verification.lines", "sitegen.verification.verdicts"),
    ("sitegen.verification.claims", "sitegen.verification.evidence"),
    ("sitegen.verification.minimums", "sitegen.verification.platforms", "sitegen.verification.runtimes"),
    ("sitegen.verification",),
    ("sitegen.commands",),
    ("sitegen.commands.telling", "sitegen.commands.phases"),
    ("sitegen.commands.account", "sitegen.commands.progress"),
    ("sitegen.commands.why",),
    ("sitegen.commands.shortcut",),
    ("sitegen.commands.edge",),
    ("sitegen.commands.writing", "sitegen.commands.revisions"),
    ("sitegen.commands.build", "sitegen.commands.check", "sitegen.commands.clean", "sitegen.commands.partials"),
    ("sitegen.commands.serve",),
    ("sitegen.commands.diff", "sitegen.commands.upcoming", "sitegen.commands.explain"),
    ("sitegen.commands.verify",),
    ("sitegen.cli",),
    ("sitegen.__main__",),
)
RANK = {module: rank for rank, layer in enumerate(LAYERS) for module in layer}

MAX_FUNCTION, MAX_MODULE = 60, 500


@cache
def modules() -> dict[str, Path]:
    """Each module of the package by its name."""
    found = {}
    for path in sorted((ROOT / "sitegen").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def imports(module: str) -> Iterator[str]:
    """The modules that a module imports, anywhere in it."""
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


def test_every_module_has_its_layer() -> None:
    listed = [module for layer in LAYERS for module in layer]
    assert sorted(listed) == sorted(modules()), "LAYERS in this file names every module once"


@pytest.mark.parametrize("module", sorted(modules()))
def test_imports_point_to_lower_layers_only(module: str) -> None:
    wrong = [name for name in imports(module) if name in modules() and RANK[name] >= RANK[module]]
    assert not wrong, f"{module} imports {', '.join(wrong)}, which is not below it"


def test_each_third_party_package_has_one_module_that_imports_it() -> None:
    users = defaultdict(set)
    for module in modules():
        for name in imports(module):
            package = name.partition(".")[0]
            if package != "sitegen" and package not in sys.stdlib_module_names:
                users[package].add(module)
    several = {package: sorted(found) for package, found in users.items() if len(found) > 1}
    assert not several


@pytest.mark.parametrize("module", sorted(modules()))
def test_records_are_frozen_in_the_one_way_that_costs_little(module: str) -> None:
    slow = [
        node.name
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ClassDef)
        for decorator in node.decorator_list
        if ast.unparse(decorator).startswith("dataclass(") and "frozen=True" in ast.unparse(decorator)
    ]
    assert not slow, f"sitegen.frozen declares records; not so in {module}: {', '.join(slow)}"


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_module_and_its_functions_are_short(module: str) -> None:
    lines = len(modules()[module].read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_MODULE, f"{module} has {lines} lines"
    long = {f.name: size for f in functions(module) if (size := (f.end_lineno or 0) - f.lineno + 1) > MAX_FUNCTION}
    assert not long, f"functions of {module} with more than {MAX_FUNCTION} lines"


@pytest.mark.parametrize("module", sorted(modules()))
def test_modules_and_public_functions_and_classes_say_what_they_are(module: str) -> None:
    assert ast.get_docstring(tree(module)), f"{module} has no docstring"
    silent = [
        node.name
        for node in tree(module).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent, f"without a docstring in {module}: {', '.join(silent)}"


def test_what_tests_share_is_in_their_support() -> None:
    pattern = re.compile(r"^ *(?:from|import) tests\.(?!support\b).*", re.MULTILINE)
    sources = [path for folder in ("tests", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]
    wrong = {path.name: found for path in sources if (found := pattern.findall(path.read_text(encoding="utf-8")))}
    assert not wrong, "what several test modules need goes to tests/support"


# --- what stands in the files --------------------------------------------------------

# Written so that this file does not hold what it looks for.
_FOREIGN = re.compile(
    r"(?<![\w.])/(?:[r]oot|[w]ork|[h]ome/\w+|[U]sers/\w+)/"  # a place on somebody's machine
    r"|[C]:\\\\?Users"
    r"|[p]ypi\.org|[p]ythonhosted\.org|[r]egistry\.npmjs|[d]eb\.debian\.org|[p]roxy\.golang\.org|[a]rtifactory"
)


# Where a public registry is the default, since its client does not bring one.
_DEFAULT = re.compile(r'DEFAULT = "https://[r]egistry\.npmjs\.org"')


def test_no_file_knows_a_machine_or_a_registry() -> None:
    found = []
    for name in project_files():
        data = (ROOT / name).read_bytes()
        if b"\0" in data:
            continue
        text = _DEFAULT.sub("", data.decode("utf-8", "replace"))
        for number, line in enumerate(text.splitlines(), 1):
            found += [f"{name}:{number}: {match.group()}" for match in _FOREIGN.finditer(line)]
    assert not found
