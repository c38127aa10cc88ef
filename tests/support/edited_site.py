"""A small site with a bit of everything, for tests that edit it.

Three libraries have their own file and one has none, a library does not have all products, and pages depend on shared
facts, own facts, products and dates. Each record is on a line of its own, so that an edit is a line.
"""

from __future__ import annotations

from collections.abc import Mapping

_SETTINGS = """\
title: Compatibility
base-url: https://docs.example.com
pages:
  hugo: hugo/content/<< product.id >>/<< library.id >>.md
  markdoc: markdoc/<< product.id >>/<< library.id >>.md
  html: html/<< product.id >>/<< library.id >>/index.html
partials:
  features: {path: << product.id >>/<< library.id >>/features, tables: [features]}
  levels: {path: shared/<< library.id >>/levels, tables: [releases, agents], each: library}
dialects:
  hugo:
    words: {yes: "X", no: "-"}
    links: reference
  html:
    url: https://example.com/compatibility
    data: [api, endoflife, calendar, feed, llms]
rules:
  far-day: warning
"""

_ROLES = """\
products:
  fields: {name: text}
  records:
    web: {name: Web Guard}
    api: {name: API Guard}
    phone: {name: Phone Guard, from: 2026-02-01}

libraries:
  fields: {name: text, package: text, products: optional list of reference to products}
  records:
    python: {name: Python, package: guard-py}
    java: {name: Java, package: guard-jvm}
    go: {name: Go, package: guard-go, products: [web, api]}
    ruby: {name: Ruby, package: guard-rb}

links:
  fields: {target: link}
  records:
    policy: {target: /support/policy/}
    guide: {target: https://example.com/guide}
"""

_FACTS = """\
features:
  source: guide
  fields: {name: text, since: support of releases, stage: stage}
  records:
    sign-in: {name: Sign in, since: 3.1.0, stage: ga}
    traces: {name: Tracing, since: [3.0.0, {is: 3.4.0, for: api, reason: the gateway came late}], stage: [preview, {is: ga, from: 2026-05-01}]}
    samples: {name: Sampling, since: [no, {is: 3.5.0, from: 2026-03-15}], stage: beta, note: "Read the [policy] about samples."}
    profiles: {name: Profiles, since: "preview >=3.2.0,<3.6; 3.6+", stage: [beta, {is: ga, for: web, from: 2026-06-01, reason: it was tried there first}]}
    tokens: {from: 2026-03-01, name: Tokens, since: [{all: [3.1.0, {is: no, when: on Arm, note: "See the [policy]."}]}, {is: not tested, for: phone, reason: phones have none}], stage: ga}

releases:
  fields: {versions: versions, support: {type: lifecycle, levels: {security: maintenance}}}
  records:
    v4: {versions: ">=4,<5", support: {preview: 2026-05-15, ga: 2026-07-01}}
    v3: {versions: ">=3,<4", support: {ga: by 2026-01-01, security: 2026-Q2, maintenance: 2026-08-01, eol: after v5}}
    v5: {versions: ">=5,<6", support: {preview: 2026-03, ga: ~2027-06}}
"""

_MORE = """\
notes:
  fields: {text: markdown}
  records:
    watched: {text: [Tested by others., {is: "Watched, as in the [policy].", from: 2026-05-01}]}

vendors:
  fields: {name: text, site: link}
  records:
    acme: {name: Acme, site: https://example.com/acme}
    bolt: {name: Bolt, site: https://example.com/bolt}

runtimes:
  fields: {name: text, vendor: optional reference to vendors, versions: {type: versions, scheme: semver}, tested: {type: optional date, default: 2026-01-02}}
  records:
    quick: {name: Quick, vendor: acme, versions: 8-21, tested: 2026-03-10, note: [watched, It asks for memory.]}
    calm: {name: Calm, vendor: bolt, versions: 11+, note: Its garbage collector wants a flag.}
    small: {name: Small, vendor: none, versions: "2.7, 3.5+", tested: {is: 2026-Q1, note: watched}, until: 2026-09-01}

hosts:
  fields: {os: text, cpu: list of text}
  records:
    linux: {os: Linux, cpu: [[x86-64, AArch64], {is: [x86-64], for: calm}]}
    macos: {os: macOS, cpu: [AArch64]}

agents:
  fields: {versions: versions, level: stage}
  records:
    a3: {versions: ">=3", level: ga}
    a2: {versions: ">=2,<3", level: eol}
    a1: {versions: "<2", level: eol}
"""

