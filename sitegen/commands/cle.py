"""`sitegen cle`."""

from __future__ import annotations

import json

from sitegen.commands.exit_codes import FINDINGS, OK, Options, UsageError
from sitegen.commands.inputs import load
from sitegen.commands.reporting import report
from sitegen.data.cle import cle_document
from sitegen.data.library import all_ladders
from sitegen.files.atomic import replace_file
from sitegen.findings import Finding, did_you_mean, number_of
from sitegen.formats.site_data import as_json


def run(options: Options) -> int:
    """Add the lifecycle events of a library to a file."""
    site, texts, day = load(options)
    findings: list[Finding] = [*site.findings]
    if any(finding.severity == "error" for finding in findings):
        return report(findings, texts, options)
    ladders = {ladder.name: (ladder, found) for ladder, found in all_ladders(site, day)}
    name = options.name or next(iter(ladders), "")
    if name not in ladders or (not options.name and len(ladders) > 1):
        raise UsageError(f"--name: name one of the libraries with releases; {did_you_mean(name, ladders)}")
    ladder, found = ladders[name]
    findings += found
    data = options.file.read_bytes() if options.file.exists() else b""
    try:
        known = json.loads(data) if data else None
        if known is None and not options.identifier.startswith("pkg:"):
            raise UsageError("--identifier: a new file needs a Package-URL, such as pkg:pypi/NAME")
        if known is not None and options.identifier not in ("", known["identifier"]):
            hint = "omit the option, or name another file"
            raise UsageError(f"--identifier: {options.file} is about {known['identifier']}; {hint}")
        document = cle_document(known, options.identifier, ladder, day, findings.append)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{options.file} is not a CLE document; name another file") from None
    code = report(findings, texts, options)
    added = len(document["events"]) - (len(known["events"]) if known else 0)
    if code != OK or not added:
        return code
    if not options.quiet:
        print(f"{options.file}: {number_of(added, 'event')} {'missing' if options.check else 'added'}")
    if options.check:
        return FINDINGS
    replace_file(options.file, as_json(document).encode())
    return OK
