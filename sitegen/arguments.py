"""The parser of arguments, with usage errors in the words of sitegen."""

from __future__ import annotations

import argparse
import importlib
import re
from typing import Any, NoReturn


class CommandParser(argparse.ArgumentParser):
    """A parser with usage errors in one line, which suggest the option, command or value that is misspelt."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: dict[str, CommandParser] = {}

    def error(self, message: str) -> NoReturn:
        """Print a message of argparse in the words of sitegen, and how to get help. Exits with 2."""
        message = re.sub(r"-\w/(?=--)", "", message).removeprefix("argument ")
        message = message.replace("the following arguments are required:", "missing argument:")
        choice = re.fullmatch(r"(\S+): invalid choice: ['\"](.*)['\"] \(choose from (.*?)\)", message, re.DOTALL)
        if choice:
            name, value, choices = choice.groups()
            kind = "command" if name == "COMMAND" else f"value for {name}:"
            hint = _findings().did_you_mean(value, tuple(re.split(r",\s*", choices.replace("'", ""))))
            message = f"unknown {kind} '{value}'; {hint}"
        self.exit(2, f"{self.prog}: error: {message}\nRun '{self.prog} --help' for help.\n")

    def reject(self, argument: str) -> NoReturn:
        """Report an argument that is not expected. Exits with 2."""
        name = argument.partition("=")[0]
        if not name.startswith("-"):
            self.error(f"unexpected argument '{argument}'")
        near = _findings().nearest(name, self._option_string_actions)
        self.error(f"unknown option '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""))


def _findings() -> Any:
    return importlib.import_module("sitegen.findings")
