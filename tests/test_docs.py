"""The README and docs/: tests run every command that they show, and check that lists are complete.

A ```console block contains commands, each after `$ `, and their output; `...` stands for any
text. The commands run in order, in a copy of the site of this repository. A block after a line
that ends with "the file `path`:" is that file, and is written before the next command. A block
after "from `path`:" is an excerpt of that file. A ```diff block is a change that the reader makes.
UPDATE_GOLDENS=1 updates the output in the documents.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sitegen import cli
from sitegen.evaluation.views import filters_of
from sitegen.facts import presentation
from sitegen.facts.alternatives import ALTERNATIVE_KEYS
from sitegen.facts.declarations import DECLARATION_KEYS
from sitegen.facts.fact_files import DATASET_KEYS
from sitegen.facts.field_types import _READERS, parse_type
from sitegen.facts.record_reader import RECORD_KEYS
from sitegen.facts.statements import are_compatible
from sitegen.facts.values import STAGES, STATES, List
from sitegen.facts.versions import notation, parse_versions
from sitegen.findings import Finding, Place
from sitegen.formats import FORMATS
from sitegen.formats.style import STYLE_KEYS
from sitegen.languages.catalogue import english
from sitegen.markdown.blocks import LEVELS
from sitegen.markdown.pages import _OWN_KEYS
from sitegen.site import settings
from sitegen.source.nodes import Scalar
from sitegen.source.yaml_reader import parse_yaml
from sitegen.tables import columns, definitions
from sitegen.tables.derived import TABLE_ATTRIBUTES
from tests.support.browser import started
from tests.support.previews import serving
from tests.support.project_files import copy_project
from tests.support.requirements import need
from tests.support.screenshots import PICTURES, take
from tests.support.sites import ROOT, own_build

DOCUMENTS = (
    "README.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("docs/*.md"), *ROOT.glob("docs/guides/*.md"))),
)
SET_UP = ("python3 run.py build", "python3 run.py test")
UPDATE = bool(os.environ.get("UPDATE_GOLDENS"))


def read(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


# --- the blocks of a document --------------------------------------------------------

_FENCE = re.compile(
    r"(?:^(?P<before>[^\n]*\S[^\n]*)\n\n?)?^(?P<fence>`{3,})(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_NAMED = re.compile(r"(?:the file|(?P<excerpt>From)) `(?P<path>[\w./-]+)`:$", re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text with the offset, and the file that the line before it names."""

    language: str
    body: str
    start: int
    path: str
    excerpt: bool


def blocks(text: str) -> list[Block]:
    found = []
    for match in _FENCE.finditer(text):
        named = _NAMED.search(match["before"] or "")
        path, excerpt = (named["path"], bool(named["excerpt"])) if named else ("", False)
        found.append(Block(match["language"], match["body"], match.start("body"), path, excerpt))
    return found