_TABLES = """\
tables:
  features:
    caption: Features of << product.name >> for << library.name >>
    from: features
    columns:
      - {header: Feature, field: name}
      - {header: Since << library.package >> for << product.name >>, field: since, words: {no: not yet}}
      - {header: Stage, field: stage, from: 2026-01-15}

  releases:
    caption: Releases of << library.package >>
    from: releases
    columns:
      - {header: Release, field: versions}
      - {header: Support, field: support}
      - {header: End, field: support.eol}

  agents:
    caption: Agents
    from: agents
    rows: [a3, [a2, a1]]
    columns:
      - {header: Agent, field: versions}
      - {header: Level, field: level}

  hosts:
    caption: Hosts
    layout: list
    from: hosts
    columns: [{field: os}, {field: cpu}]

  runtimes:
    caption: Runtimes
    from: [runtimes, hosts]
    rows: {runtimes: [quick, calm, small]}
    columns:
      - {header: Runtime, fields: [runtimes.name, versions]}
      - {header: Vendor, field: vendor, link: vendor.site, words: {none: community}}
      - {header: Tested, field: tested, dates: iso, words: {none: never}, note: Tested by its vendor.}
      - {header: CPU, field: cpu}
"""

_PAGE = """\
---
title: << library.name >> for << product.name >>
weight: 10
hugo:
  aliases: [/old/<< product.id >>/<< library.id >>/]
---
## Features of << product.name >> {#features}

<< partials.features >>

With << tables.features.highest("since") >> you have all. Sign in needs << features["sign-in"].since >> or later.
<% set missing = tables.features.unsupported("since") %>
<% if missing %>
<< library.name >> lacks << missing | sentence >>.
<% endif %>

## Releases

<< tables.releases.supported("support") | count("release is", "releases are") | capitalized >> supported:

<< tables.releases >>

## << library.name >>

<% if dialect == "hugo" %>
This site is made of Markdown.
<% endif %>
<% if product.id == "web" %>
Browsers send what they see.
<% endif %>

> [!WARNING]
> Guards cost time. Read the [policy] and the [guide] first.

## Agents

<< tables.agents >>

## Runtimes

<< tables.runtimes >>

<< tables.hosts >>

<% include "_feedback.md" %>
"""

_PHONE = """\
---
title: << product.name >>, << library.name >> edition
weight: 20
for: phone
from: 2026-03-01
---
As of << as_of >>, << library.name >> has << tables.features.names() | sentence >>.

<< tables.features >>

## Levels

<< partials.levels >>

<% include "_feedback.md" %>
"""

_FEEDBACK = """\
Is something missing for << library.name >>? [Tell us](https://example.com/ask).
"""

_PYTHON = """\
library: python

features:
  records:
    sign-in: {since: 1.4.0}
    traces: {since: [2.1.0, {is: 2.4.0, from: 2026-05-01}], note: The allocator is watched by the interpreter.}

releases:
  records:
    p2: {versions: ">=2,<3", support: {ga: 2025-02-15, eol: 2026-11-01}}
    p1: {versions: "<2", support: {ga: by 2024-01-01, eol: 2026-04-15}}
"""

_JAVA = """\
library: java

features:
  records:
    sign-in: {since: 2.3.0, note: Pools of threads ask the allocator.}
    agents-of-java: {name: Agents, since: 2.2.0, stage: ga, note: "One allocator, and one more allocator."}

releases:
  records:
    j2: {versions: "<3", support: {ga: 2025-03-15, maintenance: 2026-04-10}}
"""

_GO = """\
library: go

features:
  records:
    traces: {since: [2.5.0, {is: no, for: api, reason: there is no gateway}]}
    samples: {since: 2.0.0}

hosts:
  records:
    plan9: {os: Plan 9, cpu: [x86]}

releases:
  records:
    g2: {versions: ">=1,<3", support: {ga: 2025-05-15}}
    g1: {versions: "<1", support: {beta: 2024-05-15, eol: 2025-12-15}}
"""

