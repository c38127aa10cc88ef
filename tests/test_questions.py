"""Questions to `sitegen explain`: no wrong Yes, no wrong No."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.cli import main
from sitegen.explanation.answers import answer_question
from sitegen.explanation.terms import UnclearError
from sitegen.files.sources import read_texts
from sitegen.findings import Finding
from sitegen.site.loading import Site
from tests.support.sites import ROOT, load, own_site, tiny

QUESTIONS = Path(__file__).parent / "questions"
DAYS = {
    "own": date(2026, 4, 1),
    "agents": date(2026, 11, 29),
    "drivers": date(2026, 11, 29),
    "systems": date(2026, 11, 29),
    "platforms": date(2026, 11, 29),
    "matrix": date(2026, 11, 29),
    "lines": date(2026, 11, 30),
    "dependencies": date(2026, 11, 30),
    "basalt": date(2026, 11, 30),
    "components": date(2026, 6, 1),
    "branches": date(2026, 11, 30),
    "packages": date(2026, 11, 30),
    "headers": date(2026, 11, 30),
    "appliances": date(2026, 11, 30),
    "servers": date(2026, 11, 30),
    "quartz": date(2026, 11, 30),
    "editions": date(2026, 11, 30),
    "alder": date(2026, 11, 30),
    "hornbeam": date(2026, 11, 30),
}


@cache
def site(name: str) -> Site:
    """The site of this repository, or a small one with the tables of a vendor."""
    folder = QUESTIONS / name
    return own_site() if name == "own" else load(read_texts(folder, folder))


def answers(found: Site, day: date, question: str) -> str:
    """The answer of all pages, or the answers by page if they differ, or `?` if sitegen asks back."""
    wrong: list[Finding] = []
    try:
        given = {each.page: each.answer for each in answer_question(found, day, question, wrong.append)}
    except UnclearError:
        return "?"
    assert wrong == []
    texts = set(given.values())
    return texts.pop() if len(texts) == 1 else ", ".join(f"{page} {text}" for page, text in given.items())


def cases() -> list[tuple[str, str, str]]:
    """The site, question and answer of each line in the files of questions."""
    lines = [
        (path.stem, line) for path in sorted(QUESTIONS.glob("*.txt")) for line in path.read_text("utf-8").splitlines()
    ]
    parts = [(name, *line.split(" | ", 1)) for name, line in lines]
    return [(name, question, answer) for name, answer, question in parts]


@pytest.mark.parametrize(("name", "question", "answer"), cases())
def test_each_question_gets_its_answer(name: str, question: str, answer: str) -> None:
    assert answers(site(name), DAYS[name], question) == answer


def test_there_are_many_questions_and_few_are_ambiguous() -> None:
    found = [answer for _, _, answer in cases()]
    assert len(found) > 250
    assert found.count("?") < len(found) / 8
    assert {"yes", "no", "not-stated", "preview", "eol", "partial", "?"} <= set(found)


SEVERAL = "the tables have several answers; name the row and the column: "


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("Djagno, AAP", "unknown name 'Djagno' on 2026-04-01; did you mean 'Django'?"),
        ("3.12, AAP", "'3.12' is ambiguous; write 'Python library 3.12' or 'CPython 3.12'"),
        ("subprocess, AAP", f"{SEVERAL}subprocess, Command Injection: supported; subprocess, Shell Injection: not supported"),
        ("Django or Flask", "ask one question at a time, without 'or'"),
        ("AAP", "the question names only a product or a library; add a name or a version"),
        ("ddtrace 2.6, ddtrace 3.1, SCA", "'2.6' and '3.1' are both versions of the library; use one"),
        (" ,; ?", "the question has no name or version; ask, for example, 'Python 3.12, Linux'"),
    ],
)  # fmt: skip
def test_a_question_back_suggests_a_question(question: str, message: str) -> None:
    with pytest.raises(UnclearError) as raised:
        answer_question(own_site(), DAYS["own"], question, lambda _: None)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("name", "question", "sentence"),
    [
        ("own", "ddtrace 4.6, API Security, AAP", "Listed: API Security. Works with >=4.0,<5 (General Availability)."),
        ("own", "Flask 1.0, ASM", "Excluded by: Flask, Versions: 1.1."),
        ("own", "AWS Lambda, SCA, ASM", "AWS Lambda, Software Composition Analysis: not supported."),
        ("own", "Bottle, AAP", "No published row answers 'Bottle'."),
        ("own", "us2.ddog-gov.com, AAP", "App and API Protection, Unavailable: us2.ddog-gov.com."),
        ("own", "ddtrace 2.1, AAP", ">=2.0,<3, Support level: End of Life."),
        ("own", "Python 2.7, Linux, AAP", "The only releases are >=1.0,<2 (End of Life), <1 (End of Life)."),
        (
            "agents",
            "agent>=2024.1,<2026, OpenJDK 17, apm",
            ">=2024.1,<2026 is in >=2025.1,<2026 (Maintenance), >=2024.1,<2025 (End of Life).",
        ),
        ("systems", "Hooks, rhine 5", "Of 5, only >=5.2,<6: Hooks, Since: 5.2."),
        ("systems", "Hooks, rhine 5.1", "No release in 5.1 meets all requirements: Hooks, Since: 5.2."),
        ("systems", "Sparc Solaris, Debian", "No published row answers 'Sparc Solaris'."),
        (
            "branches",
            "SOAP, Foxtrot",
            "No published row answers 'SOAP', 'Foxtrot'. The table states: SOAP, Foxtrot: Removed in 8.0.",
        ),
        (
            "branches",
            "SOAP, Foxtrot 8",
            "No published row answers 'Foxtrot 8'. The table states: SOAP, Foxtrot: Removed in 8.0.",
        ),
        ("branches", "REST, Linux", "No published row answers 'REST', 'Linux'. The table states: REST, Linux: full."),
        (
            "branches",
            "IAST, Python 3.12",
            "No published row answers 'IAST', 'Python 3.12'. The table states: IAST, Python: 2.8.0.",
        ),
    ],
)
def test_the_reason_is_one_sentence(name: str, question: str, sentence: str) -> None:
    (answer,) = answer_question(site(name), DAYS[name], question, lambda _: None)
    assert answer.sentence == sentence


def test_an_answer_from_several_pages_has_the_title_of_none() -> None:
    (given,) = answer_question(site("quartz"), DAYS["quartz"], "Cirrus, Fleet 6", [].append)
    assert (given.product, given.answer) == ("", "yes")


@pytest.mark.parametrize(
    ("complete", "question", "answer", "sentence"),
    [
        ("true", "Server 6", "no", "6, Server versions: not listed."),
        ("true", "Server 6, Node.js 18", "no", "6, Node.js 18, Server versions: not listed."),
        ("true", "Server 5.1", "yes", "Works with 5.x (General Availability)."),
        ("false", "Server 6", "not-stated", "No published row answers '6'."),
        ("false", "Server 6, Node.js 18", "not-stated", "No published row answers 'Node.js 18'."),
    ],
)
def test_a_complete_table_of_releases_lists_all(complete: str, question: str, answer: str, sentence: str) -> None:
    facts = f"""