def _prose(text: str) -> str:
    """A document without its blocks."""
    return _FENCE.sub(lambda match: match["before"] or "", text)


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output that the block shows."""
    command, shown = "", ""
    for line in block.body.splitlines(keepends=True):
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line[2:].strip(), ""
        else:
            shown += line
    if command:
        yield command, shown


def agrees(shown: str, printed: str) -> bool:
    """Whether the shown output matches the printed output. `...` matches any text, and times may differ."""
    pattern = ""
    for line in _comparable(shown).splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += re.escape(line).replace(re.escape("..."), ".*") + "\n"
    return re.fullmatch(pattern, _comparable(printed)) is not None


def _comparable(text: str) -> str:
    text = re.sub(r"^\d\d:\d\d:\d\d ", "12:00:00 ", text, flags=re.MULTILINE)
    text = re.sub(r" +\d+\.\d\d +\d+%$", " 0.00  0%", text, flags=re.MULTILINE)  # in a profile
    text = re.sub(r"(Serving \S+ as of) [\d-]+", r"\1 today", text)
    lines = (line.rstrip() for line in text.splitlines())
    return re.sub(r"\bin [0-9.]+ s\b", "in 0.00 s", "".join(f"{line}\n" for line in lines))


# --- a reader who follows a document -------------------------------------------------


_SITEGEN_ALONE = re.compile(r"sitegen [^|<>&;$`*]*")  # without a shell's syntax, except for quotes
_BY_READER = "-c user.name=Reader -c user.email=reader@example.com -c commit.gpgsign=false"


class Reader:
    """Follows the instructions of a document, in a copy of the site."""

    def __init__(self, folder: Path) -> None:
        self.home = copy_project(folder / "sitegen", below=("sitegen.yaml", "content/", "partials/", "themes/"))
        (self.home / ".venv").symlink_to(sys.prefix, target_is_directory=True)
        self.where = self.home
        self.code = 0
        self.environment = {
            name: value for name, value in os.environ.items() if name not in ("SOURCE_DATE_EPOCH", "CI", "FORCE_COLOR")
        } | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "error",
        }
        self.run(
            "git init -q -b main && git add sitegen.yaml content partials themes && git "
            + _BY_READER
            + " commit -qm Facts"
        )

    def run(self, command: str) -> str:
        """Run a command in the folder and with the exit code of the previous command."""
        if command.startswith("sitegen serve"):
            return self.run_until_stopped(command)
        if _SITEGEN_ALONE.fullmatch(command):
            return self.run_here(shlex.split(command)[1:])
        place = self.home.parent / "place"
        script = f"(exit {self.code})\n{command}\ncode=$?; pwd > '{place}'; exit $code"
        bash = shutil.which("bash") or need("the commands of the documents are for bash")
        result = subprocess.run(
            [bash, "-c", script],
            cwd=self.where,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        self.code = result.returncode
        self.where = Path(place.read_text(encoding="utf-8").strip())
        return result.stdout.decode("utf-8")

    def run_here(self, arguments: list[str]) -> str:
        """Run sitegen in this process, which does not have to start."""
        out = io.StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.chdir(self.where),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
        ):
            patch.setattr(os, "environ", self.environment)
            try:
                self.code = cli.main(arguments)
            except SystemExit as end:
                self.code = int(end.code or 0)
        return out.getvalue()

    def run_until_stopped(self, command: str) -> str:
        """Run a preview until its first build is done. It uses a free port, and the output shows the default one."""
        with serving(self.where, *shlex.split(command)[2:]) as preview:
            preview.until(lambda: preview.builds() > 0)
            assert preview.interrupt() == 0
            return re.sub(r":\d+/", ":8000/", preview.said() + preview.complaints())

    def write(self, path: str, text: str) -> None:
        (self.where / path).parent.mkdir(parents=True, exist_ok=True)
        (self.where / path).write_text(text, encoding="utf-8")

    def change(self, diff: str) -> None:
        """Make the change that a diff block shows; its first line names the file."""
        first, *lines = diff.splitlines()
        path = self.where / first.removeprefix("--- ")
        before = "".join(line[1:] + "\n" for line in lines if line[:1] in "- ")
        after = "".join(line[1:] + "\n" for line in lines if line[:1] in "+ ")
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"the removed lines of a diff must occur once in {first}:\n{before}"
        path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_of_a_document_print_the_shown_output(document: str, tmp_path: Path) -> None:
    text = read(document)
    reader = Reader(tmp_path)
    wrong: list[str] = []
    updated, position = "", 0
    for block in blocks(text):
        if block.path and not block.excerpt:
            reader.write(block.path, block.body)
        elif block.language == "diff":
            reader.change(block.body)
        elif block.language == "console":
            body = ""
            for command, shown in commands(block):
                if command == SET_UP[0]:
                    reader.run("sitegen build -q")  # another test runs the whole command
                printed = shown if command.startswith(SET_UP) else reader.run(command)
                if not agrees(shown, printed):
                    wrong.append(f"$ {command}\n{printed}")
                    shown = printed  # noqa: PLW2901 - what an update writes
                body += f"$ {command}\n{shown}"
            updated += text[position : block.start] + body
            position = block.start + len(block.body)
    if UPDATE:
        (ROOT / document).write_text(updated + text[position:], encoding="utf-8")
    else:
        assert not wrong, f"{document} differs from this output:\n\n" + "\n".join(wrong)


@pytest.mark.parametrize("document", [*DOCUMENTS, "CONTRIBUTING.md"])
def test_an_excerpt_is_in_its_file(document: str) -> None:
    for block in blocks(read(document)):
        if block.excerpt:
            assert block.body in read(block.path), f"{document} shows what is not in {block.path}:\n{block.body}"


@pytest.mark.parametrize("document", [*DOCUMENTS, "CHANGELOG.md", "CONTRIBUTING.md"])
def test_links_to_files_and_headings_have_targets(document: str) -> None:
    text = re.sub(r"`[^`\n]+`", "", _prose(read(document)))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / document).parent / path if path else ROOT / document
        assert file.exists(), f"{document} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, f"{document} links to {target}"


def test_the_picture_shows_what_a_build_writes() -> None:
    picture = read("docs/images/flow.svg")
    groups = re.findall(r'<g data-file="([^"]+)">(.*?)</g>', picture, re.DOTALL)
    assert len(groups) == 4
    files = own_build("2026-04-01").files
    for file, group in groups:
        text = files[file.removeprefix("output/")].text if file.startswith("output/") else read(file)
        for shown in re.findall(r'<text class="said"[^>]*>(.*?)</text>', group):
            plain = re.sub(r"</?tspan[^>]*>", "", shown).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            assert " ".join(plain.split()) in " ".join(text.split()), f"'{plain}' is not in {file}"


def test_the_screenshots_of_the_readme_can_be_taken(chromium: Path, tmp_path: Path) -> None:
    with started(chromium) as browser:
        take(browser, tmp_path)
    for picture in PICTURES:
        assert f"docs/images/{picture}" in read("README.md")
        kept, taken = (ROOT / "docs/images" / picture).read_bytes(), (tmp_path / picture).read_bytes()
        assert kept[:8] == taken[:8] == b"\x89PNG\r\n\x1a\n"
        assert kept[16:20] == taken[16:20], "both have the same width"


# --- the two commands ----------------------------------------------------------------


def _run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "run.py", *arguments]
    run = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False
    )
    if "pip cannot reach its package index" in run.stderr and not environment:
        need(run.stderr)
    return run


def _clone(folder: Path) -> Path:
    """A clone whose tests need only pytest. The other packages are large; CI installs all of them."""
    kept = (
        "run.py",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "sitegen",
        "docs/",
        "content/",
        "partials/",
        "themes/",
        "tests/",
    )
    clone = copy_project(folder / "clone", below=kept)
    project = (clone / "pyproject.toml").read_text(encoding="utf-8")
    before, test, after = re.split(r"^(test = \[\n(?:  .*\n)+\])$", project, flags=re.MULTILINE)
    needed = [line for line in test.splitlines() if not line.startswith("  ") or line.startswith('  "pytest')]
    assert len(needed) == 4, "the brackets, pytest, and its plugin"
    (clone / "pyproject.toml").write_text(before + "\n".join(needed) + after, encoding="utf-8")
    return clone


@pytest.mark.slow
def test_the_two_commands_of_the_readme_set_up_their_environment(tmp_path: Path) -> None:
    shown = dict(pair for block in blocks(read("README.md")) if block.language == "console" for pair in commands(block))
    assert tuple(command for command in shown if "run.py" in command) == SET_UP
    clone = _clone(tmp_path)
    stamp = clone / ".venv/run-py.json"

    killed = subprocess.Popen([sys.executable, "run.py", "build"], cwd=clone, start_new_session=True)
    deadline = time.monotonic() + 60
    while not (clone / ".venv/pyvenv.cfg").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    if sys.platform == "win32":
        killed.kill()
    else:
        os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert stamp.read_text(encoding="utf-8") == "{}", "the set-up is marked as incomplete"

    first = _run(clone, "build")
    assert first.returncode == 0, first.stderr
    assert first.stderr == "run.py: creating .venv ...\nrun.py: installing sitegen ...\n"
    assert agrees(shown[SET_UP[0]], first.stderr + first.stdout)
    assert [*clone.glob("sitegen/formats/__pycache__/html.*.pyc")], "modules are compiled"
    again = _run(clone, "build", "--as-of", "2026-04-01")
    assert (again.returncode, again.stderr) == (0, "")
    assert (clone / "output/hugo/content/aap/python.md").is_file()

    with (clone / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n")
    changed = _run(clone, "sitegen", "--version")
    assert changed.stdout.startswith("sitegen ")
    assert changed.stderr == "run.py: installing sitegen ...\n", "a changed project is installed again, once"

    tests = _run(clone, "test", "tests/test_structure.py", "-k", "third_party", "-p", "no:xdist", "-o", "addopts=")
    assert tests.returncode == 0, tests.stdout + tests.stderr
    assert tests.stderr.startswith("run.py: installing sitegen and the dependencies of its tests")
    assert " passed" in tests.stdout
    slow = _run(clone, "test-slow", "tests/test_package.py", "--collect-only", "-p", "no:xdist", "-o", "addopts=")
    assert "test_a_wheel_builds_a_site" in slow.stdout, slow.stdout + slow.stderr
    assert _run(clone, "test", "--no-such-option").returncode == 4, "pytest's own exit code"
    assert _run(clone, "build", "--only", "nothing").returncode == 2, "sitegen's own exit code"


@pytest.mark.slow
def test_a_set_up_without_a_network_fails_with_one_line(tmp_path: Path) -> None:
    clone = _clone(tmp_path)
    run = _run(
        clone,
        "build",
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_NO_CACHE_DIR="1",
        PIP_RETRIES="1",
    )
    assert run.returncode == 3
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 3, "two lines of progress and one with the problem"
    assert run.stderr.splitlines()[2].startswith("run.py: pip cannot reach its package index; is there a network?")
    assert (clone / ".venv/run-py.json").read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("sys.modules['ensurepip'] = None", "apt install python3-venv"),
        ("sys.version_info = (3, 10, 2)", "Python 3.11 or newer is required"),
    ],
)
def test_an_unusable_python_is_reported_in_one_line(setting: str, line: str, tmp_path: Path) -> None:
    folder = copy_project(tmp_path, below=("run.py", "pyproject.toml"))
    (folder / "bin").mkdir()
    (folder / "bin/apt").touch(mode=0o755)
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    script = (
        f"import runpy, sys; {setting}; sys.argv = ['run.py', 'build']; runpy.run_path('run.py', run_name='__main__')"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 3
    assert line in run.stderr
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(("arguments", "code"), [((), 2), (("tset",), 2), (("--help",), 0)])
def test_run_py_prints_its_usage(arguments: tuple[str, ...], code: int, tmp_path: Path) -> None:
    run = _run(copy_project(tmp_path, below=("run.py",)), *arguments)
    assert run.returncode == code
    assert "python3 run.py build" in run.stdout + run.stderr
    assert not (tmp_path / ".venv").exists()


# --- lists that are complete ---------------------------------------------------------


def _code_words(text: str) -> set[str]:
    """The contents of code spans."""
    return set(re.findall(r"`([^`\n]+)`", _prose(text)))


def _section(document: str, heading: str) -> str:
    """The text below a heading, up to the next heading of the same or a higher level."""
    _, found, text = re.split(rf"^(#+) {re.escape(heading)}\n", read(document), maxsplit=1, flags=re.MULTILINE)
    return re.split(rf"^#{{1,{len(found)}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def finding_codes() -> set[str]:
    """Every code of a finding, from the source of the engine."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "sitegen").rglob("*.py"))]
    takers = {"Finding": 0}
    found: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        owner = node.name if isinstance(node, ast.ClassDef) else ""
        for function in node.body if isinstance(node, (ast.ClassDef, ast.Module)) else ():
            if not isinstance(function, ast.FunctionDef):
                continue
            names = [argument.arg for argument in function.args.args if argument.arg != "self"]
            if "code" in names:
                takers[owner if function.name == "__init__" else function.name] = names.index("code")
                defaults = dict(zip(names[::-1], function.args.defaults[::-1], strict=False))
                found |= _texts(defaults.get("code"))
    for call in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in takers:
                given = {keyword.arg: keyword.value for keyword in call.keywords}
                index = takers[name]
                found |= _texts(call.args[index] if index < len(call.args) else given.get("code"))
        elif isinstance(call, ast.Constant) and isinstance(call.value, str):
            found |= set(re.findall(r"\b(?:error|warning|notice)\[([a-z0-9-]+)\]", call.value))
    return {code for code in found if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", code)}


def _texts(node: ast.expr | None) -> set[str]:
    """The constant texts of an expression."""
    if node is None:
        return set()
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def test_every_finding_is_explained_once() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (.+?) \| (.+?) \|$", read("docs/findings.md"), re.MULTILINE)
    explained = [code for code, _, _ in rows]
    assert len(explained) > 40
    assert sorted(explained) == sorted(finding_codes())
    for code, meaning, advice in rows:
        assert meaning.endswith("."), f"{code}: the meaning must be a sentence"
        assert advice.endswith("."), f"{code}: the advice must be a sentence"


def test_every_documented_notation_of_a_type_is_valid() -> None:
    kinds = [*_READERS, "lifecycle", "list of", "one of", "reference to"]
    for kind in kinds:
        section = _section("docs/facts.md", f"`{kind}`")
        declared = re.search(r"Declared: `([^`]+)`", section)
        type_ = parse_type(Scalar(declared[1] if declared else kind, Place("docs", 1, 1)), _refuse)
        assert type_ is not None
        values = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
        assert values, f"docs/facts.md must show the notations of {kind}"
        for value in (text for row in values for text in re.findall(r"`([^`]+)`", row)):
            node = parse_yaml(value.replace("\\|", "|"), "docs/facts.md", _refuse)
            assert node is not None
            read_value = type_.read(node, _refuse)
            assert read_value is not None, f"{kind}: {value}"
            if kind == "support" and isinstance(read_value, List):
                assert are_compatible(read_value.items, node.place, _refuse), value


def test_the_documented_stages_are_those_of_the_engine() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| (yes)? ?\|$", _section("docs/facts.md", "`stage`"), re.MULTILINE)
    assert [(word, label, supported == "yes") for word, label, supported in rows] == [
        (word, label, supported) for word, (label, supported) in STAGES.items()
    ]


def test_notations_of_a_column_print_the_documented_versions() -> None:
    header, *rows = re.findall(r"^\| .* \|$", _section("docs/tables.md", "Notations"), re.MULTILINE)
    cells = [
        [cell.strip(" `").replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in [header, *rows]
    ]
    assert [row[0] for row in cells[1:]] == list(presentation.NOTATIONS)
    for style, *shown, _ in cells[1:]:
        for text, expected in zip(cells[0][1:-1], shown, strict=True):
            assert notation(parse_versions(text), style).text == expected


def _refuse(finding: Finding) -> None:
    raise AssertionError(finding)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("docs/facts.md", {*STATES, *STAGES, *ALTERNATIVE_KEYS, *DATASET_KEYS, *RECORD_KEYS, *DECLARATION_KEYS}),
        ("docs/tables.md", {*definitions.TABLE_KEYS, *columns.COLUMN_KEYS}),
        ("docs/tables.md", {*definitions.LAYOUTS, *presentation.NOTATIONS}),
        ("docs/pages.md", {*LEVELS, *_OWN_KEYS, *TABLE_ATTRIBUTES, *filters_of(english())}),
        ("docs/formats.md", {*settings.SETTINGS_KEYS, *settings.PARTIAL_KEYS, *STYLE_KEYS, *FORMATS}),
    ],
)
def test_every_key_and_word_of_the_content_is_explained(document: str, words: set[str]) -> None:
    spelled = {re.sub(r"[^\w .-].*", "", word).strip() for word in _code_words(read(document))}
    known = spelled | {word.rpartition(".")[2] for word in spelled}
    assert words - known == set()


