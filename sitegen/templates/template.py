"""Templates of prose, headers, paths and fragments.

They are checked against a schema of names before they run, so that all misspelt names of a file are reported at once,
with their places. A printed value is not converted to text here: the text contains a mark (noncharacters around a
number), and the value is kept separately, so that each format can escape it for its context.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.templates.engine import Engine, Parsed, Source, Use, parse_template, runtime_finding, token_of
from sitegen.templates.limits import LimitError
from sitegen.templates.tokens import with_line_breaks

if TYPE_CHECKING:
    from sitegen.templates.engine import LimitedTemplate

NONCHARACTER = re.compile("[\ufdd0-\ufdef]")  # sitegen marks places in text with these
_FRAME = re.compile("[\ufdd8-\ufdda]")  # marks that a template of the theme may not print
MARK = re.compile("\ufdd0([0-9]+)\ufdd1")
_IN_LOOPS = "before it: <% set all = namespace(x=0) %>; in it: <% set all.x = all.x + 1 %>; after it: << all.x >>"
PRINTED = "<< >> "  # before a name: the value for templates that print fields of it and do nothing else with it


def mark(index: int) -> str:
    """The mark of value number `index` in a text."""
    return f"\ufdd0{index}\ufdd1"


Schema = ReadOnly[str, Any]
"""The names that a template may use, each with the schema of its attributes, or None if any are allowed.

A name with a text cannot be used; the text is the hint.
"""


class MissingError(Exception):
    """A value that a template or a table uses is missing, or cannot be printed.

    `code` and `hint` are those of the finding, and `word` is the part of a template to mark as its place.
    """

    def __init__(self, message: str = "", code: str = "missing-value", word: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.word = word
        self.hint = hint


class BrokenError(MissingError):
    """A value or a table is invalid. That is reported at its definition, and not where it is used."""


class TemplateProblem(Exception):
    """A template is invalid, or fails when it runs; or a page contains a `text` that its format cannot express."""

    def __init__(self, finding: Finding, text: str = "") -> None:
        super().__init__(finding.message)
        self._finding = finding
        self.text = text

    def finding(self, *shown_on: str) -> Finding:
        """The finding, with the pages that it affects."""
        return replace(self._finding, shown_on=shown_on)


@frozen
class Template:
    """A checked template, and the texts of the files that it includes. `compiled` is None if it is plain text.

    `names` are those that it and its includes use, and `printed` are those that they use only to print fields.
    """

    source: str
    place: Place
    compiled: LimitedTemplate | None
    includes: ReadOnly[str, str]
    names: frozenset[str] = frozenset()
    printed: frozenset[str] = frozenset()

    def fill(self, names: ReadOnly[str, object]) -> tuple[str, tuple[Any, ...]]:
        """Run the template. Returns text with marks, and their values.

        Raises TemplateProblem, and BrokenError if it uses something invalid that is already reported.
        """
        if self.compiled is None:
            return self.source, ()
        values: list[object] = []
        try:
            text = self.compiled.render(self.select(names), values_=values)
        except BrokenError:
            raise
        except Exception as error:  # noqa: BLE001 - each error of a template is a finding, never a traceback
            raise self._problem(error) from None
        return with_line_breaks(text), tuple(values)

    def place_of(self, index: int, names: ReadOnly[str, object]) -> Place:
        """The place that prints value number `index`. Runs the template again up to there, for a finding only."""
        try:
            if self.compiled is not None:
                self.compiled.render(self.select(names), values_=_FirstValues(index))
        except Exception as error:  # noqa: BLE001 - as above; `_FirstValues` stops it with one
            return self._problem(error).finding().place
        return self.place

    def select(self, names: ReadOnly[str, object]) -> dict[str, object]:
        """Those of the names that the template uses. `names` may have another value for names that it only prints."""
        keys = ((name, PRINTED + name if name in self.printed else name) for name in self.names)
        return {name: names[key if key in names else name] for name, key in keys if name in names}

    def _problem(self, error: Exception) -> TemplateProblem:
        token, file = token_of(error, self.place.file)
        included = file in self.includes
        return _problem(error, Source(self.includes[file], Place(file, 1, 1)) if included else self._source, token)

    @property
    def _source(self) -> Source:
        return Source(self.source, self.place)

    def find(self, text: str, guard: str = "<#.*?#>") -> Place:
        """The first place of a text in the template or its includes, whatever its case and blanks.

        A place in a match of the regular expression `guard`, such as a comment, is used only if there is no other.
        """
        pattern = re.compile(r"\s+".join(re.escape(word) for word in text.split()), re.IGNORECASE)
        sources = [self._source, *(Source(text, Place(file, 1, 1)) for file, text in self.includes.items())]
        for guarded in (guard, "(?!)"):
            for source in sources:
                if match := pattern.search(_without(source.text, guarded)):
                    return source.at(match.start(), len(match.group()))
        return Place(self.place.file, self.place.line, self.place.column)


@lru_cache(maxsize=64)
def _without(text: str, guard: str) -> str:
    """A text with the matches of a regular expression replaced by blanks."""
    return re.sub(guard, lambda match: " " * len(match.group()), text, flags=re.DOTALL)


class _FirstValues(list[object]):
    """A list of printed values that raises MissingError after the first `index` ones."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self._index = index

    def append(self, value: object) -> None:
        if len(self) == self._index:
            raise MissingError
        super().append(value)


