"""`sitegen schema`."""

from __future__ import annotations

import json

from sitegen.commands.exit_codes import OK, Options
from sitegen.commands.inputs import documentation, load
from sitegen.schema import facts_schema, settings_schema


def run(options: Options) -> int:
    """Print a JSON Schema for editors, also of an invalid site: findings are left to `check`."""
    site, _, _ = load(options)
    schema = {"facts": facts_schema, "settings": settings_schema}[options.what]
    print(json.dumps(schema(site.facts, documentation()), indent=2, ensure_ascii=False))
    return OK
