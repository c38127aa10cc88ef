"""Templates that would run forever or fill the memory stop at a limit, with a finding, at the same place everywhere."""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from sitegen.findings import Finding, Place, as_text
from sitegen.formats import USUAL
from sitegen.templates import limits
from sitegen.templates.limits import AbandonedError, interruptible
from tests.support.commands import Capture, do
from tests.support.previews import serving
from tests.support.requests import ask, status_of
from tests.support.requirements import slow
from tests.support.sites import build, built, checked, load, tiny

DAY = "2026-04-01"
FACTS = """\
features:
  fields: {name: text, since: support}
  records:
    login: {name: Log in, since: 1.0.0}
tables:
  features:
    caption: Features
    from: features
    columns: [{header: HEADER, field: name}, {header: Since, field: since}]
"""
DOUBLED = "<% set x = 'aaaaaaaaaa' %>" + "<% set x = x ~ x %>" * 60
LARGE = "<% set x = 'a'.center(900000, 'a') %>"


def loops(count: int, body: str) -> str:
    """Nested loops."""
    return "".join(f"<% for a{i} in range(100) %>" for i in range(count)) + body + "<% endfor %>" * count


# Templates and the limits that they reach. Without limits, they need minutes or gigabytes, or never end.
STEPS, WRITES, LONG, ITEMS = "takes more than", "writes more than", "the text has more than", "the list has more than"
BOMBS = {
    "seven loops": (loops(7, "x"), STEPS),
    "loops over constants": ("<% for a in 'abcdefghij' %>" * 7 + "x" + "<% endfor %>" * 7, STEPS),
    "a loop with a condition that is never true": (
        "<% for a in range(100000) %><% for b in range(100000) if '' %>x<% endfor %><% endfor %>",
        STEPS,
    ),
    "much text in a loop": ("<% for a in range(100000) %>" + "word " * 1000 + "<% endfor %>", WRITES),
    "a large value in a loop": (LARGE + "<% for a in range(100000) %><< x >><% endfor %>", WRITES),
    "a table in a loop": ("<% for a in range(100000) %>\n\n<< tables.features >>\n\n<% endfor %>", WRITES),
    "a question in a loop": (loops(3, '<< tables.features.highest("since") >>'), STEPS),
    "assignments in a loop": (
        "<% set x = 1 %><% for a in range(2) %>" + "<% set x = x %>" * 3000 + "<% endfor %>",
        "a loop does not change 'x'",
    ),
    "center": ("<< 'a'.center(10**9) >>", "1,000,000,000 is more than"),
    "the filter center": ("<< 'a'|center(1000000000) >>", "1,000,000,000 is more than"),
    "ljust": ("<< 'a'.ljust(10**9) >>", "1,000,000,000 is more than"),
    "zfill": ("<< '1'.zfill(10**9) >>", "1,000,000,000 is more than"),
    "expandtabs": ("<< '\t'.expandtabs(10**9) >>", "wrong type"),
    "a text times a number": ("<< 'a' * 1000 * 1000 * 1000 >>", "only numbers can be multiplied"),
    "a list times a number": ("<< [1] * 10**9 >>", "only numbers can be multiplied"),
    "texts that double": (DOUBLED, LONG),
    "texts that are added up": (DOUBLED.replace("~", "+"), LONG),
    "lists that double": ("<% set x = [1] %>" + "<% set x = x + x %>" * 60, ITEMS),
    "lists in lists": ("<% set x = [1] %>" + "<% set x = [x, x] %>" * 60, ITEMS),
    "tuples in tuples": ("<% set x = (1,) %>" + "<% set x = (x, x) %>" * 60, ITEMS),
    "mappings in mappings": ("<% set x = {} %>" + "<% set x = {'a': x, 'b': x} %>" * 60, ITEMS),
    "dict() in dict()": ("<% set x = dict(a=1) %>" + "<% set x = dict(a=x, b=x) %>" * 60, ITEMS),
    "lists cut and doubled": ("<% set x = [1] %>" + "<% set x = (x + x)|batch(1000)|list %>" * 60, ITEMS),
    "arguments of a macro": (
        "<% set ns = namespace(x=(1,)) %><% macro m() %><% set ns.x = varargs %><% endmacro %>"
        + "<% set y = m(ns.x, ns.x) %>" * 60,
        ITEMS,
    ),
    "a power": ("<< 10**(10**8) >>", "the number is too large"),
    "numbers that are squared": ("<% set x = 99999 %>" + "<% set x = x*x %>" * 60, "the number is too large"),
    "a number in a great base": ("<% set x = 'f'.ljust(900000, 'f')|int(0, 16) %>", "the number is too large"),
    "rounded to many places": ("<< 1.5|round(10**9, 'ceil') >>", "1,000,000,000 is more than"),
    "format": ("<< '{:1000000000}'.format(1) >>", "a width is too large"),
    "format with a width": ("<< '{:{w}}'.format(1, w=1000000000) >>", "a width is too large"),
    "format that repeats": (
        LARGE + "<% set f = '{0}' %>" + "<% set f = f ~ f %>" * 16 + "<< f.format(x)|length >>",
        LONG,
    ),
    "percent": ("<< '%1000000000d' % 1 >>", "a width is too large"),
    "percent with a width": ("<< '%*d' % (1000000000, 1) >>", "a width is too large"),
    "the filter format": ("<< '%.1000000000f'|format(1) >>", "a width is too large"),
    "percent that repeats": (
        LARGE + "<% set f = '%(a)s' %>" + "<% set f = f ~ f %>" * 16 + "<< (f % {'a': x})|length >>",
        LONG,
    ),
    "replace": (LARGE + "<< x.replace('a', x)|length >>", LONG),
    "the filter replace": (LARGE + "<< x|replace('a', x)|length >>", LONG),
    "replace between letters": (LARGE + "<< x|replace('', x)|length >>", LONG),
    "join": (LARGE + "<< x.join(x)|length >>", LONG),
    "the filter join": (LARGE + "<< range(100000)|join(x)|length >>", LONG),
    "a filter for each item": (LARGE + "<< range(100000)|map('replace', '1', x)|join|length >>", LONG),
    "translate": ("<< 'aaa'.translate({97: 'b'}) >>", "wrong type"),
    "indent": ("<< 'a'|indent(10**9) >>", "1,000,000,000 is more than"),
    "indent by a text": (LARGE + "<< x|replace('aa', '\n')|indent(x)|length >>", LONG),
    "tags without number": (LARGE + "<< x|replace('aaaaaaa', '<!---->')|striptags|length >>", STEPS),
    "batch": ("<< [1]|batch(10**9, 'x')|list|length >>", "1,000,000,000 is more than"),
    "slice": ("<< [1]|slice(10**9)|list|length >>", "1,000,000,000 is more than"),
    "JSON indented": ("<< [[1]]|tojson(10**8) >>", "100,000,000 is more than"),
    "sums of lists": ("<% set x = [[1]] %><< x|sum(start=[])|length >>", "only numbers can be added up"),
    "strip": (LARGE + "<< x.strip(x) >>", "is more than"),
    "parts of a text": (LARGE + "<% for a in range(100000) %><% set y = x[1:] %><% endfor %>", WRITES),
    "comparisons of long texts": (LARGE + LARGE.replace("x", "y") + loops(3, "<% if x == y %><% endif %>"), STEPS),
    "searches in a list": ("<% for a in range(100000) %><% if -1 in range(100000) %>x<% endif %><% endfor %>", STEPS),
    "searches with a test": (
        "<% for a in range(100000) %><% if a is in range(100000) %><% endif %><% endfor %>",
        STEPS,
    ),
    "largest of a list": ("<% for a in range(100000) %><% set y = range(100000)|max %><% endfor %>", STEPS),
    "a list sorted again": ("<% for a in range(100000) %><% set y = range(100000)|sort %><% endfor %>", STEPS),
    "a macro that calls itself twice": (
        "<% macro m(n) %><% if n %><% set a = m(n-1) %><% set b = m(n-1) %><% endif %><% endmacro %><% set c = m(60) %>",
        STEPS,
    ),
    "a macro without end": ("<% macro m() %><% set a = m() %><% endmacro %><% set b = m() %>", "includes itself"),
    "a loop that calls itself": (
        "<% set x = range(100)|list %><% for a in x recursive %><% set b = loop(x) %><% endfor %>",
        "includes itself",
    ),
    "brackets": ("<< " + "(" * 5000 + "1" + ")" * 5000 + " >>", "nested too deep"),
    "signs": ("<< " + "-" * 20000 + "1 >>", "nested too deep"),
    "conditions": ("<% if true %>" * 2000 + "x" + "<% endif %>" * 2000, "nested too deep"),
    "a chain of filters": ("<< 'a'" + "|upper" * 20000 + " >>", "nested too deep"),
    "a chain of fields": ("<< product" + ".a" * 20000 + " >>", "'product' has no 'a'"),
}