class Compiler:
    """Compiles templates. `snippets` are the texts that templates may include, by file.

    `convert` returns the value to keep for a printed one, or raises MissingError.
    """

    def __init__(
        self,
        filters: ReadOnly[str, Callable[..., object]],
        snippets: ReadOnly[str, str],
        convert: Callable[[object], object],
    ) -> None:
        def write(value: object, values: list[object]) -> str:
            values.append(convert(value))
            return mark(len(values) - 1)

        self._snippets = snippets
        self._engine = Engine(lambda name: snippets.get("content/" + name), "content/", write, filters)

    def compile(
        self, source: str, place: Place, schema: Schema, report: Report, *, column: bool = False
    ) -> Template | None:
        """Compile and check a template that begins at `place`; with `column`, it is a value in YAML."""
        if not _SIGN.search(source):
            return Template(source, place, None, {})
        if column and place.length == len(source) + 2:  # in quotes
            place = place._replace(column=place.column + 1)
        main = parse_template(Source(source, place))
        if isinstance(main, Finding):
            report(main)
            return None
        findings: list[Finding] = []
        included: dict[str, Parsed] = {}
        self._include(main, (), included, findings.append)
        parsed = [main, *included.values()]
        local = _BUILT_IN.union(*(part.sets for part in parsed))
        for part in parsed:
            for name, token in part.forbidden:
                message = f"the statement '{name}' cannot be used here"
                findings.append(Finding("template-error", message, part.source.sign(token)))
            for name, token in part.lost:
                message, hint = f"a loop does not change '{name}' outside of it", _IN_LOOPS
                findings.append(Finding("template-error", message, part.source.sign(token), hint))
            findings.extend(_unknown_names(part, schema, local))
            findings.extend(_unknown("filter", part.filters, self._engine.filters, part.source))
            findings.extend(_unknown("test", part.tests, self._engine.tests, part.source))
        if not findings:
            compiled = self._engine.compile_parsed(main)
            if not isinstance(compiled, Finding):
                texts = {file: part.source.text for file, part in included.items()}
                names = frozenset(use.name for part in parsed for use in part.names)
                more_than_printed = {use.name for part in parsed for use in part.names if use.name not in part.printed}
                return Template(source, place, compiled, texts, names, names - more_than_printed - local)
            findings.append(compiled)
        for finding in findings:
            report(finding)
        return None

    def _include(self, parsed: Parsed, path: tuple[str, ...], included: dict[str, Parsed], report: Report) -> None:
        """Add the files that a template includes, directly or indirectly, to `included`."""
        for name, token in parsed.includes:
            file = "content/" + name
            if file not in self._snippets:
                hint = did_you_mean(name, [known.removeprefix("content/") for known in self._snippets])
                place = parsed.source.word(token, name)
                report(Finding("unknown-include", f"the included file '{file}' does not exist", place, hint))
            elif file in path:
                ring = " -> ".join([*path[path.index(file) :], file])
                report(Finding("cycle", f"files include each other: {ring}", parsed.source.word(token, name)))
            elif file not in included:
                snippet = parse_template(Source(self._snippets[file], Place(file, 1, 1)))
                if isinstance(snippet, Finding):
                    report(snippet)
                else:
                    included[file] = snippet
                    self._include(snippet, (*path, file), included, report)