def test_contributing_lists_every_module_with_its_package() -> None:
    listed = set()
    for package, words in re.findall(r"^\| (?:`(\w+/)`)? *\|.*?\|(.*)\|$", read("CONTRIBUTING.md"), re.MULTILINE):
        listed |= {package + word for word in _code_words(words) if word.endswith(".py") and "/" not in word}
    modules = {path.relative_to(ROOT / "sitegen").as_posix() for path in (ROOT / "sitegen").rglob("*.py")}
    assert {module for module in modules if not module.endswith("__init__.py")} == listed


def _options() -> Iterator[tuple[str, str]]:
    """The commands, each with all spellings of its options."""
    (commands_,) = [action.choices for action in cli._parser()._actions if isinstance(action.choices, Mapping)]
    for name, parser in commands_.items():
        for action in parser._actions:
            for option in action.option_strings:
                if option not in ("-h", "--help"):
                    yield name, option


def test_every_command_and_option_is_explained() -> None:
    text = read("docs/commands.md")
    common = _code_words(_section("docs/commands.md", "Common options"))
    missing = []
    for command, option in _options():
        words = _code_words(_section("docs/commands.md", f"`sitegen {command}`")) | common
        if not any(re.match(rf"{re.escape(option)}\b", word) for word in words):
            missing.append(f"{command} {option}")
    assert not missing
    listed = set(re.findall(r"^\| (\d+) \|", _section("docs/commands.md", "Exit codes"), re.MULTILINE))
    assert listed == set(re.findall(r"\b(\d+) {2,}(?=[a-z])", cli.EXIT_CODES))
    assert "--version" in text
