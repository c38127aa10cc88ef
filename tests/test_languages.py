"""The texts of pages in the language of a site, and rules about counts and dates in other languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from sitegen.facts.values import STAGES, STATES
from sitegen.languages import catalogue
from sitegen.languages.catalogue import english, fields_of, shipped
from sitegen.source.yaml_reader import parse_yaml
from tests.support.browser import opened, started, written
from tests.support.sites import build, checked, load, tiny

TAGS = sorted(path.stem for path in Path(catalogue.__file__).parent.glob("*.yaml"))
DAY = date(2026, 4, 1)

FACTS = """\
parts:
  fields: {name: text, state: support, seen: date, level: lifecycle, ends: support, tags: list of text}
  records:
    one: {name: One, state: "yes", seen: 2026-03-10, level: {ga: 2025-05-01, eol: 2027-01-01}, ends: {is: deprecated 2.1, on: 2027-05-01}, tags: [x, y, z]}
    two: {name: Two, state: {is: partial, note: Some day.}, seen: ~2026-05-01, level: {lts: by 2025-05-01}, ends: {is: "no", note: None.}, tags: [x, y]}
    six: {name: Six, state: unknown, seen: 2026-Q3, level: {maintenance: 2024-01-10, deprecated: 2028-02-01}, ends: not tested, tags: [x]}
    old: {name: Old, state: "yes", seen: 2026, level: {ga: 2024-01, eol: 2026-01-01, extended: ~2027-06}, ends: "no", tags: [x]}
    new: {name: New, state: planned, seen: 2026, level: {planned: by 2024-01-10, beta: ~2026-07-01, ga: after tbd}, ends: "no", tags: [x]}
    run: {name: Run, state: ga, seen: 2026, level: {ga: 2024-01-10, deprecated: 2027-Q2, eol: after tbd}, ends: "no", tags: [x]}
    tbd: {name: Tbd, state: planned, seen: 2026, level: {beta: 2026-Q1, ga: ~2027-10}, ends: "no", tags: [x]}
    ten: {name: Ten, state: "no", seen: 2026-05, level: {beta: 2024-01-10}, ends: removed 3.2, tags: [x]}
tables:
  parts:
    caption: Parts
    from: parts
    columns:
      - {header: Name, field: name}
      - {header: State, field: state}
      - {header: Seen, field: seen}
      - {header: Level, field: level}
      - {header: Ends, field: ends}
      - {header: Tags, field: tags}
      - {header: Beta, field: level.ga}
      - {header: Now, field: level.current}
  names:
    from: parts
    layout: list
    columns: [{field: name}, {field: ends}]
"""

PAGE = """\
## Head

<< tables.parts.supported("level") | count("item", "items") >> × << parts.one.tags | sentence >> × << parts.two.tags | sentence >>
× << parts.one.ends >> × << parts.two.state | lowered >>

> [!WARNING]
> Hot

<< tables.parts >>

<< partials.parts >>