def errors(texts: Mapping[str, bytes]) -> list[Finding]:
    """The errors of a build."""
    return [finding for finding in build(load(texts), DAY).findings if finding.severity == "error"]


@pytest.mark.parametrize("name", [slow(name) if name == "a question in a loop" else name for name in BOMBS])
def test_a_page_stops_at_a_limit(name: str) -> None:
    template, message = BOMBS[name]
    started = time.process_time()
    found = errors(tiny(FACTS, template + "\n"))
    assert time.process_time() - started < 10, "a limit is reached quickly"
    assert [finding.place.file for finding in found] == ["content/page.md"]
    assert message in found[0].message
    assert found[0].code in ("template-limit", "template-error", "undefined-name")
    assert found[0].place.line > 3


NESTED = {
    "brackets": lambda depth: "<< " + "(" * depth + "1" + ")" * depth + " >>",
    "conditions": lambda depth: "<% if true %>" * depth + "x" + "<% endif %>" * depth,
    "filters": lambda depth: "<< 'a'" + "|upper" * depth + " >>",
}


@pytest.mark.parametrize("name", NESTED)
def test_any_depth_is_a_page_or_a_finding(name: str) -> None:
    """Versions of Python differ in the depth that they allow; a low limit has the same effect."""
    before, messages = sys.getrecursionlimit(), []
    sys.setrecursionlimit(len(inspect.stack()) + 300)
    try:
        for depth in range(10, 310, 20):
            messages += [finding.message for finding in errors(tiny(FACTS, NESTED[name](depth) + "\n"))]
    finally:
        sys.setrecursionlimit(before)
    assert 0 < len(messages) < 15
    assert all("nested too deep" in message for message in messages)