releases:
  fields: {{server: versions, node: versions, support: lifecycle}}
  records: {{v5: {{server: 5.x, node: 18+, support: {{ga: 2024-01-01}}}}}}
tables:
  releases:
    caption: Server versions
    complete: {complete}
    from: releases
    columns: [{{header: Server, field: server}}, {{header: Node.js, field: node}}, {{header: Support, field: support}}]
"""
    page = b"---\ntitle: Versions\n---\n\n<< tables.releases >>\n"
    facts_site = load({"sitegen.yaml": b"", "content/facts.yaml": facts.encode(), "content/page.md": page})
    (given,) = answer_question(facts_site, DAYS["headers"], question, lambda _: None)
    assert (given.answer, given.sentence) == (answer, sentence)


def test_headers_in_another_language_answer_nothing() -> None:
    texts = read_texts(QUESTIONS / "headers", QUESTIONS / "headers")
    german = load({**texts, "sitegen.yaml": texts["sitegen.yaml"] + b"lang: de\n"})
    (answer,) = answer_question(german, DAYS["headers"], "Jira 3", lambda _: None)
    assert answer.answer == "not-stated"
    assert answer.sentence == "The headers are not in English; read the cells of 'Jira 3'."
    assert "Plugin versions" in [ground.header for each in answer.because for ground in each.facts]


def test_each_fact_is_listed_once_with_its_place() -> None:
    (answer,) = answer_question(
        own_site(), DAYS["own"], "Python 3.8, Linux i686, API Security, Application Security", lambda _: None
    )
    grounds = [ground for demand in answer.because for ground in demand.facts]
    assert len(grounds) == len(set(grounds))
    for ground in grounds:
        assert ground.places
        for place in ground.places:
            line = (ROOT / place.file).read_text("utf-8").splitlines()[place.line - 1]
            assert (ground.text or ground.subject) in line


def test_the_as_of_date_counts() -> None:
    assert answers(own_site(), date(2023, 3, 15), "Alpine, ASM, CPython 3.9") == "yes"
    assert answers(own_site(), date(2026, 6, 1), "ddtrace 3.1, AAP") == "eol"
    assert answers(own_site(), date(2026, 4, 1), "ddtrace 3.1, AAP") == "yes"


# --- the command -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("Docker, AAP", 0),
        ("gRPC Monitoring, AAP", 1),
        ("Code Security, ASM", 1),
        ("Bottle, AAP", 4),
        ("API Security, Python 3.9", 4),
        ("account takeover protection, ddtrace 2.10", 1),
        ("Djagno, AAP", 2),
        ("API Security", 4),
        ("AAP", 0),
        ("capabilities.api-security.since", 0),
    ],
)
def test_the_exit_code_is_that_of_the_worst_answer(
    question: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", question, "--root", str(ROOT), "--as-of", "2026-04-01"]) == code
    out, err = capsys.readouterr()
    assert (out == "") == (code == 2)
    assert (err == "") == (code != 2)


def test_json_follows_the_documented_schema(capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads((ROOT / "docs/explain.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for question in ("API Security, Python 3.8", "api-security.since", "API Security", "us2.ddog-gov.com, AAP"):
        main(["explain", question, "--root", str(ROOT), "--as-of", "2026-04-01", "--format", "json"])
        found = json.loads(capsys.readouterr().out)
        jsonschema.validate(found, schema, jsonschema.Draft202012Validator)
        assert found.keys() - {"version", "as_of"}
    main(["explain", "Python 3.8, API Security, AAP", "--root", str(ROOT), "--as-of", "2026-04-01", "--format", "json"])
    (answer,) = json.loads(capsys.readouterr().out)["answers"]
    assert (answer["page"], answer["answer"]) == ("aap/python", "no")
    assert [fact["text"] for fact in answer["because"][0]["facts"] if fact["header"]] == ["4.6.0"]


# --- rows decide ----------------------------------------------------------------------------


ROWS = """\
frameworks:
  fields: {name: text, area: text, detected: support, blocked: support}
  records:
    gin: {name: Gin, area: web, detected: yes, blocked: no}
    sql: {name: sql, area: data, detected: yes, blocked: yes}
    orm: {name: ORM, area: data, detected: yes, blocked: preview}