<< tables.names >>
"""


def in_language(settings: str, page: str = PAGE) -> dict[str, bytes]:
    partials = "title: Site\npartials:\n  parts: {path: << product.id >>/<< library.id >>/parts, tables: [parts]}\n"
    others = {
        f"content__{kind}_md": f"---\ntitle: {kind}\neach: {kind}\n---\n## Head\n"
        for kind in ("site", "product", "library")
    }
    return tiny(FACTS, page, sitegen_yaml=partials + settings, **others)


def output(texts: Mapping[str, bytes]) -> dict[str, str]:
    site = load(texts)
    made = build(site, DAY.isoformat())
    assert [finding for finding in made.findings if finding.severity == "error"] == []
    return {path: file.text for path, file in made.files.items()}


@pytest.mark.parametrize("tag", TAGS)
def test_a_language_has_the_texts_of_english(tag: str) -> None:
    language = shipped(tag)
    assert language is not None
    assert list(language.texts) == list(english().texts)
    for key, text in english().texts.items():
        assert fields_of(language.texts[key]) == fields_of(text), key
        assert type(language.texts[key]) is type(text), key
    assert len(language.list("months")) == 12
    assert {*STATES, *STAGES} <= language.texts.keys()
    assert language.rules.keys() <= {*english().rules, "numbers", "after"}


def test_english_has_the_labels_of_messages() -> None:
    assert {state: english().label(state) for state in (*STATES, *STAGES)} == {
        **STATES,
        **{stage: label for stage, (label, _) in STAGES.items()},
    }


PSEUDO = "lang: qaa\ntexts:\n" + "".join(
    f"  {key}: [{', '.join(f'ŧ{index}' for index, _ in enumerate(text))}]\n"
    if isinstance(text, tuple)
    else f'  "{key}": "⟦{" ".join(f"{{{name}}}" for name in sorted(fields_of(text)))}⟧"\n'
    for key, text in english().texts.items()
)
# What sitegen writes for programs, not for readers.
_FOR_PROGRAMS = re.compile(
    r"<!--.*?-->|<(?:meta|link|script|svg)\b[^>]*>|\[//\]: # .*|^# Generated.*|\{\{/\*.*?\*/ -\}\}|\{\{<.*?>\}\}"
    r"|\{%.*?%\}|<div class=\"alert alert-\w+\">"
    r"|\s(?!aria-label=|title=)[\w-]+=\"[^\"]*\"|</?[\w-]+|\sdata-\w+>",
    re.MULTILINE | re.DOTALL,
)


def test_no_page_has_words_that_are_neither_in_the_sources_nor_in_the_catalogue() -> None:
    texts = in_language(PSEUDO)
    own = {name: data for name, data in texts.items() if name.startswith("content/")}
    known = {word for data in own.values() for word in re.findall(r"[A-Za-z]+", data.decode())}
    known |= {"Site", "sitegen", "yaml", "parts", "doctype", "html", "title", "br", "label", "aria"}
    for path, text in output(texts).items():
        if "/assets/" in path:
            continue
        words = set(re.findall(r"[A-Za-z]{2,}", _FOR_PROGRAMS.sub(" ", text)))
        assert words <= known, path
    state = output(texts)["html/web/python/index.html"]
    for label in ("General", "Maintenance", "Deprecated", "May", "April", "four", ">yes", ">no<", "and"):
        assert label not in re.sub(r"<svg.*?>", "", state).replace("handle", ""), label
    assert 'lang="qaa"' in state


@pytest.mark.parametrize("tag", TAGS)
def test_pages_are_in_the_language_of_the_site(tag: str) -> None:
    language = shipped(tag)
    assert language is not None
    made = output(in_language(f"lang: {tag}\n"))
    html, markdoc = (
        made["html/web/python/index.html"],
        made["markdoc/web/python.md"].replace("&#46;", ".").replace("\\", ""),
    )
    assert f'<html lang="{tag}" dir="ltr">' in html
    expected = {
        "en": "four items × x, y, and z × x and y\n× Deprecated (2.1) × partial",
        "de": "vier items × x, y und z × x und y\n× Veraltet (2.1) × teilweise",
        "ja": "4items × x、y、およびz × xおよびy\n× 非推奨 (2.1) × 一部対応",
    }
    assert expected[tag] in markdoc
    cells = {
        "en": [
            "General Availability (until December 31, 2026)",
            "March 10, 2026",
            "expected May 1, 2026",
            "x, y, z",
            "(expected until June 2027)",
            "(until Q2 2027)",
            "Release of Tbd",
        ],
        "de": [
            "Allgemein verfügbar (bis 31. Dezember 2026)",
            "10. März 2026",
            "voraussichtlich 1. Mai 2026",
            "x, y, z",
        ],
        "ja": [
            "一般提供 (2026年12月31日まで)",
            "2026年3月10日",
            "2026年5月1日（予定）",
            "x、y、z",
            "(2027年6月まで（予定）)",
            "(2027年第2四半期まで)",
            "Tbdのリリース",
        ],
    }
    for cell in cells[tag]:
        assert cell in markdoc
        assert re.sub(r" \((?=\S)", " (", cell) in re.sub("<[^>]*>", "", html)
    assert f"<strong>{language.text('note')}</strong>" in made["hugo/layouts/partials/web/python/parts.html"]
    assert f"**{language.text('note')}**" in markdoc
    assert f'"nothing": "{language.text("script.nothing")}"' in made["html/assets/site.js"]


@pytest.mark.parametrize(
    ("tag", "direction"), [("ar", "rtl"), ("he-IL", "rtl"), ("az-Arab", "rtl"), ("fr", "ltr"), ("qaa", "ltr")]
)
def test_pages_have_the_direction_of_their_language(tag: str, direction: str) -> None:
    made = output(in_language(PSEUDO.replace("qaa", tag, 1)))
    for path in ("html/index.html", "html/web/python/index.html"):
        assert f'<html lang="{tag}" dir="{direction}">' in made[path]


def test_a_region_has_the_texts_of_its_language() -> None:
    made = output(in_language("lang: de-AT\n"))
    assert '<html lang="de-AT" dir="ltr">' in made["html/web/python/index.html"]
    assert "10. März 2026" in made["html/web/python/index.html"]


def test_a_site_replaces_texts() -> None:
    made = output(in_language('texts: {until: "through {date}", ga: Stable, note: Remark}\n'))
    assert "Stable (through December 31, 2026)" in made["markdoc/web/python.md"]
    assert "**Remark**" in made["markdoc/web/python.md"]
    assert "<strong>Remark</strong>" in made["hugo/layouts/partials/web/python/parts.html"]


def test_texts_are_escaped() -> None:
    made = output(in_language('texts: {page.skip: "<b> & \\"x\\"", table.back: "\\"><i>", note: "*<u>", ga: "<s>"}\n'))
    html = made["html/web/python/index.html"]
    assert not {"<b>", "<i>", "<u>", "<s>"} & set(re.findall("<[a-z]>", html))
    assert "<s>" not in made["markdoc/web/python.md"]
    assert "<u>" not in made["hugo/layouts/partials/web/python/parts.html"]


COUNTED = {
    "de": ("Zwei Parts werden unterstützt.", "Support bis zum 31. Mai 2025.", "Der Support endete am 31. Mai 2025."),
    "ja": ("2 つのパーツに対応しています。", "2025年5月31日 までサポートされます。", "2025年5月31日に終了しました。"),
}


@pytest.mark.parametrize("tag", COUNTED)
def test_rules_know_counts_and_dates_of_the_language(tag: str) -> None:
    count, future, past = COUNTED[tag]
    found = {}
    for name, text in {"count": count, "future": future, "past": past}.items():
        texts = in_language(f"lang: {tag}\n", f"{text}\n\n<< tables.parts >>\n")
        texts["content/facts.yaml"] = FACTS.replace(
            "header: Name", "header: パーツ" if tag == "ja" else "header: Parts"
        ).encode()
        found[name] = [finding.code for finding in checked(texts, DAY) if finding.place.file == "content/page.md"]
    assert found == {"count": ["typed-count"], "future": ["past-date"], "past": []}


def test_the_catalogue_is_plain_yaml() -> None:
    for tag in TAGS:
        file = Path(catalogue.__file__).with_name(f"{tag}.yaml")
        findings: list[object] = []
        parse_yaml(file.read_text("utf-8"), file.name, findings.append)
        assert not findings


def test_the_script_of_the_site_has_the_texts_of_the_language(chromium: Path, tmp_path: Path) -> None:
    made = build(load(in_language("lang: ja\n")), DAY.isoformat())
    file = written(made, tmp_path) / "web/python/index.html"
    with started(chromium) as browser, opened(browser, file) as page:
        page.get_by_label("このページの行を絞り込む").fill("One")
        expect(page.get_by_text("16行中4行を表示、12行を非表示")).to_be_visible()
        expect(page.get_by_role("button", name="すべての行を表示")).to_be_visible()
        page.get_by_label("ページ、見出し、行を検索").fill("zzz")
        expect(page.get_by_text("タイトル、見出し、行に該当するものがありません")).to_be_visible()