HEADER = "\"<< 'a'.center(10**9) >>\""
# A large value in a header, a path, a theme and a partial.
WHERE = {
    "a header": {},
    "a path of pages": {"sitegen_yaml": "pages: {hugo: \"hugo/<< product.id >><< 'a'.center(10**9) >>.md\"}\n"},
    "a path of partials": {
        "sitegen_yaml": "partials: {p: {path: \"<< product.id >>/<< library.id >><< 'a'.center(10**9) >>\", tables: [features]}}\n"
    },
    "a title": {"content__page_md": "---\ntitle: \"<< 'a'.center(10**9) >>\"\n---\n<< tables.features >>\n"},
    "an include": {"content__page_md": "---\ntitle: A\n---\n<% include '_a.md' %>\n", "content___a_md": loops(7, "x")},
    "a theme": {"themes__default__page_html": loops(7, "x")},
    "a macro of a theme": {
        "themes__default__page_html": "<% macro m(n) %>x<% if n %><< m(n-1) >><< m(n-1) >><% endif %><% endmacro %><< m(60) >>"
    },
    "a block of a theme that doubles": {
        "themes__default__page_html": "<% set x %>aaaaaaaaaa<% endset %>" + "<% set x %><< x >><< x >><% endset %>" * 60
    },
    "calls in calls of a theme": {
        "themes__default__page_html": "<% macro m() %><< caller() >><< caller() >><% endmacro %>"
        + "<% call m() %>" * 30
        + "x"
        + "<% endcall %>" * 30
    },
    "a theme that includes itself": {
        "themes__default__page_html": "<% include 'page.html' %><% include 'page.html' %>"
    },
    "a theme that includes in a loop": {
        "themes__default__page_html": loops(2, "<% include 'more.html' %>"),
        "themes__default__more_html": "word " * 5000,
    },
    "a theme that imports itself": {"themes__default__page_html": "<% import 'page.html' as p %>x"},
    "a block that shows itself": {
        "themes__default__page_html": "<% block a %><< self.a() >><< self.a() >><% endblock %>"
    },
    "a partial": {
        "sitegen_yaml": "partials: {p: {path: << product.id >>/<< library.id >>, tables: [features]}}\n",
        "content__page_md": "---\ntitle: A\n---\n<< partials.p >>\n",
        "partials__fragment_html": "<% for table in tables %>" + loops(7, "x") + "<% endfor %>",
    },
}


