"""`sitegen check`."""

from __future__ import annotations

from datetime import date

from sitegen.commands.edge import OK, Options, judged, load, report, results_stream
from sitegen.dialects import DIALECTS
from sitegen.findings import Finding
from sitegen.loading import Site, Texts, load_site
from sitegen.rules import ALL
from sitegen.rules.fixes import mended, write
from sitegen.site import Build, build_site


def run(options: Options) -> int:
    """Tell everything that is wrong with the content; with `--fix`, mend first what can be."""
    site, texts, day = load(options)
    result, findings = _checked(site, texts, day)
    if options.fix:
        mended_texts = _mend(texts, findings, day, options)
        if mended_texts is not None:
            texts = mended_texts
            result, findings = _checked(load_site(texts), texts, day)
    code = report(findings, texts, options)
    if code == OK and not options.quiet and options.format == "text":
        only = " but what is told above" if findings else ""
        print(f"{len(result.files)} files would be built as of {day}; nothing is wrong{only}")
    return code


def _checked(site: Site, texts: Texts, day: date) -> tuple[Build, list[Finding]]:
    result = build_site(site, day, tuple(DIALECTS))
    return result, judged(site, texts, day, result, ALL)


def _mend(texts: Texts, findings: list[Finding], day: date, options: Options) -> Texts | None:
    """Write the fixes that there are, and tell each. Fixes that would make an error are not written."""
    changed, done = mended(texts, findings)
    after = {**texts, **changed}
    if not done or any(finding.severity == "error" for finding in _checked(load_site(after), after, day)[1]):
        return None
    write(options.root, changed)
    for finding in done:
        if finding.fix and not options.quiet:
            what = f"fixed {finding.place}: {finding.fix.what} [{finding.code}]"
            print(what, file=results_stream(options))
    return after