tables:
  web: {caption: Web, from: frameworks, where: {area: web}, columns: [{header: Framework, field: name}, {header: "Detected?", field: detected}, {header: "Blocked?", field: blocked}]}
  data: {caption: Data, from: frameworks, where: {area: data}, columns: [{header: Framework, field: name}, {header: "Detected?", field: detected}, {header: "Blocked?", field: blocked}]}
"""


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Gin, blocked, Web", "no"),
        ("Gin, detected, Web", "yes"),
        ("Gin, Web", "?"),
        ("sql, Web", "yes"),
        ("ORM, blocked, Web", "preview"),
        ("Gin, sql, Web", "?"),
    ],
)
def test_the_column_in_the_question_answers(question: str, answer: str) -> None:
    found = load(tiny(ROWS, "<< tables.web >>\n\n<< tables.data >>"))
    assert answers(found, DAYS["own"], question) == answer


@pytest.mark.parametrize(
    ("status", "caption"),
    [
        *((status, "Tools") for status in ("Not supported", "beta", "Deprecated", "End-of-life", "Coming soon", "NO!", "🚫")),
        *((status, "Tools") for status in ("Community", "Blocked", "Supported since 2020", "In development")),
        *(("fine", f"Tools that {words}") for words in ("are not supported", "we dropped", "are non-supported", "are blocked")),
        ("Yes", "End-of-life tools"),
    ],
)  # fmt: skip
def test_negative_words_are_never_a_yes(status: str, caption: str) -> None:
    facts = f"tools:\n  fields: {{name: text, status: text}}\n  records:\n    axe: {{name: Axe, status: {status}}}\n"
    table = f"tables:\n  tools:\n    from: tools\n    caption: {caption}\n    columns: [{{header: Tool, field: name}}, {{header: Status, field: status}}]\n"
    assert answers(load(tiny(facts + table, "<< tables.tools >>")), DAYS["own"], "Axe, Web") == "not-stated"


def test_versions_of_something_else_do_not_answer() -> None:
    facts = (
        "tools:\n  fields: {name: text, agent: version, works: support}\n"
        "  records:\n    axe: {name: Axe, agent: 7.1, works: yes}\n"
        "tables:\n  tools:\n    from: tools\n    caption: Tools\n    columns:\n"
        "      - {header: Tool, field: name}\n      - {header: Minimum agent version, field: agent}\n"
        "      - {header: Works, field: works}\n"
    )
    found = load(tiny(facts, "<< tables.tools >>"))
    assert answers(found, DAYS["own"], "Axe 8.0, Web") == "not-stated"
    assert answers(found, DAYS["own"], "Axe, agent 7.0, Web") in ("no", "not-stated", "?")


@pytest.mark.parametrize("level", ["eol", "current"])
def test_a_level_of_another_record_states_support_whatever_its_header_is(level: str) -> None:
    facts = (
        "engines:\n  fields: {name: text, support: lifecycle}\n"
        "  records: {e1: {name: E1, support: {ga: 2025-01-01, eol: 2030-01-01}}}\n"
        "tools:\n  fields: {name: text, works: support, engine: reference to engines}\n"
        "  records: {axe: {name: Axe, works: yes, engine: e1}}\n"
        "tables:\n  tools:\n    from: tools\n    caption: Tools\n    columns:\n"
        "      - {header: Tool, field: name}\n      - {header: Works, field: works}\n"
        f"      - {{header: Engine EOL, field: engine.support.{level}}}\n"
    )
    assert answers(load(tiny(facts, "<< tables.tools >>")), DAYS["own"], "Axe, Web") == "yes"


@pytest.mark.parametrize(
    ("question", "answer"), [("Hornbeam 3.5, Rowan 2.3", "yes"), ("Hornbeam 4.0, Rowan 2.3", "not-stated"), ("Hornbeam 2, Queue", "not-stated")]
)  # fmt: skip
def test_a_release_named_by_its_versions_has_these_versions(question: str, answer: str) -> None:
    folder = QUESTIONS / "hornbeam"
    texts = dict(read_texts(folder, folder))
    facts = (
        texts["content/facts.yaml"]
        .decode()
        .replace("{versions: versions, support", "{name: text, versions: versions, support")
    )
    for number in "432":
        facts = facts.replace(f"{{versions: {number}.x", f"{{name: Hornbeam {number}, versions: {number}.x")
    texts["content/facts.yaml"] = facts.replace(".versions}", "}").encode()
    assert answers(load(texts), DAYS["hornbeam"], question) == answer


@pytest.mark.parametrize(
    ("question", "answer"), [("Jay driver, Plan 9", "yes"), ("Finch driver, Plan 9", "not-stated")]
)
def test_columns_with_the_same_names_are_about_the_same_things(question: str, answer: str) -> None:
    folder = QUESTIONS / "alder"
    texts = dict(read_texts(folder, folder))
    facts = texts["content/facts.yaml"].decode().replace("driver: reference to drivers", "driver: text")
    facts = facts.replace("driver: jay", "driver: Jay driver").replace(
        "header: Client, field: driver", "header: Driver, field: driver"
    )
    texts["content/facts.yaml"] = facts.encode()
    assert answers(load(texts), DAYS["alder"], question) == answer


def test_a_page_without_tables_answers_questions_about_unavailable_places() -> None:
    roles = "products:\n  fields: {name: text, unavailable_sites: list of text}\n  records:\n    web: {name: Web, unavailable_sites: [moon]}\nlibraries:\n  fields: {name: text}\n  records:\n    python: {name: Python}\n"
    found = load(tiny("", "Text.", content__roles_yaml=roles))
    assert answers(found, DAYS["own"], "moon, Web") == "no"


# --- generated tables ------------------------------------------------

RELEASES = (1, 2, 3, 4)
STATES = ("{v}.0", "no", "preview >={v}.0", "removed {v}.0", "planned {v}.0", ">={v}.0,<{w}", "partial")
feature = st.tuples(st.sampled_from(STATES), st.sampled_from(RELEASES), st.sampled_from(RELEASES))
system = st.tuples(
    st.sampled_from(["Alpine", "Debian"]),
    st.integers(8, 12),
    st.booleans(),
    st.sets(st.sampled_from(["x64", "arm64", "riscv"]), min_size=1),
    st.sampled_from(RELEASES),
)
ask_for = st.tuples(
    st.sampled_from(["", "Fa", "Fb", "Fc"]),
    st.sampled_from(["", "Alpine", "Debian", "Gentoo"]),
    st.integers(7, 13),
    st.booleans(),
    st.sampled_from(["", "x64", "arm64", "riscv"]),
    st.sampled_from(["", *(f"{n}.{m}" for n in (1, 2, 3, 4, 5) for m in (0, 1))]),
)


def generated(
    features: list[tuple[str, int, int]], systems: list[tuple[str, int, bool, set[str], int]], levels: list[str]
) -> Site:
    """A site with the features and systems of a library with four releases."""
    releases = "".join(
        f'    r{n}: {{versions: ">={n},<{n + 1}", support: {{ga: 2020-01-0{n}{level}}}}}\n'
        for n, level in zip(RELEASES, levels, strict=True)
    )
    first = "".join(
        f'    f{"abc"[i]}: {{name: F{"abc"[i]}, since: "{state.format(v=v, w=v + w)}"}}\n'
        for i, (state, v, w) in enumerate(features)
    )
    second = "".join(
        f'    s{i}: {{os: {os}, versions: "{version}{"+" if open_ else ""}", cpu: [{", ".join(sorted(cpus))}], lib: ">={lib}"}}\n'
        for i, (os, version, open_, cpus, lib) in enumerate(systems)
    )
    facts = f"""\