@pytest.mark.parametrize("where", WHERE)
def test_every_template_has_limits(where: str) -> None:
    files = {**WHERE[where]}
    facts = FACTS.replace("HEADER", "Feature") if where != "a header" else FACTS.replace("HEADER", HEADER)
    started = time.process_time()
    found = errors(tiny(facts, "<< tables.features >>\n", **files))
    assert time.process_time() - started < 10
    assert found
    assert {finding.code for finding in found} <= {"template-limit", "template-error"}
    if "itself" not in where:
        assert "template-limit" in {finding.code for finding in found}


def test_a_limit_is_an_error_with_the_line(tmp_path: Path, capsys: Capture) -> None:
    for name, data in tiny(FACTS, f"A line.\n\n{loops(7, 'x')}\n").items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    for command in ("build", "check"):
        said = do(capsys, command, "--root", tmp_path, "--as-of", DAY)
        assert said.code == 1
        assert (
            "error[template-limit]: the template takes more than 1,000,000 steps\n --> content/page.md:6:" in said.err
        )
    assert not (tmp_path / "output").exists()


@pytest.mark.slow
def test_a_template_that_reaches_a_limit_is_not_run_for_each_page() -> None:
    products = "".join(f"    p{i}: {{name: P{i}}}\n" for i in range(30))
    roles = f"products:\n  fields: {{name: text}}\n  records:\n{products}libraries: {{fields: {{name: text}}, records: {{a: {{name: A}}}}}}\n"
    started = time.process_time()
    found = errors(tiny(FACTS, loops(7, "<< product.name >>") + "\n", content__roles_yaml=roles))
    assert time.process_time() - started < 10
    assert {finding.code for finding in found} == {"template-limit"}


def test_normal_templates_are_far_below_the_limits() -> None:
    page = """\
<% for a in range(300) %><% for b in range(30) %><< product.name ~ " " ~ a >> <% endfor %>
<% endfor %>

<< "x".center(20) >> << "%05d" % 7 >> << "{:>10}".format("a") >> << [3, 1, 2]|sort|join(", ") >> << 2 ** 10 >>
<< "a-b"|replace("-", "+") >> << ["a", "b"]|batch(2)|list|length >> << "a" + "b" >>
"""
    text = (
        built(tiny(FACTS.replace("HEADER", "Feature"), page + "\n<< tables.features >>\n"))
        .files["markdoc/web/python.md"]
        .text
    )
    assert "00007" in text
    assert "1, 2, 3" in text
    assert text.count("Web") == 9000


def test_a_large_site_can_list_all_its_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_STEPS", 1000)
    facts = FACTS.replace("HEADER", "Feature")
    records = "".join(f"    lib-{i}: {{name: Library {i}}}\n" for i in range(400))
    products = "".join(f"    p{i}: {{name: P{i}}}\n" for i in range(3))
    roles = f"products:\n  fields: {{name: text}}\n  records:\n{products}libraries:\n  fields: {{name: text}}\n  records:\n{records}"
    index = """\
<% macro m(all, library) %><< library.pages|length >><% endmacro %>
<% for library in libraries %>
<< m(libraries, library) >>
<% endfor %>
"""
    texts = tiny(facts, "<< tables.features >>\n", content__roles_yaml=roles, themes__default__index_html=index)
    assert built(texts).files["html/index.html"].text.split() == ["3"] * 400


