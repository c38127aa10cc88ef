"""Mistakes in the sources of this site: for each kind, the expected findings, or why no rule can detect it.

A kind is tried at every place where it can be made, or at a random few. Harmless edits have no findings.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pytest

from tests.support.requirements import slow
from tests.support.sites import checked, own_texts

FACTS, TABLES, AAP = "content/facts.yaml", "content/tables.yaml", "content/aap-2026-04-01.md"
DAY = date(2026, 11, 20)
FEW, MOST = 1, 3  # the number of places to try for each kind

Texts = Mapping[str, bytes]
New = str | Callable[[re.Match[str]], str | None]


def codes(texts: Texts) -> set[str]:
    """The codes of the findings of a site, except for `dead-minimum`."""
    return {finding.code for finding in checked(texts, DAY)} - {"dead-minimum"}


def each(file: str, pattern: str, new: New) -> Callable[[], Iterator[Texts]]:
    """The sites in which one match of a pattern in a file is replaced."""

    def make() -> Iterator[Texts]:
        text = own_texts()[file].decode()
        for match in re.finditer(pattern, text, re.MULTILINE):
            put = match.expand(new) if isinstance(new, str) else new(match)
            if put is not None:
                changed = text[: match.start()] + put + text[match.end() :]
                assert changed != text
                yield {**own_texts(), file: changed.encode()}

    return make


def every(*makers: Callable[[], Iterator[Texts]]) -> Callable[[], Iterator[Texts]]:
    """The sites of several kinds of replacements."""

    def make() -> Iterator[Texts]:
        for maker in makers:
            yield from maker()

    return make


def misspelt(word: str) -> str:
    """A word with two letters in the middle swapped."""
    middle = next(i for i in range(len(word) // 2, 0, -1) if word[i] != word[i + 1])
    return word[:middle] + word[middle + 1] + word[middle] + word[middle + 2 :]


@dataclass(frozen=True)
class Kind:
    """A kind of mistake: where it can be made, and the codes of which one is expected."""

    name: str
    make: Callable[[], Iterator[Texts]]
    expected: tuple[str, ...]


ONCE = r"(?s)\A(.*)\Z"
BRANCH = r'versions: "(>=[0-9.]+),<([0-9]+)"'
SINCE = r"since: ([0-9]+)\.([0-9]+)\.([0-9]+)"
# fmt: off
KINDS = (
    # release branches
    Kind("a lower bound is removed", each(FACTS, r'\{versions: ">=[0-9.]+,(<[2345])"', r'{versions: "\1"'), ("ladder-overlap",)),
    Kind("an upper bound is removed", each(FACTS, r'\{versions: "(>=[123][0-9.]+),<[234]"', r'{versions: "\1"'), ("ladder-overlap",)),
    Kind("an upper bound is one too high", each(FACTS, r'\{versions: "(>=[123][.0]+),<([234])"', lambda m: f'{{versions: "{m[1]},<{int(m[2]) + 1}"'), ("ladder-overlap",)),
    Kind("an upper bound is too low", each(FACTS, r'\{versions: "(>=[123])[.0]+,<([234])"', lambda m: f'{{versions: "{m[1]}.0,<{int(m[2]) - 1}.5"'), ("ladder-gap", "uncovered-versions")),
    Kind("a lower bound is too high", each(FACTS, r'versions: ">=([234])\.0,', r'versions: ">=\1.5,'), ("ladder-gap", "uncovered-versions")),
    Kind("a branch is copied", each(FACTS, r"^    (v[0-4])(: .*)$", r"    \1\2\n    \1-copy\2"), ("ladder-overlap",)),
    Kind("a branch is removed", each(FACTS, r"^    v[0-4]: .*\n", ""), ("unknown-id",)),
    Kind("levels change places", each(FACTS, r"\{(ga: by [0-9-]+), (eol|maintenance)(: (?:by )?[0-9-]+)(.*?)\}", r"{\2\3, \1\4}"), ("bad-lifecycle",)),
    Kind("a level has the day of the next", each(FACTS, r"maintenance: by 2026-04-01, eol: 2026-06-01", "maintenance: 2026-06-01, eol: 2026-04-01"), ("bad-lifecycle",)),
    Kind("a level has the wrong, earlier year", each(FACTS, r"eol: 2026-06-01", "eol: 2024-06-01"), ("bad-lifecycle",)),
    Kind("a newer branch ends before an older one", each(FACTS, r"\{ga: by 2026-04-01\}", "{ga: by 2026-04-01, eol: 2026-05-01}"), ("ladder-order",)),
    Kind("a level is misspelt", each(FACTS, r"\b(maintenance|eol|ga):", lambda m: f"{misspelt(m[1]) if len(m[1]) > 3 else m[1] + 'e'}:"), ("unknown-stage",)),
    # versions of release branches
    Kind("a minimum is above every branch", each(FACTS, SINCE, r"since: 7.\2.\3"), ("uncovered-versions",)),
    Kind("major and minor change places", each(FACTS, SINCE, lambda m: f"since: {m[2]}.{m[1]}.{m[3]}" if int(m[2]) > 4 else None), ("uncovered-versions",)),
    Kind("a dot is lost", each(FACTS, SINCE, r"since: \1\2.\3"), ("uncovered-versions",)),
    Kind("a dot is a comma", each(FACTS, r"^( +since): ([0-9]+)\.([0-9]+)\.([0-9]+)$", r"\1: \2,\3.\4"), ("uncovered-versions",)),
    Kind("a runtime is for versions that come later", each(FACTS, r'library_versions: ">=4, <5"', 'library_versions: ">=4, <6"'), ("uncovered-versions",)),
    Kind("two runtimes are for the same versions", each(FACTS, r'library_versions: "?((?:>=[23],)? ?<)([23])"?', lambda m: f'library_versions: "{m[1]}{int(m[2]) + 1}"'), ("two-values",)),
    Kind("a range is turned round", each(FACTS, r"3\.7-3\.13", "3.13-3.7"), ("bad-versions",)),
    Kind("a version has a unit", each(FACTS, r"minimum: (0\.86)", r"minimum: \1 GB"), ("bad-version",)),
    # records
    Kind("a record is copied", each(FACTS, r"^    ([a-z][\w-]*)(: \{.*name: .*\})$", r"    \1\2\n    \1-2\2"), ("same-record", "two-values")),
    Kind("a record is copied, and its value changed", each(FACTS, r"^    ([a-z-]+)(: \{.*since: )([0-9])(.*\})$", lambda m: f"{m[0]}\n    {m[1]}-2{m[2]}{3 if m[3] != '3' else 2}{m[4]}"), ("two-values",)),
    Kind("a copied record keeps its old name", each(FACTS, r"(name: gRPC Monitoring|name: GraphQL Monitoring|name: Exploit Prevention|name: PyMySQL|name: mysqlclient|name: httpx)", lambda m: {"P": "name: mysqlclient", "m": "name: psycopg", "h": "name: urllib3"}.get(m[1][6], "name: HTTP Monitoring")), ("two-values", "same-record")),
    Kind("a record is removed that rows name", each(FACTS, r"^    (?:docker-none|requests|urllib3|pyodbc|grpc-monitoring|exploit-prevention): .*\n", ""), ("unknown-id",)),
    Kind("the id of a record is renamed", each(FACTS, r"^    (requests|pymysql|v3|http-monitoring|cpython-4)(: )", r"    \1x\2"), ("unknown-id", "missing-field", "misspelt-name")),
    Kind("a product is renamed", each(FACTS, r"^    (asm|iast|aap):$", r"    \1x:"), ("unknown-id", "misspelt-name")),
    Kind("a product is misspelt where it is named", every(each(FACTS, r"for: aap", "for: app"), each(TABLES, r"for: (aap|iast)", r"for: \1x"), each(AAP, "for: aap", "for: app")), ("unknown-id",)),
    Kind("a field is misspelt", each(FACTS, r"\b(since|name|sqli|ssrf): (?=[A-Za-z0-9])(?!text|support)", lambda m: f"{misspelt(m[1])}: "), ("unknown-field", "missing-field")),
    Kind("a field is forgotten", each(FACTS, r", since: [0-9.]+(?=, source)", ""), ("missing-field",)),
    Kind("a field is duplicated", each(FACTS, r"(sqli: yes)(?=\})", r"\1, \1"), ("duplicate-key",)),
    Kind("a state is misspelt", each(FACTS, r"(threat_detection|sqli|ssrf): yes", r"\1: yse"), ("unknown-state",)),
    Kind("a source is misspelt", each(FACTS, r"source: (a)(ap-page|sm-page)", r"source: \1-\2"), ("unknown-source",)),
    Kind("a day does not exist", each(FACTS, r"(20[0-9]{2})-[0-9]{2}-[0-9]{2}", r"\1-02-30"), ("bad-date",)),
    Kind("a day is written another way", each(FACTS, r"from: 2026-04-01", "from: 04/01/2026"), ("bad-date",)),
    Kind("a year has its digits swapped", each(FACTS, r"from: 20(2)([356])-", r"from: 20\g<2>2-".replace(r"\g<2>2", r"\g<2>\g<1>")), ("far-day", "never-applies")),
    Kind("an end comes before its beginning", each(FACTS, r"alpine: \{until: 2023-09-20", "alpine: {from: 2024-01-01, until: 2023-09-20"), ("empty-period",)),
    # values that differ
    Kind("a reason is forgotten", every(each(FACTS, r"(for: aap,.*?), reason: [^}]*", r"\1"), each(FACTS, r"^ +reason: .*\n", "")), ("no-reason",)),
    Kind("the first day of a value is forgotten", each(FACTS, r"(\{is: [^{}]*?), from: [0-9-]+\}", r"\1}"), ("never-applies",)),
    Kind("a value is repeated later", each(FACTS, r"^( +since): ([0-9][0-9.]+)$", r"\1: [\2, {is: \2, from: 2026-05-01}]"), ("same-value",)),
    Kind("a value for a product is redundant", each(FACTS, r"since: (1\.[0-9.]+), source", r"since: [\1, {is: \1, for: asm, reason: so it is}], source"), ("same-value",)),
    Kind("an alternative is copied", each(FACTS, r"(\{is: [^{}]*\})\]", r"\1, \1]"), ("same-value", "never-applies")),
    # types and tables
    Kind("a type names no dataset", each(FACTS, r" of releases", " of release"), ("unknown-dataset",)),
    Kind("a type names a dataset without releases", each(FACTS, r" of releases", " of platforms"), ("no-ladder",)),
    Kind("a type is misspelt", each(FACTS, r"(name|sqli|target): (text|support|link)(?=[,?}])", r"\1: \2s"), ("unknown-type",)),
    Kind("a table is of no dataset", each(TABLES, r"from: (deployments|integrations|releases)$", r"from: \1s"), ("unknown-dataset",)),
    Kind("a row is listed twice", each(TABLES, r"rows: \[([a-z]+), ", r"rows: [\1, \1, "), ("duplicate",)),
    Kind("a row is forgotten", each(TABLES, r"(?:, (?:tornado|webbrowser|urllib|snowflake|pyodbc|builtins|os)(?=[\],])|^          - (?:exploit-prevention|runtime-activation)\n)", ""), ("never-shown",)),
    Kind("a row is misspelt", each(TABLES, r"(threat-)(detection|protection)", r"\1\2s"), ("unknown-id",)),
    Kind("a column is forgotten", each(TABLES, r"^      - \{header: .*(?:http_blocking|ssrf|sqli|lfi|login_versions|agent|protection|user_events|shell_injection).*\}\n", lambda m: None if "threat_protection" in m[0] else ""), ("unused-field", "empty-table")),
    Kind("a column is copied", each(TABLES, r"^(      - \{header: [A-Z]\w+.*\}\n)", r"\1\1"), ("same-column",)),
    Kind("a header is misspelt", every(each(TABLES, "header: Support level", "header: Suport level"), each(TABLES, "header: Minimum (?=D|<)", "header: Minumum ")), ("near-word",)),
    Kind("a column has the header of another", each(TABLES, "header: HTTP Blocking", "header: HTTP Monitoring"), ("same-column",)),
    Kind("a column's word is misspelt", each(TABLES, "no: not supported", "no: not suported"), ("near-word",)),
    Kind("a column shows a field that there is not", each(TABLES, r"field: (ssrf|sqli|agent|since)$|field: (ssrf|sqli|lfi)\}", lambda m: m[0].replace("s", "z", 1) if "}" not in m[0] else m[0].replace("}", "x}")), ("unknown-field",)),
    Kind("a caption is forgotten", each(TABLES, r"^    caption: .*\n", ""), ("no-caption",)),
    Kind("a column has no header", each(TABLES, r"\{header: (?:Type|Release|Runtime|Framework), ", "{"), ("no-header",)),
    Kind("quotes are forgotten", each(FACTS, r'versions: "(>=[^"]*)"', r"versions: \1"), ("yaml-syntax",)),
    # pages
    Kind("a count is typed", every(*(each("content/_versions.md", ONCE, f"{number} release branches are supported:\n") for number in ("Two", "Three", "4", "Both"))), ("typed-count",)),
    Kind("a hard-coded version differs from all facts", each(AAP, r'<< tables.capabilities.highest\("since"\) >>', "4.7.0"), ("typed-version",)),
    Kind("a version is typed of something that has another", each(AAP, r"\n## Integrations", "\nAPI Security needs version 4.5.0 or later.\n\n## Integrations"), ("typed-version",)),
    Kind("a version is typed as code that a fact contradicts", each(AAP, r"\n## Integrations", "\nExploit Prevention needs `2.21.0`.\n\n## Integrations"), ("typed-version",)),
    Kind("a level is typed of the package", each(AAP, r"\n## Integrations", "\nddtrace 3 is now End of Life.\n\n## Integrations"), ("typed-level",)),
    Kind("a level is typed", each(AAP, r"\n## Integrations", "\nVersion 3 is in Maintenance, and `>=2.0,<3` too.\n\n## Integrations"), ("typed-level",)),
    Kind("a promise has expired", every(*(each(AAP, r"\n## Integrations", f"\nThis works {words}.\n\n## Integrations") for words in ("until May 31, 2026", "through 2026-05-31", "until 31 May 2026", "until June 2026", "until the end of 2025", "until 2025", "by the end of 2025"))), ("past-date",)),
    Kind("an expected date has passed", each(FACTS, r"eol: 2026-06-01", "eol: ~2026-03"), ("expected-date-passed", "bad-lifecycle")),
    Kind("a level begins after an unknown release", each(FACTS, r"eol: 2026-06-01", "eol: after v9"), ("unknown-id",)),
    Kind("a part is misspelt", each(TABLES, r"field: support\}", "field: support.eoll}"), ("unknown-field",)),
    Kind("a day in prose does not exist", each(AAP, r"\n## Integrations", "\nIt ends on June 31, 2027.\n\n## Integrations"), ("impossible-day",)),
    Kind("a note's promise has expired", each(FACTS, r"note:\n +- Query strings are not analyzed\.\n.*\n", "note: Query strings are analyzed by June 1, 2026 at the latest.\n"), ("past-date",)),
    Kind("a bullet is empty", each(AAP, r"^- (SQL attack detection|Error and.*)$", r"- \1\n-"), ("empty-bullet",)),
    Kind("a link is defined for nothing", each(AAP, r"(?s)\Z", "\n[1]: /tracing/trace_collection/\n"), ("unused-link",)),
    Kind("a link is defined in the facts for nothing", each(FACTS, r"^    (datadog-site: .*)$", r"    \1\n    other: {target: /other/}"), ("never-shown",)),
    Kind("a link is misspelt", every(each(AAP, r"\[feedback-form\]", "[feedback-from]"), each("content/_databases.md", r"\[database-api\]", "[databse-api]")), ("unknown-link",)),
    Kind("a name in a template is misspelt", each(AAP, r"<< (product|library)\.name >>", r"<< \1.nmae >>"), ("undefined-name",)),
    Kind("a table in a slot is misspelt", each(AAP, r"<< tables\.(\w+) >>", r"<< tables.\1s >>"), ("undefined-name",)),
    Kind("a slot is removed", each(AAP, r"^<< tables\.\w+ >>\n", ""), ("never-shown",)),
    Kind("a word is misspelt once", each(AAP, r"(?<![.\w])(compatibility|capabilities|frameworks)\b(?![\w.])", lambda m: misspelt(m[1])), ("near-word",)),
    Kind("a product's name is misspelt", each(FACTS, r"name: (App and API Protection|Application Security)$", lambda m: "name: " + m[1].replace("ction", "cton").replace("curi", "cruri").replace("cruri", "cuir")), ("near-word",)),
    Kind("a capability is misspelt in prose", each("content/_databases.md", "Threat Protection", "Threat Protecton"), ("near-word",)),
    Kind("a page has lost what it is for", each("content/asm-2023-09-20.md", r"^for: asm\n", ""), ("never-shown", "same-path")),
    Kind("an edition has lost its first day", each(AAP, r"^from: .*\n", ""), ("never-shown", "same-path")),
    Kind("a tag reaches every format", each(AAP, r"\n## Integrations", '\n{{< tabs >}}\n\n## Integrations'), ("foreign-tag",)),
    Kind("a row of a typed table is not closed", each(AAP, r"\n## Integrations", "\n| Thing | Value |\n|---|---|\n| one | a |\n| two | b\n\n## Integrations"), ("ragged-row",)),
    Kind("a row of a typed table lacks a cell", each(AAP, r"\n## Integrations", "\n| Thing | Value |\n|---|---|\n| one | a |\n| two |\n\n## Integrations"), ("ragged-row",)),
    Kind("a suppression has no finding", each(FACTS, r"^capabilities:$", "# sitegen: allow ladder-gap: it is meant\ncapabilities:"), ("unused-suppression",)),
)

IMPOSSIBLE = (
    ("the newest branch has no upper bound", each(FACTS, r'"(>=4\.0),<5"', r'"\1"'), "a branch may be open, and none comes after it"),
    ("the digits of a minor version are swapped", each(FACTS, r"1\.16\.0|1\.19\.0", lambda m: m[0][:2] + m[0][3] + m[0][2] + ".0"), "the branch has such a version; only the index knows which were published"),
    ("an end of support has the wrong, later year", each(FACTS, r"eol: 2026-06-01", "eol: 2027-06-01"), "a later day contradicts no other fact"),
    ("the agent's version is wrong", each(FACTS, r"7\.28", "7.82"), "no dataset has the versions of the agent"),
    ("a framework's version is wrong", each(FACTS, r"minimum: 0\.86", "minimum: 0.68"), "no dataset has the versions of the framework"),
    ("a yes is a no", each(FACTS, r"ssrf: yes|sqli: yes", lambda m: m[0][:-3] + "no"), "both are possible"),
    ("a CPU is forgotten", each(FACTS, r", AArch64(?=\])", ""), "nothing else lists the CPUs; the index knows"),
    ("a link leads to another page", each(FACTS, r"forms\.gle/gHrxGQ", "forms.gle/gHxrGQ"), "only a request would tell"),
    ("the first day of a value for a product is forgotten", each(FACTS, r"(is: 4\.6\.0, for: aap), from: 2026-04-01", r"\1"), "a value for a product may hold from the beginning"),
    ("a name that occurs once is misspelt", each(FACTS, "Exploit Prevention", "Exploit Preventoin"), "the word occurs nowhere else"),
    ("two rows change places", each(TABLES, r"\[django, flask", "[flask, django"), "any order is possible"),
    ("a record's first day is forgotten", each(FACTS, r"(tornado:\n)      from: 2026-04-01\n", r"\1"), "a thing may have been there for ever"),
)
# fmt: on

_WORDS = re.compile(
    r"(?<![\w<{%#`.\[(/-])(works?|looks at|protects|names?|follows|Tell us|see|needs|below|here)(?![\w`\])-])"
)


@pytest.mark.parametrize("most", [FEW, slow(MOST)])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_mistake_is_reported(kind: Kind, most: int) -> None:
    made = list(kind.make())
    assert made, "the mistake is possible"
    for texts in random.Random(kind.name).sample(made, min(most, len(made))):
        changed = next(file for file in texts if texts[file] != own_texts().get(file))
        assert codes(texts) & set(kind.expected), difference(changed, texts)


@pytest.mark.parametrize(("name", "make", "why"), IMPOSSIBLE, ids=[name for name, _, _ in IMPOSSIBLE])
def test_undetectable_mistakes_have_no_findings(name: str, make: Callable[[], Iterator[Texts]], why: str) -> None:
    made = list(make())
    assert made
    assert why
    for texts in made[:MOST]:
        assert codes(texts) == set()


def difference(file: str, texts: Texts) -> str:
    """The lines of a file that differ from those of this site."""
    before = own_texts().get(file, b"").decode().splitlines()
    after = texts[file].decode().splitlines()
    return "\n".join(
        [f"- {line}" for line in before if line not in after] + [f"+ {line}" for line in after if line not in before]
    )


# --- harmless edits ------------------------------------------------------------------

SENTENCES = (
    "Ask the support team about anything that this page leaves open.",
    "Everything on this page was tried on two machines.",
    "It speaks HTTP/1.1 and HTTP/2, over TLS 1.2 or later.",
    "Since May 2, 2024, tracing is on by default.",
    "Run `pip install ddtrace==4.0.0` to try it, or `pip install 'ddtrace>=3,<4'`.",
    "See [the notes of 2.6.0](https://example.com/releases/2.6.0/) and <https://example.com/v1.2.3>.",
    "Set `DD_TRACE_ENABLED` to `true` in each of the three environments.",
    "The first request may take 1.5 times as long.",
    "Docker 20.10 and Kubernetes 1.29 were used for the pictures.",
    "Maintenance of your own hosts is up to you.",
    "Section 4.2 of the handbook says more.",
    "Released on 2026-04-01, it has been stable since.",
    "You need Python 3.12 to build the examples yourself.",
    "Until you restart the process, nothing changes.",
    "One of the frameworks is enough.",
    "There are two ways to install it.",
    "A preview of the new pages was shown in Paris, at the end of life sciences week.",
    "The agent listens on 127.0.0.1:8126 by default.",
    "You need at least one framework of this list.",
    "If you use two frameworks at once, name both.",
    "Each release supports Python version 3.9 or later.",
    "API Security is 1.5 times as fast as it looks.",
    "Before May 2, 2024, this was off by default.",
    "The support team answers within two working days.",
    "Restart the tracer when the version of your framework changes.",
    "Threat Protection was rewritten, and keeps its settings.",
    "It will run on Windows Server 2022 as well.",
    "Since March 2024, both sides agree; the guide of 2023 is gone.",
    "The charts show the years until now, and those of 2030.",
    "Version 3 removed the old flags, and version 2 deprecated them.",
    "HTTP Monitoring was tried with Network Operator 25.10.0 on 64-bit systems.",
)


def _insert(text: str, line: str, choose: random.Random) -> str:
    """Replace an empty line in the body of a text by a line with empty lines around it."""
    start = text.index("---\n", 4) + 4 if text.startswith("---\n") else 0
    gaps = [m.start() + 1 for m in re.finditer(r"\n\n(?=[#A-Z*])", text) if m.start() > start]
    at = choose.choice(gaps)
    return f"{text[:at]}\n{line}\n{text[at:]}"


def _pages() -> list[str]:
    return [name for name in own_texts() if name.endswith(".md") and "/_" not in name]


def new_sentence(choose: random.Random) -> Texts:
    file = choose.choice(_pages())
    return {**own_texts(), file: _insert(own_texts()[file].decode(), choose.choice(SENTENCES), choose).encode()}


def other_wording(choose: random.Random) -> Texts:
    file = choose.choice([name for name in own_texts() if name.endswith(".md")])
    text = own_texts()[file].decode()
    words = {
        "works": "runs",
        "work": "run",
        "looks at": "inspects",
        "protects": "guards",
        "needs": "wants",
        "see": "find",
        "below": "underneath",
        "here": "in this place",
    }
    found = [m for m in _WORDS.finditer(text) if m[0] in words]
    if not found:
        return {**own_texts(), file: (text + "\nThat is all for now.\n").encode()}
    match = choose.choice(found)
    return {**own_texts(), file: (text[: match.start()] + words[match[0]] + text[match.end() :]).encode()}


def comment(choose: random.Random) -> Texts:
    file = choose.choice((FACTS, TABLES, "sitegen.yaml"))
    lines = own_texts()[file].decode().split("\n")
    lines.insert(choose.randrange(len(lines)), "# looked up again; two of them were right, until 2020-01-01")
    return {**own_texts(), file: "\n".join(lines).encode()}


def other_quotes(choose: random.Random) -> Texts:
    text = own_texts()[FACTS].decode()
    match = choose.choice(list(re.finditer(r"(?<=name: )[A-Z][\w ]+(?=[,}\n])", text)))
    quote = choose.choice("\"'")
    return {**own_texts(), FACTS: f"{text[: match.start()]}{quote}{match[0]}{quote}{text[match.end() :]}".encode()}


def other_order(choose: random.Random) -> Texts:
    text = own_texts()[FACTS].decode()
    match = choose.choice(list(re.finditer(r"(?<=: \{)((?:[\w]+: [\w. /:-]+, )+)([\w]+: [\w. /:-]+)(?=\}\n)", text)))
    keys = [*match[1].removesuffix(", ").split(", "), match[2]]
    if "from" in match[0] or "eol" in match[0]:
        keys = keys[1:] + keys[:1] if "ga: by" not in match[0] else keys
    else:
        choose.shuffle(keys)
    return {**own_texts(), FACTS: (text[: match.start()] + ", ".join(keys) + text[match.end() :]).encode()}


def other_version(choose: random.Random) -> Texts:
    text = own_texts()[FACTS].decode()
    match = choose.choice(list(re.finditer(SINCE, text)))
    put = f"since: {choose.choice((1, 2, 3, 4))}.{choose.randrange(1, 30)}.{choose.randrange(5)}"
    return {**own_texts(), FACTS: (text[: match.start()] + put + text[match.end() :]).encode()}


def new_record(choose: random.Random) -> Texts:
    number = choose.randrange(100)
    facts, tables = own_texts()[FACTS].decode(), own_texts()[TABLES].decode()
    record = f"    shield-{number}: {{from: 2026-04-01, name: Shield {number}, since: {choose.choice((1, 2, 4))}.{number}.0, source: aap-page}}\n"
    facts = facts.replace("    runtime-activation: {", record + "    runtime-activation: {")
    return {
        **own_texts(),
        FACTS: facts.encode(),
        TABLES: tables.replace(
            "          - runtime-activation\n", f"          - runtime-activation\n          - shield-{number}\n"
        ).encode(),
    }


def new_branch(choose: random.Random) -> Texts:
    low = choose.choice(('">=5,<6"', '">=5.0,<6"', "5.x", '">=5.0.0"'))
    facts = (
        own_texts()[FACTS]
        .decode()
        .replace(
            "    v4: {",
            f"    v5: {{versions: {low}, support: {{ga: 2026-{choose.randrange(4, 9):02}-15}}, agent: 7.28}}\n    v4: {{",
        )
    )
    return {**own_texts(), FACTS: facts.encode()}


def new_product(choose: random.Random) -> Texts:
    name = choose.choice(("Workload Protection", "Cloud SIEM", "RASP"))
    facts = own_texts()[FACTS].decode()
    facts = facts.replace(
        "libraries:\n",
        f"    fresh:\n      from: 2026-05-01\n      name: {name}\n      folder: fresh\n      unavailable_sites: none\n\nlibraries:\n",
        1,
    )
    facts = facts.replace(
        "        - {is: 4.6.0, for: aap",
        "        - {is: 3.2.0, for: fresh, from: 2026-05-01, reason: it came with the first part}\n        - {is: 4.6.0, for: aap",
    )
    page = '---\ntitle: << library.name >> << product.name >>\nfor: fresh\n---\n## Deployments\n\n<< tables.deployment_types >>\n\nAPI Security needs << capabilities["api-security"].since >> or later.\n'
    return {**own_texts(), FACTS: facts.encode(), "content/fresh.md": page.encode()}


def new_note(choose: random.Random) -> Texts:
    note = choose.choice(
        (
            "Needs the environment variable `DD_SHIELD`, see [the policy][versioning-policy].",
            "Was renamed on May 2, 2024.",
            "Two processes share it.",
        )
    )
    facts = own_texts()[FACTS].decode().replace("name: HTTP Monitoring, ", f'name: HTTP Monitoring, note: "{note}", ')
    return {**own_texts(), FACTS: facts.encode()}


def used_link(choose: random.Random) -> Texts:
    file = choose.choice(_pages())
    text = _insert(
        own_texts()[file].decode(), "More stands in [the guide][1], and in [the other guide][guide].", choose
    )
    return {**own_texts(), file: f"{text}\n[1]: /a/guide/\n[guide]: https://example.com/guide-2.0/\n".encode()}


def empty_lines(choose: random.Random) -> Texts:
    file = choose.choice((FACTS, TABLES, AAP))
    text = own_texts()[file].decode()
    at = choose.choice([m.start() for m in re.finditer("\n\n", text)])
    return {**own_texts(), file: (text[:at] + "\n" * choose.randrange(1, 4) + text[at:]).encode()}


def other_header(choose: random.Random) -> Texts:
    text = own_texts()[TABLES].decode()
    old, new = choose.choice(
        (
            ("HTTP Blocking", "Blocking of HTTP requests"),
            ("Support level", "Level of support"),
            ("Deployment type", "How it is deployed"),
        )
    )
    return {**own_texts(), TABLES: text.replace(old, new).encode()}


def typed_table(choose: random.Random) -> Texts:
    table = "These settings matter:\n\n| Setting | Default |\n|---|---|\n| `DD_SITE` | datadoghq.com |\n| `DD_PORT` | 8126 |"
    return {**own_texts(), AAP: _insert(own_texts()[AAP].decode(), table, choose).encode()}


EDITS = (
    new_sentence,
    other_wording,
    comment,
    other_quotes,
    other_order,
    other_version,
    new_record,
    new_branch,
    new_product,
    new_note,
    used_link,
    empty_lines,
    other_header,
    typed_table,
    new_sentence,
)


@pytest.mark.slow
@pytest.mark.parametrize("part", [0, 1])
def test_harmless_edits_have_no_findings(part: int) -> None:
    for seed in range(part * 40, part * 40 + 40):
        edit = EDITS[seed % len(EDITS)]
        texts = edit(random.Random(seed))
        changed = [file for file in texts if texts[file] != own_texts().get(file)]
        reported = codes(texts)
        assert not reported, f"{edit.__name__}, seed {seed}: {reported}\n" + "\n".join(
            difference(file, texts) for file in changed
        )


def test_cells_of_an_html_table_are_no_sentence() -> None:
    table = "<table><tr><td>HTTP Monitoring</td><td>version 9.9.1</td></tr></table>"
    text = _insert(own_texts()[AAP].decode(), table, random.Random(table))
    assert codes({**own_texts(), AAP: text.encode()}) == {"omitted-html"}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_without_facts_has_no_findings(sentence: str) -> None:
    text = _insert(own_texts()[AAP].decode(), sentence, random.Random(sentence))
    assert codes({**own_texts(), AAP: text.encode()}) == set(), text
