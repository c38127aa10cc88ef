"""Typing errors in sources and on the command line: each is one finding at its place, with a hint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from sitegen.cli import main
from tests.support.checked_site import FACTS, JAVA, PAGE, SETTINGS, TEXTS, found
from tests.support.sites import tiny

Capture = pytest.CaptureFixture[str]

SMALL = """\
features:
  fields: {name: text, since: support}
  records:
    login: {name: Login, since: 1.9.0}
    search: {name: Search, since: 2.3.0}
tables:
  features:
    caption: Features
    from: features
    columns: [{header: Feature, field: name}, {header: Since, field: since}]
"""
LOGIN = "    login: {name: Login, since: 1.9.0}"


def write(folder: Path, texts: Mapping[str, bytes]) -> Path:
    """Write the sources of a site."""
    for name, data in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def told(texts: Mapping[str, bytes], folder: Path, capsys: Capture) -> list[str]:
    """The findings that `check` prints: the first two lines and the hint of each."""
    assert main(["check", "--root", str(write(folder, texts)), "--as-of", "2026-11-20"]) in (0, 1)
    blocks = [block for block in capsys.readouterr().err.split("\n\n") if "-->" in block]
    return [" ".join(line.strip(" |^=>-") for line in block.split("\n")) for block in blocks]


SLIPS = {
    "a blank after ':' in braces": (LOGIN, "    login: {name: Login, since:1.9.0}", "4:26", "a space is missing after 'since:'", "write 'since: 1.9.0'"),
    "a blank after ':' on a line": (LOGIN, "    login:\n      name: Login\n      since:1.9.0", "6:12", "a space is missing after 'since:'", "write 'since: 1.9.0'"),
    "a blank after ':' on the first line": (LOGIN, "    login:\n      name:Login\n      since: 1.9.0", "5:11", "a space is missing after 'name:'", "write 'name: Login'"),
    "a blank after '-'": (LOGIN, "    login:\n      name: Login\n      since:\n        -1.9.0\n        -{is: 2.0.0, from: 2025-01-01}", "7:9", "a space is missing after '-'", "write '- 1.9.0'"),
    "no ':' before braces": (LOGIN, "    login {name: Login, since: 1.9.0}", "4:10", "a ':' is missing after 'login'", "write 'login: {'"),
    "no ':' in braces": (LOGIN, "    login: {name Login, since: 1.9.0}", "4:13", "unknown field 'name Login'", "write 'name: Login'"),
    "'=' for ':'": (LOGIN, "    login: {name: Login, since= 1.9.0}", "4:26", "unknown field 'since= 1.9.0'", "write 'since: 1.9.0'"),
    "no ':' after a word": ("  records:\n", "  records\n", "3:10", "a ':' is missing after 'records'", "write 'records:'"),
    "a line too far left": (LOGIN, "    login:\n      name: Login\n     since: 1.9.0", "6:6", "indented by 5 spaces, and line 5 by 6", "indent it by 6 spaces"),
    "a line too far right": (LOGIN, "    login:\n      name: Login\n       since: 1.9.0", "6:8", "indented by 7 spaces, and line 5 by 6", "indent it by 6 spaces"),
    "a first record too far left": (LOGIN, LOGIN[1:], "4:4", "indented by 3 spaces, and line 5 by 4", "indent it by 4 spaces"),
    "a second record too far right": ("    search:", "     search:", "5:6", "indented by 5 spaces, and line 4 by 4", "indent it by 4 spaces"),
    "a second record too far left": ("    search:", "   search:", "5:4", "indented by 3 spaces, and line 4 by 4", "indent it by 4 spaces"),
    "a first key too far right": ("  fields:", "   fields:", "2:4", "indented by 3 spaces, and line 3 by 2", "indent it by 2 spaces"),
    "a second key too far right": ("  records:", "    records:", "3:5", "indented by 4 spaces, and line 2 by 2", "indent it by 2 spaces"),
    "a tab": (LOGIN, "\tlogin: {name: Login, since: 1.9.0}", "4:1", "tabs", "use spaces"),
    "an apostrophe": ("name: Login", "name: 'It's'", "4:23", "is missing here", "write '' for an apostrophe"),
    "text after a quote": ("name: Login", 'name: "Log" in', "4:25", "is missing here", "quote the whole value"),
    "text after a bracket": ("name: Login", "name: [beta] Login", "4:26", "is missing here", "quote the whole value"),
    "an open quote": ("name: Login", 'name: "Login', "4:19", "this quote is not closed", "close it"),
    "an '@'": ("name: Login", "name: @login", "4:19", "a value cannot begin with '@'", "quote the value"),
    "a backtick": ("name: Login", "name: `login`", "4:19", "a value cannot begin with '`'", "quote the value"),
    "a ': ' in a value": (LOGIN, "    login:\n      name: Login: all\n      since: 1.9.0", "5:18", "unexpected ':'", "quote the value"),
    "a missing comma": ("name: Login, since", "name: Login since", "4:30", "unexpected ':'", "is a ',' missing?"),
    "items beside keys": (LOGIN, LOGIN.replace("login", "- login"), "5:5", "list items and keys", "begin all lines with '- '"),
    "a key twice": ("name: Login", "name: Login, name: In", "4:26", "'name'", "keep one of the two"),
    "a check mark": ("since: 1.9.0", "since: \u2713", "4:33", "is not a state of support", "write 'yes'"),
    "a green box": ("since: 1.9.0", "since: \u2705", "4:33", "is not a state of support", "write 'yes'"),
    "a cross": ("since: 1.9.0", "since: \u2717", "4:33", "is not a state of support", "write 'no'"),
    "true": ("since: 1.9.0", "since: true", "4:33", "is not a state of support", "write 'yes'"),
    "N/A": ("since: 1.9.0", "since: N/A", "4:33", "is not a state of support", "write 'not applicable'"),
    "a dash": ("since: 1.9.0", 'since: "-"', "4:33", "is not a state of support", "'none' if there is no value"),
    "a capital": ("since: 1.9.0", "since: Yes", "4:33", "is not a state of support", "did you mean 'yes'?"),
}  # fmt: skip


@pytest.mark.parametrize("name", SLIPS)
def test_a_typing_error_is_one_finding_with_the_right_hint(name: str, tmp_path: Path, capsys: Capture) -> None:
    old, new, place, message, hint = SLIPS[name]
    assert SMALL.count(old) == 1
    (finding,) = told(tiny(SMALL.replace(old, new), "<< tables.features >>\n"), tmp_path, capsys)
    assert finding.startswith("error[")
    assert f"content/facts.yaml:{place} " in finding
    assert message in finding
    assert hint in finding


RELEASES = "releases:\n  fields: {%s}\n  records: {}\n"


@pytest.mark.parametrize(
    ("fields", "message", "hint"),
    [
        ("support: lifecycle", "it has no field of type versions", "add it to the fields of 'releases'"),
        ("versions: versions", "it has no field of type lifecycle", "such as 'lifecycle: lifecycle'"),
        (
            "support: lifecycle, of: versions of releases",
            "has no field of type versions",
            "declare 'of: versions'",
        ),
        ("name: text", "no field of type lifecycle or versions", "name a dataset of releases"),
    ],
)
def test_a_dataset_that_is_not_a_ladder_has_one_finding(
    fields: str, message: str, hint: str, tmp_path: Path, capsys: Capture
) -> None:
    facts = SMALL.replace("since: support}", "since: support of releases}").replace(
        "tables:", RELEASES % fields + "tables:"
    )
    findings = told(tiny(facts, "<< tables.features >>\n"), tmp_path, capsys)
    assert all("[no-ladder]" in finding and message in finding and hint in finding for finding in findings)
    assert findings


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "--as-of", "2026-02-30"], "--as-of: the date 2026-02-30 does not exist"),
        (["check", "--as-of", "soon"], "--as-of: 'soon' is not a date such as 2026-04-01"),
        (["check", "--format", "jsn"], "did you mean 'json'?"),
        (["check", "--color", "alway"], "did you mean 'always'?"),
        (["check", "--as-off", "2026-02-03"], "did you mean '--as-of'?"),
        (["upcoming", "--days", "ten"], "--days: 'ten' is not a number from 1 to 3660"),
        (["serve", "--port", "99999"], "--port: '99999' is not a number from 0 to 65535"),
        (["chek"], "did you mean 'check'?"),
    ],
)
def test_a_typing_error_on_the_command_line_is_reported(
    arguments: list[str], words: str, tmp_path: Path, capsys: Capture
) -> None:
    root = [] if len(arguments) == 1 else ["--root", str(write(tmp_path, tiny(SMALL, "<< tables.features >>\n")))]
    try:
        code = main([*arguments, *root])
    except SystemExit as end:
        code = int(end.code or 0)
    assert code == 2
    assert words in capsys.readouterr().err


# --- merge conflicts -----------------------------------------------------------------

OURS, THEIRS = "<<<<<<< HEAD\n", ">>>>>>> feature/x\n"
CONFLICTS = {
    "both sides": (f"{OURS}one\n=======\ntwo\n{THEIRS}", 1, "(HEAD / feature/x)"),
    "with the base": (f"{OURS}one\n||||||| 1a2b3c4\nzero\n=======\ntwo\n{THEIRS}", 1, "(HEAD / feature/x)"),
    "the end is left": (f"one\n=======\ntwo\n{THEIRS}", 2, "(feature/x)"),
    "the base and the end are left": (f"one\n||||||| 1a2b3c4\nzero\n=======\ntwo\n{THEIRS}", 2, "(feature/x)"),
    "the last line is left": (f"one\n{THEIRS}", 2, "(feature/x)"),
    "the first line is left": (f"one\n{OURS}two\n", 2, "(HEAD)"),
    "below a heading": (f"one\n=======\n\n{OURS}two\n=======\nthree\n{THEIRS}", 4, "(HEAD / feature/x)"),
    "without names": ("<<<<<<<\none\n=======\ntwo\n>>>>>>>\n", 1, ""),
    "two of them": (f"{OURS}one\n=======\ntwo\n{THEIRS}" * 2, 1, "(HEAD / feature/x)"),
}


@pytest.mark.parametrize("name", CONFLICTS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_merge_conflict_is_one_finding(name: str, ending: str) -> None:
    conflict, line, sides = CONFLICTS[name]
    body = TEXTS[PAGE] + conflict
    (finding,) = found({**TEXTS, PAGE: body.replace("\n", ending)})
    assert (finding.code, finding.severity, finding.place.column) == ("merge-conflict", "error", 1)
    assert finding.place.line == TEXTS[PAGE].count("\n") + line
    assert finding.message == f"unresolved merge conflict {sides}".strip()


@pytest.mark.parametrize(
    "file",
    [FACTS, JAVA, PAGE, SETTINGS, "content/_part.md", "partials/table.html", "themes/page.html", "themes/style.css"],
)
def test_nothing_is_written_with_a_merge_conflict_in_any_source(file: str, tmp_path: Path, capsys: Capture) -> None:
    texts = {**tiny(SMALL, "<< tables.features >>\n"), **{name: text.encode() for name, text in TEXTS.items()}}
    del texts["content/roles.yaml"]
    texts[file] = (TEXTS[PAGE] if file == PAGE else "").encode() + f"{OURS}a: b\n=======\na: c\n{THEIRS}".encode()
    root = write(tmp_path, texts)
    assert main(["build", "--root", str(root), "--as-of", "2026-11-20"]) == (2 if file == SETTINGS else 1)
    said = capsys.readouterr().err
    assert said.count("error[") == 1
    assert "error[merge-conflict]: unresolved merge conflict (HEAD / feature/x)\n" in said
    assert f"--> {file}:" in said
    assert not (root / "output").exists()


@pytest.mark.parametrize("marker", ["=======", "||||||| 1a2b3c4", "|||||||"])
def test_each_conflict_marker_in_yaml_is_one_finding(marker: str) -> None:
    (finding,) = found({**TEXTS, FACTS: TEXTS[FACTS].replace("\ntables:", f"\n{marker}\ntables:", 1)})
    assert finding.code == "merge-conflict"


@pytest.mark.parametrize(
    "text", ["Setup\n=======\n\nText.", "|||||||\n|---|---|---|---|---|---|\n", "> > >>>>>>> quoted"]
)
def test_lines_that_only_look_like_conflict_markers(text: str) -> None:
    assert [f.code for f in found({**TEXTS, PAGE: TEXTS[PAGE] + f"\n{text}\n"}) if f.code == "merge-conflict"] == []


# --- causes without their consequences -----------------------------------------------

SPLIT = TEXTS[FACTS].index("tables:\n")
PARTS = {
    **TEXTS,
    FACTS: TEXTS[FACTS][:SPLIT].replace("since: 2.1.0, remark: none", "remark: none"),
    "content/tables.yaml": TEXTS[FACTS][SPLIT:],
    JAVA: TEXTS[JAVA] + "    export: {since: 2.2.0}\n",
    "content/python.yaml": "library: python\nfeatures:\n  records:\n    export: {since: 2.1.0}\n",
}


def test_the_site_of_several_files_has_no_finding() -> None:
    assert found(PARTS) == []


@pytest.mark.parametrize("text", ["", "# nothing here\n", " \n\n  \n", "---\n"], ids=repr)
@pytest.mark.parametrize("file", [FACTS, JAVA, "content/python.yaml", "content/tables.yaml"])
def test_an_emptied_file_is_one_finding(file: str, text: str) -> None:
    told = [(finding.code, finding.severity, finding.place.file) for finding in found({**PARTS, file: text})]
    assert told == [("empty-file", "error", file)]


def test_an_empty_file_that_nothing_refers_to_is_a_warning() -> None:
    told = [(finding.code, finding.severity) for finding in found({**PARTS, "content/later.yaml": "# later\n"})]
    assert told == [("empty-file", "warning")]


def test_an_empty_file_hides_no_typing_error() -> None:
    texts = {**PARTS, "content/later.yaml": "", PAGE: PARTS[PAGE].replace("tables.databases", "tables.databsaes")}
    assert sorted(finding.code for finding in found(texts)) == ["empty-file", "undefined-name"]


@pytest.mark.parametrize(
    ("library", "hint"), [("jvaa", "did you mean 'java'?"), ("cobol", "expected one of: java, python")]
)
def test_an_unknown_library_is_one_finding(library: str, hint: str) -> None:
    (finding,) = found({**PARTS, JAVA: PARTS[JAVA].replace("library: java", f"library: {library}")})
    assert (finding.code, finding.message, finding.hint) == ("unknown-library", f"unknown library '{library}'", hint)
    assert str(finding.place) == f"{JAVA}:1:10"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("library:", "unknown library ''"),
        ("library: [java, python]", "'library' must be a single library"),
        ("libary: java", "unknown key 'libary' in a file of facts"),
    ],
)
def test_a_typing_error_in_the_line_of_the_library_is_one_finding(said: str, told: str) -> None:
    (finding,) = found({**PARTS, JAVA: PARTS[JAVA].replace("library: java", said)})
    assert (finding.message, finding.place.file, finding.place.line) == (told, JAVA, 1)


def test_a_misspelt_dataset_in_the_file_of_a_library_is_one_finding() -> None:
    texts = {**PARTS, "content/python.yaml": PARTS["content/python.yaml"].replace("features:", "feature:")}
    (finding,) = [finding for finding in found(texts) if finding.place.file == "content/python.yaml"]
    assert (finding.code, finding.hint) == ("no-fields", "did you mean 'features'?")


@pytest.mark.parametrize("name", ["bridges", "binaries", "deliveries", "subproducts", "produce"])
def test_a_site_without_libraries_may_have_a_dataset_with_a_similar_name(
    name: str, tmp_path: Path, capsys: Capture
) -> None:
    facts = SMALL.replace("features:\n  fields", f"{name}:\n  fields").replace("from: features", f"from: {name}")
    page = "---\ntitle: Features\n---\n<< tables.features >>\n"
    texts = {"sitegen.yaml": "", "content/facts.yaml": facts, "content/page.md": page}
    write(tmp_path, {file: text.encode() for file, text in texts.items()})
    assert main(["check", "--root", str(tmp_path)]) == 0
    assert "error" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "slip", "hint"),
    [
        ("\ntables:", "\ntable:", "did you mean 'tables'?"),
        ("    from: features", "    form: features", "did you mean 'from'?"),
        ("    columns: [", "    colums: [", "did you mean 'columns'?"),
        ("since: support}", "since: version? of releases}", "write 'optional version of releases'"),
    ],
)
def test_a_misspelt_key_or_type_is_one_finding(
    text: str, slip: str, hint: str, tmp_path: Path, capsys: Capture
) -> None:
    (line,) = told(tiny(SMALL.replace(text, slip), "<< tables.features >>\n"), tmp_path, capsys)
    assert line.endswith(hint)


def test_a_finding_names_the_pages_of_the_library_that_lacks_a_value() -> None:
    (finding,) = found({**PARTS, JAVA: TEXTS[JAVA]})
    assert finding.message == "features 'export' has no 'since' on 2026-11-20"
    assert finding.shown_on == ("asm/java", "iast/java")


def test_a_finding_about_the_releases_of_a_library_names_its_pages() -> None:
    texts = {
        **TEXTS,
        JAVA: TEXTS[JAVA] + "releases:\n  records:\n    v2: {support: {ga: 2024-02-01, eol: 2026-06-01}}\n",
    }
    told = [finding for finding in found(texts) if finding.code == "dead-minimum"]
    assert told
    assert {finding.shown_on for finding in told} == {("asm/java", "iast/java")}
