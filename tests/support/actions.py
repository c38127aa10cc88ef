"""Runs the steps of a composite GitHub action as a runner does, with a `gh` that keeps comments in a file."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.support.requirements import need
from tests.support.sites import ROOT

ACTION = YAML(typ="safe", pure=True).load((ROOT / "action.yml").read_text(encoding="utf-8"))
_VALUE = re.compile(r"\$\{\{ *([\w.]+) *\}\}")

# A `gh api` with the options that the action uses; `--jq` is evaluated by the real jq.
_GH = """\
#!{python}
import argparse, json, pathlib, subprocess, sys
parser = argparse.ArgumentParser()
parser.add_argument("api")
parser.add_argument("path")
for name in ("--paginate", "--silent"):
    parser.add_argument(name, action="store_true")
for name in ("--jq", "--method", "--field"):
    parser.add_argument(name)
options = parser.parse_args()
assert options.api == "api"
file = pathlib.Path({comments!r})
if not file.exists():
    sys.exit("gh: Resource not accessible by integration (HTTP 403)")
comments = json.loads(file.read_text("utf-8"))
body = pathlib.Path(options.field.removeprefix("body=@")).read_text("utf-8") if options.field else ""
if options.method == "PATCH":
    (one,) = [c for c in comments if options.path == f"repos/acme/docs/issues/comments/{{c['id']}}"]
    one["body"] = body
else:
    assert options.path == "repos/acme/docs/issues/7/comments", options.path
    if options.method == "POST":
        comments.append({{"id": 100 + len(comments), "body": body}})
    else:
        assert options.paginate
        subprocess.run(["jq", "-r", options.jq], input=json.dumps(comments), text=True, check=True)
file.write_text(json.dumps(comments), "utf-8")
"""


@dataclass
class Runner:
    """A runner with a checked out repository. `path` are the folders that steps add to the path."""

    repository: Path
    temp: Path
    path: list[str] = field(default_factory=lambda: [str(Path(sys.executable).parent)])
    printed: str = ""

    def __post_init__(self) -> None:
        if shutil.which("jq") is None:
            need("jq is not installed; run: apt install jq")
        self.temp.mkdir()
        gh = self.temp / "bin/gh"
        gh.parent.mkdir()
        gh.write_text(_GH.format(python=sys.executable, comments=str(self.comments_file)), "utf-8")
        gh.chmod(0o755)

    @property
    def comments_file(self) -> Path:
        """The comments of the pull request; if it is missing, the token has no permission."""
        return self.temp / "comments.json"

    @property
    def comments(self) -> list[str]:
        """The texts of the comments."""
        return [comment["body"] for comment in json.loads(self.comments_file.read_text("utf-8"))]

    def run(self, base: str, *, skip: tuple[str, ...] = (), event: str = "pull_request", **inputs: str) -> int:
        """Run the action. Returns the exit code of the first step that fails, or 0."""
        context = {
            "github.event.pull_request.base.sha": base,
            "github.event.pull_request.number": "7",
            "github.event_name": event,
            "github.repository": "acme/docs",
            "github.token": "secret",
            "github.action_path": str(ROOT),
        }
        assert inputs.keys() <= ACTION["inputs"].keys()
        for name, declared in ACTION["inputs"].items():
            context[f"inputs.{name}"] = inputs.get(name, _filled(declared["default"], context))
        first, self.printed = 0, ""
        for step in ACTION["runs"]["steps"]:
            if step["name"] not in skip and _applies(step.get("if", ""), context, failed=first != 0):
                first = self._step(step, context) or first
        return first

    def _step(self, step: Mapping[str, Any], context: Mapping[str, str]) -> int:
        assert step["shell"] == "bash"
        script, added = self.temp / "step.sh", self.temp / "added"
        script.write_text(_filled(step["run"], context), "utf-8")
        added.write_text("", "utf-8")
        env = {
            **os.environ,
            "PATH": os.pathsep.join([str(self.temp / "bin"), *self.path, os.environ["PATH"]]),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_PATH": str(added),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
            **{name: _filled(value, context) for name, value in step.get("env", {}).items()},
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(
            command, cwd=self.repository, env=env, capture_output=True, text=True, check=False, timeout=300
        )
        self.path[:0] = reversed(added.read_text("utf-8").split())
        self.printed += done.stdout + done.stderr
        return done.returncode


def _filled(text: str, context: Mapping[str, str]) -> str:
    return _VALUE.sub(lambda match: context[match[1]], text)


def _applies(condition: str, context: Mapping[str, str], *, failed: bool) -> bool:
    """Whether a step runs: without a status function in its condition, not after a failed step."""
    parts = condition.removeprefix("${{").removesuffix("}}").strip()
    always = "!cancelled()" in parts
    comparisons = re.findall(r"([\w.]+) == '([^']*)'", parts)
    rest = re.sub(r"[\w.]+ == '[^']*'|!cancelled\(\)|&&|\s", "", parts)
    assert rest == "", f"a condition that this runner cannot evaluate: {condition}"
    return (always or not failed) and all(context[name] == value for name, value in comparisons)