releases:
  fields: {{versions: versions, support: lifecycle}}
  records:
{releases}features:
  fields: {{name: text, since: support of releases}}
  records:
{first}systems:
  fields: {{os: text, versions: versions, cpu: list of text, lib: versions of releases}}
  records:
{second}tables:
  features: {{caption: F, from: features, columns: [{{header: Feature, field: name}}, {{header: Since, field: since}}]}}
  systems: {{caption: S, from: systems, columns: [{{header: OS, field: os}}, {{header: Versions, field: versions}}, {{header: CPU, field: cpu}}, {{header: Library, field: lib}}]}}
"""
    return load(tiny(facts, "<< tables.features >>\n\n<< tables.systems >>"))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(feature, min_size=3, max_size=3),
    st.lists(system, min_size=1, max_size=4),
    st.lists(st.sampled_from(["", ", eol: 2025-01-01"]), min_size=4, max_size=4),
    st.lists(ask_for, min_size=6, max_size=6),
)
def test_no_answer_contradicts_the_tables(features, systems, levels, questions) -> None:  # type: ignore[no-untyped-def]
    found = generated(features, systems, levels)
    for name, os, os_version, with_version, cpu, library in questions:
        os_version_text = f" {os_version}" if os and with_version else ""
        terms = [name, f"{os}{os_version_text}" if os else "", cpu, f"Python {library}" if library else "", "Web"]
        given = answers(found, DAYS["own"], ", ".join(filter(None, terms)))
        if given not in ("yes", "no"):
            continue
        if given == "no" and name and not library and features["abc".index(name[1])][0].startswith("removed"):
            continue  # without a version, a removed feature is No, even if old releases have it
        versions = [float(library)] if library else [n + m / 10 for n in RELEASES for m in range(10)]
        truths = [
            truth(features, systems, name, os, os_version if os and with_version else None, cpu, v) for v in versions
        ]
        alive = [t for t, v in zip(truths, versions, strict=True) if int(v) in RELEASES and not levels[int(v) - 1]]
        assert True in alive if given == "yes" else True not in truths, (terms, given)


def truth(features, systems, name, os, os_version, cpu, library) -> bool:  # type: ignore[no-untyped-def]
    """Whether the tables state that all terms are supported with a version of the library."""
    if name:
        state, v, w = features["abc".index(name[1])]
        if state == "{v}.0" and library < v:
            return False
        if state == ">={v}.0,<{w}" and not v <= library < v + w:
            return False
        if state == "removed {v}.0" and library >= v:
            return False
        if state in ("no", "partial", "preview >={v}.0", "planned {v}.0"):
            return False
    if not os and not cpu:
        return True
    return any(
        (not os or row_os == os)
        and (not cpu or cpu in cpus)
        and library >= lib
        and (os_version is None or os_version == first or (open_ and os_version > first))
        for row_os, first, open_, cpus, lib in systems
    )
