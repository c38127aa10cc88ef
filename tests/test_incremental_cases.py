"""What a build rebuilds after an edit: the cases in `incremental/` (notation: `tests/support/incremental_cases.py`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.incremental_cases import Case, Runner, read_cases

FOLDER = Path(__file__).with_name("incremental")
CASES = {
    f"{path.stem}: {case.name}": case
    for path in sorted(FOLDER.glob("*.txt"))
    for case in read_cases(path.read_text("utf-8"))
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_build_rebuilds_what_an_edit_affects_and_no_more(case: Case, tmp_path: Path) -> None:
    Runner(case, tmp_path).run()