class FileTemplates:
    """The templates of a folder by name. Printed values pass through `escape` unless they are `Raw`."""

    def __init__(self, texts: ReadOnly[str, str], folder: str, escape: Callable[[str], str]) -> None:
        @lru_cache(maxsize=4096)
        def escaped(text: str) -> str:
            if _FRAME.search(text):
                raise MissingError("a template cannot print noncharacters", "template-error")
            return escape(text)

        def write(value: object) -> str:
            if isinstance(value, Raw):
                return value.text
            if isinstance(value, (str, int)) and not isinstance(value, bool):
                return escaped(str(value))
            raise MissingError(f"a template can print texts and numbers, not {kind_of(value)}", "template-error")

        self._texts = texts
        self._folder = folder
        self.names = tuple(texts)
        self._engine = Engine(texts.get, folder, write)

    def text(self, name: str) -> str:
        """The text of a file of the folder. Raises TemplateProblem if it is missing."""
        if name not in self._texts:
            place = Place(self._folder + name, 1, 1)
            raise TemplateProblem(Finding("template-error", f"the file '{name}' does not exist", place))
        return self._texts[name]

    def render(self, name: str, variables: ReadOnly[str, object]) -> str:
        """Render the template `name`. Raises TemplateProblem."""
        try:
            return self._engine.get_template(name).render(variables)
        except Exception as error:  # noqa: BLE001 - as above
            token, file = token_of(error, self._folder + name)
            text = self._texts.get(file.removeprefix(self._folder), "")
            raise _problem(error, Source(text, Place(file, 1, 1)), token, self.names) from None


@frozen
class Raw:
    """Text in the language of the output, which is not escaped."""

    text: str


_SIGN = re.compile("<[<%#]")


def kind_of(value: object) -> str:
    """The type of a value, in a message."""
    if callable(value):
        return "a function"
    kinds = {
        bool: "a boolean",
        int: "a number",
        float: "a decimal number",
        list: "a list",
        tuple: "a list",
        dict: "a mapping",
    }
    return kinds.get(type(value), "this value")


def _problem(error: Exception, source: Source, token: int, names: Iterable[str] = ()) -> TemplateProblem:
    if isinstance(error, MissingError):
        place = source.word(token, error.word, from_sign=True) if error.word else source.sign(token)
        return TemplateProblem(Finding(error.code, str(error), place, error.hint))
    if isinstance(error, LimitError):
        hint = "simplify the template, or add the result to the facts"
        return TemplateProblem(Finding("template-limit", str(error), source.sign(token), hint))
    return TemplateProblem(runtime_finding(error, source, token, names))


# --- names ---------------------------------------------------------------------------

_BUILT_IN = frozenset(
    ("range", "namespace", "dict", "loop", "cycler", "joiner", "caller", "varargs", "kwargs", "self", "super")
)


def _unknown_names(parsed: Parsed, schema: Schema, local: frozenset[str]) -> Iterator[Finding]:
    """Findings for names and attributes that neither the schema has nor the template sets."""
    usable = [name for name in schema if not isinstance(schema[name], str)]
    for name, token in parsed.names:
        if name not in local and name not in usable:
            hint = str(schema[name]) if name in schema else did_you_mean(name, usable)
            yield Finding("undefined-name", f"'{name}' is not defined", parsed.source.word(token, name), hint)
    for path, token in parsed.paths:
        if path[0] in local or path[0] not in usable:
            continue
        below: Any = schema
        for name in path[:-1]:
            below = below[name] if below is not None and name in below else None
        if below is not None and path[-1] not in below:
            yield _unknown_attribute(parsed.source, token, path, below)


def _unknown_attribute(source: Source, token: int, path: tuple[str, ...], known: Schema) -> Finding:
    owner, name = ".".join(path[:-1]), path[-1]
    hyphens = re.compile(rf"\.\s*({re.escape(name)}-[\w-]+)").match(source.text, source.offsets(token)[0])
    if hyphens and hyphens[1] in known:  # Jinja2 reads a hyphen as a minus sign
        hint = f'write {owner}["{hyphens[1]}"]'
    else:
        hint = did_you_mean(name, known)
    return Finding("undefined-name", f"'{owner}' has no '{name}'", source.word(token, name), hint)


def _unknown(kind: str, uses: Iterable[Use], known: Iterable[str], source: Source) -> Iterator[Finding]:
    for name, token in uses:
        if name not in known:
            place = source.word(token, name)
            yield Finding("template-error", f"unknown {kind} '{name}'", place, did_you_mean(name, known))
