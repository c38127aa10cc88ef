"""The page that all libraries and products share: its title, headings, paragraphs and slots for tables.

`{library}`, `{product}` and `{package}` are names; `{sentence}` is the sentence that an edit of the page changes.
The Markdown is parsed in the same way by sitegen, Hugo and Eleventy.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the title."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A bullet list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot for a table."""

    table: str


TITLE = "{library} compatibility of {product}"
BLOCKS = (
    Text("This page lists what {product} needs from {library}, and what it works with. {sentence}"),
    Text(
        "Install the package `{package}` with your package tool, then start your service again. "
        "See [the guide](https://docs.example.com/guide/) for every other way to set up {product}."
    ),
    Heading(2, "What {product} does in {library}"),
    Text("From the versions below on, the package `{package}` has these capabilities of **{product}**."),
    Slot("capabilities"),
    Heading(3, "Turn a capability on"),
    Text("Set the variable of the capability to `true` in the environment of your {library} service."),
    Items(
        (
            "A variable counts when the service starts.",
            "The command `acme check {package}` prints what {product} has found.",
            "A capability that {library} does not have is left out.",
        )
    ),
    Heading(3, "Deployments"),
    Text("{product} works wherever a {library} service runs. Some deployments ask for a setting of their own."),
    Slot("deployments"),
    Heading(2, "Releases of `{package}`"),
    Text("A release of the {library} library is supported until its end of life, and gets every fix until then."),
    Slot("releases"),
    Heading(3, "How long a release is supported"),
    Text(
        "The [versioning policy](https://docs.example.com/policy/) says how long. "
        "A release in maintenance gets fixes of {product} only where safety asks for them."
    ),
    Heading(3, "Move to a newer release"),
    Text("Raise the version of `{package}` by one release at a time, and run the tests of your {library} service."),
    Heading(2, "Runtimes that {library} supports"),
    Text("The package `{package}` is tested with each of these runtimes every night, with {product} turned on."),
    Slot("runtimes"),
    Heading(3, "Runtimes that are not named"),
    Text("Other runtimes may work with {library}. They are not tested, and {product} logs this when it starts."),
    Heading(2, "Frameworks for {library}"),
    Text("{product} follows a request through these frameworks without a change of your code."),
    Slot("frameworks"),
    Heading(3, "A framework of your own"),
    Text(
        "Call `acme.trace()` at the start of each request, and `acme.finish()` at its end. "
        "[An example](https://docs.example.com/example/) shows it for {library}."
    ),
    Heading(2, "Data stores for {library}"),
    Text("{product} sees each query that a {library} service sends with one of these drivers."),
    Slot("stores"),
    Text("What a query holds is masked before it leaves the service. The package `{package}` never sends a password."),
    Heading(3, "What is recorded of a query"),
    Items(
        (
            "how long the answer took",
            "the name of the store, and of the {library} driver",
            "the error, where there is one",
        )
    ),
    Heading(2, "Limits of {product}"),
    Text("A service that forks needs to start `{package}` in each process, since **{product}** keeps a thread there."),
    Text("A container without a network keeps what {product} has recorded, up to the limit of its memory."),
    Heading(2, "Get help with {library}"),
    Text(
        "Is something missing here? [Tell us](https://example.com/ask) which part of {library} you use with {product}."
    ),
)