# The site overrides one template of the theme and one of partials.
_INDEX = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title><< site >></title>
</head>
<body>
<% for library in libraries %>
<h2><< library.name >></h2>
<ul>
<% for page in library.pages %>
<li><a href="<< page.href >>"><< page.text >></a></li>
<% endfor %>
</ul>
<% endfor %>
</body>
</html>
"""

_LIST = """\
<ul>
<% for row in table.rows %>
  <li><% for cell in row %><< cell >> <% endfor %></li>
<% endfor %>
</ul>
"""

_COMPARED = """\
tables:
  compared:
    caption: Features of all libraries
    from: [features, libraries]
    columns:
      - {header: Feature, field: features.name}
      - {header: Library, field: libraries.name}
      - {header: Since, field: since}
      - {header: Stage, field: stage}

  matrix:
    caption: Features by library
    from: features
    columns:
      - {header: Stage, field: stage, group: section}
      - {header: Feature, field: features.name}
      - header: << libraries.package >> of << libraries.name >>
        across: {from: libraries, order: -package, head: [{header: Package, field: package}]}
        columns: [{header: Since, field: since}, {header: Stage << libraries.id >>, field: stage, until: 2026-08-01}]

  spanned:
    caption: Stages
    from: features
    order: stage
    columns:
      - {header: Stage, field: stage, group: span}
      - {header: Feature, field: name}
      - {header: Since, field: since, group: span}

  flipped:
    like: matrix
    caption: Libraries by feature
    layout: transposed
"""

SITE: Mapping[str, str] = {
    "sitegen.yaml": _SETTINGS,
    "content/roles.yaml": _ROLES,
    "content/facts.yaml": _FACTS,
    "content/more.yaml": _MORE,
    "content/tables.yaml": _TABLES,
    "content/page.md": _PAGE,
    "content/phone.md": _PHONE,
    "content/_feedback.md": _FEEDBACK,
    "content/libraries/python.yaml": _PYTHON,
    "content/libraries/java.yaml": _JAVA,
    "content/libraries/go.yaml": _GO,
    "themes/default/index.html": _INDEX,
    "partials/list.html": _LIST,
}

# The same site with a table that shows the values of every library on each page.
COMPARED_SITE: Mapping[str, str] = {
    **SITE,
    "content/compared.yaml": _COMPARED,
    "content/page.md": _PAGE.replace(
        "## Runtimes\n",
        """\
## Comparison

No library needs more than << tables.compared.highest("since") >>.

<< tables.compared >>

<< tables.matrix >>

<< tables.spanned >>

<< tables.flipped >>

## Runtimes
""",
    ),
}

# The same site with pages for each product, for each library and for the whole site, and with further pages.
COMMON_SITE: Mapping[str, str] = {
    **COMPARED_SITE,
    "sitegen.yaml": _SETTINGS.replace(
        "dialects:\n",
        """\
  everything: {path: all/everything, tables: [everything], each: site}
  of-product: {path: all/<< product.id >>, tables: [compared, agents], each: product}
dialects:
""",
    ),
    "content/everything.yaml": """\
tables:
  everything:
    caption: Features of all products and libraries
    from: [features, products, libraries]
    columns:
      - {header: Feature, field: features.name}
      - {header: Product, field: products.name}
      - {header: Library, field: libraries.name}
      - {header: Since, field: since}
""",
    "content/product.md": """\
---
title: << product.name >> in all libraries
each: product
---
## Comparison

<< tables.compared >>

<< partials["of-product"] >>
<% for library in libraries %>
- << library.name >>: << library.package >>
<% endfor %>
""",
    "content/library.md": """\
---
title: << library.name >>
each: library
---
<< tables.releases >>

<< partials.levels >>
""",
    "content/site.md": """\
---
title: Everything
each: site
---
<< partials.everything >>

<< tables.agents >>

Java is << libraries.java.package >>.
""",
    "content/site-setup.md": """\
---
title: Setup
each: site
page: setup
from: 2026-01-20
---
As of << as_of >>, read the [guide].
""",
    "content/setup.md": """\
---
title: Setup of << product.name >> for << library.name >>
page: setup
for: {product: [web, phone], library: [python, java]}
---
<< partials.features >>

<< tables.hosts >>
""",
}
