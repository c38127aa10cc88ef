"""The parser of arguments, with usage errors in the words of sitegen."""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

Group = argparse._ArgumentGroup


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

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The command and its options. Exits with 2 for wrong usage."""
        first = arguments[0] if arguments else ""
        if first.startswith("-") and not self.has_option(first):  # its value would be taken for a command
            self.reject(first)
        options, unexpected = self.parse_known_args(arguments)
        if unexpected:
            self.commands[options.command].reject(unexpected[0])
        if options.command is None:
            self.error("missing command")
        return options

    def has_option(self, argument: str) -> bool:
        """Whether an argument is an option of this parser, or the beginning of one."""
        name = argument.partition("=")[0]
        return name.strip("-") != "" and any(option.startswith(name) for option in self._option_string_actions)

    def reject(self, argument: str) -> NoReturn:
        """Report an argument that is not expected. Exits with 2."""
        name = argument.partition("=")[0]
        if not name.startswith("-"):
            self.error(f"unexpected argument '{argument}'")
        if any(command.has_option(name) for command in self.commands.values()):
            self.error(f"write '{name}' after the command")
        near = _findings().nearest(name, self._option_string_actions)
        self.error(f"unknown option '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""))


def _findings() -> Any:
    return importlib.import_module("sitegen.findings")


class PrintCompletion(argparse.Action):
    """The option that prints the completion of all commands for a shell, and exits."""

    def __call__(self, parser: argparse.ArgumentParser, _: Any, values: Any, __: Any = None) -> NoReturn:
        """Print the script."""
        import shtab  # noqa: PLC0415 - only this option needs it

        for action in (action for each in _with_commands(parser) for action in each._actions):
            complete = {"DIR": shtab.DIRECTORY, "FOLDER": shtab.DIRECTORY, "NAME": shtab.DIRECTORY, "FILE": shtab.FILE}
            if isinstance(action.metavar, str) and action.choices is None and action.metavar in complete:
                vars(action)["complete"] = complete[action.metavar]  # as shtab documents
        parser._print_message(f"{shtab.complete(parser, values)}\n", sys.stdout)
        parser.exit()


def _with_commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    yield from parser.commands.values() if isinstance(parser, CommandParser) else ()


def date(text: str) -> str:
    """A date. Raises ArgumentTypeError."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        raise argparse.ArgumentTypeError(f"'{text}' is not a date such as 2026-04-01")
    return text


def integer(text: str, first: int, last: int) -> int:
    """A number in a range. Raises ArgumentTypeError."""
    number = int(text) if text.isascii() and text.isdecimal() else -1
    if not first <= number <= last:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from {first} to {last}")
    return number


def add_date(group: Group) -> None:
    """Add the option for the date."""
    group.add_argument(
        "--as-of", type=date, metavar="DATE", help="use this date (default: SOURCE_DATE_EPOCH, else today)"
    )


def add_choice(group: Group, name: str, metavar: str, choices: tuple[str, ...]) -> None:
    """Add an option with a choice; the first one is the default."""
    *others, last = choices
    help_ = f"{', '.join(others)} or {last} (default: {choices[0]})"
    group.add_argument(name, choices=choices, default=choices[0], metavar=metavar, help=help_)