def test_a_build_is_abandoned_if_it_is_no_longer_needed() -> None:
    def look() -> None:
        raise AbandonedError

    site = load(tiny(FACTS.replace("HEADER", "Feature"), "<< tables.features >>\n"))
    with interruptible(look), pytest.raises(AbandonedError):
        build(site, DAY)
    assert build(site, DAY).files


def test_a_finding_shows_a_part_of_a_long_line() -> None:
    finding = Finding("code", "message", Place("a", 1, 5001, 4), "hint")
    *_, line, marks = as_text(finding, {"a": ["x" * 5000 + "HERE" + "y" * 5000]}).splitlines()
    assert len(line) < 1010
    assert line[marks.index("^") :].startswith("HEREy")


REPEATED = {
    "a page": (
        "1.2.3 ",
        "[^1]",
        "2026-01-01 ",
        "[a](#b)",
        "<!--",
        "v1.0+ ",
        "{% a ",
        "{{< a ",
        "## a {#a}\n",
        "![a](",
        "> ",
    ),
    "a name": ("1.", "[", "`", "<", "the the "),
    "a text": ("`", "<", "2026-01-01 ", "*a _b "),
}


@pytest.mark.slow
@pytest.mark.parametrize(("where", "text"), [(where, text) for where in REPEATED for text in REPEATED[where]])
def test_thousands_of_repetitions_are_fast(where: str, text: str) -> None:
    long = text * (30_000 // len(text))
    facts = FACTS.replace("HEADER", "Feature").replace("since: support}", "since: support, more: optional markdown}")
    value = f'"{long.strip()}"'
    facts = facts.replace("name: Log in", f"name: {value}" if where == "a name" else "name: Log in")
    facts = facts.replace("since: 1.0.0}", f"since: 1.0.0, more: {value if where == 'a text' else 'x'}}}")
    texts = tiny(facts, (long if where == "a page" else "") + "\n\n<< tables.features >>\n")
    started = time.process_time()
    checked(texts, date.fromisoformat(DAY), formats=USUAL)
    assert time.process_time() - started < 5


# --- the preview ---------------------------------------------------------------------


def slow_site(folder: Path) -> Path:
    """A site that takes minutes to build: many pages, each just below the limits."""
    products = "".join(f"    p{i}: {{name: P{i}}}\n" for i in range(300))
    roles = f"products:\n  fields: {{name: text}}\n  records:\n{products}libraries: {{fields: {{name: text}}, records: {{a: {{name: A}}}}}}\n"
    page = "<% if product %><% for a in range(50000) %><< product.name >> <% endfor %><% endif %>\n"
    for name, data in tiny("", page, content__roles_yaml=roles).items():
        if not name.startswith(("themes/", "partials/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    return folder


@pytest.mark.slow
def test_the_preview_answers_during_a_build_and_abandons_it_after_a_change(tmp_path: Path) -> None:
    site = slow_site(tmp_path / "site")
    with serving(site, "-q", seconds=60) as server:
        server.wait_for("still building", 30)
        page = ask(server, "/")
        assert page.status == 503
        assert b"<h1>Building the site</h1>" in page.body
        assert status_of(server)["building"] is True
        (site / "content/page.md").write_text("---\ntitle: Short\n---\nA page.\n", "utf-8")
        server.until(lambda: ask(server, "/p0/a/").status == 200, 30)
        server.until(lambda: status_of(server)["building"] is False, 30)


def test_ctrl_c_ends_a_preview_during_a_build(tmp_path: Path) -> None:
    with serving(slow_site(tmp_path / "site"), "-q", seconds=60) as server:
        server.wait_for("still building", 30)
        assert server.interrupt() == 0
