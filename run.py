#!/usr/bin/env python3
"""Run a command of sitegen from a clone, and install what it needs first.

    python3 run.py build [arguments of sitegen build]    build the site of this folder
    python3 run.py test [arguments of pytest]            run the fast tests
    python3 run.py test-slow [arguments of pytest]       run the slow tests, most of which need other programs
    python3 run.py sitegen COMMAND [arguments]           run any command of sitegen

This requires only Python 3.11 or newer. The first run creates `.venv` next to this file and
installs sitegen into it with pip; a run after a change of `pyproject.toml` installs it again.
Exit code: that of the command, 2 for wrong usage, 3 if the set-up failed.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - reports an older Python
    print(f"run.py: Python 3.11 or newer is required; this is {sys.version.split()[0]}", file=sys.stderr)
    sys.exit(3)

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "run-py.json"  # the contents of the folder; `{}` during a set-up
LOG = VENV / "run-py.log"
USAGE, SETUP = 2, 3
TESTS = {"test": [], "test-slow": ["-m", "slow"]}  # the arguments of pytest
COMMANDS = ("build", *TESTS, "sitegen")


class SetupError(Exception):
    """The set-up failed; the message is one line that states what to do."""


def main(arguments: list[str]) -> int:
    """Run a command. Returns its exit code, unless the command replaces this process."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__.strip())
        return 0
    command, *rest = arguments or [""]
    if command not in COMMANDS:
        print(f"usage: python3 run.py {'|'.join(COMMANDS)} [arguments]; see --help", file=sys.stderr)
        return USAGE
    try:
        with _locked():
            _set_up("test" if command in TESTS else "")
    except SetupError as error:
        print(f"run.py: {error}", file=sys.stderr)
        return SETUP
    except OSError as error:
        print(f"run.py: {error.filename or VENV}: {error.strerror or error}", file=sys.stderr)
        return SETUP
    if command in TESTS:
        os.chdir(HERE)
        return _run(["-m", "pytest", *TESTS[command], *rest])
    if command == "build":
        return _run(["-m", "sitegen", "build", "--root", _shortest(HERE), *rest])
    return _run(["-m", "sitegen", *rest])


def _run(arguments: list[str]) -> int:
    """Run the Python of `.venv`. Replaces this process if the system supports that."""
    command = [str(PYTHON), *arguments]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(command[0], command)  # noqa: S606 - the command gets the signals and the terminal
    with subprocess.Popen(command) as process:
        while True:
            with contextlib.suppress(KeyboardInterrupt):  # the command is interrupted, too, and ends itself
                return process.wait()


def _shortest(folder: Path) -> str:
    """The path of a folder, relative if it is the current folder or below it."""
    current = Path.cwd()
    return str(folder.relative_to(current)) if folder.is_relative_to(current) else str(folder)


# --- the set-up ----------------------------------------------------------------------


def _set_up(extra: str) -> None:
    """Install the project and an extra into `.venv`."""
    environment = {"folder": str(HERE), "python": "{}.{}".format(*sys.version_info)}
    project = hashlib.sha256((HERE / "pyproject.toml").read_bytes()).hexdigest()
    stamp = _read_stamp()
    same_place = all(stamp.get(key) == value for key, value in environment.items()) and PYTHON.exists()
    extras = set(str(stamp.get("extras", "")).split()) if same_place else set()
    if same_place and stamp.get("project") == project and (not extra or extra in extras):
        return
    extras |= {extra} if extra else set()
    if not (same_place or _is_usable()):
        _create_venv()
    _write_stamp({})
    wanted = f".[{','.join(sorted(extras))}]" if extras else "."
    _report("installing sitegen" + (" and the dependencies of its tests (once, about a minute)" if extras else ""))
    _pip("install", "-e", wanted)
    _compile()
    _write_stamp({**environment, "project": project, "extras": " ".join(sorted(extras))})


def _is_usable() -> bool:
    """Whether `.venv` was created by hand for this Python: it has no stamp, and pip runs in it."""
    if STAMP.exists() or not PYTHON.exists():
        return False
    ask = "import sys, pip; print('{}.{}'.format(*sys.version_info))"
    found = subprocess.run([str(PYTHON), "-c", ask], capture_output=True, text=True, check=False)
    return found.stdout.strip() == "{}.{}".format(*sys.version_info)


def _create_venv() -> None:
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        how = "apt install python3-venv" if shutil.which("apt") else f"a Python with the module {missing[-1]}"
        raise SetupError(f"this Python cannot create virtual environments; install: {how}")
    _report("creating .venv")
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    _write_stamp({})  # written first, to recognize a killed set-up
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.run([base, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        _interrupted(made.returncode)
        VENV.mkdir(exist_ok=True)
        LOG.write_text(made.stdout + made.stderr, encoding="utf-8")
        raise SetupError(f"Python could not create .venv; see {_shortest(LOG)}")


def _compile() -> None:
    """Compile the modules of this folder once, as pip does for installed modules, so that builds start faster."""
    subprocess.run([str(PYTHON), "-m", "compileall", "-qq", str(HERE / "sitegen")], check=False)


_NO_NETWORK = ("NewConnectionError", "ConnectTimeout", "ReadTimeout", "ProxyError", "Name or service not known",
               "Temporary failure in name resolution", "Network is unreachable", "Could not fetch URL",
               "Connection refused", "Retrying (Retry")  # fmt: skip


def _pip(*arguments: str) -> None:
    """Run pip in `.venv`. Its output goes to a log file, and its progress to the terminal."""
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    environment = {"PIP_RETRIES": "3", **os.environ, "PIP_USER": "0", "PYTHONUTF8": "1"}
    command = [str(PYTHON), "-m", "pip", *arguments, *options]
    lines = []
    with subprocess.Popen(
        command, cwd=HERE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for data in process.stdout or ():
            line = data.decode("utf-8", "replace").strip()
            lines.append(line)
            if line.startswith("Collecting "):
                _show(line.split()[1][:40])
    _show("")
    _interrupted(process.returncode)
    LOG.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if process.returncode == 0:
        return
    if any(sign in line for sign in _NO_NETWORK for line in lines):
        raise SetupError(f"pip cannot reach its package index; is there a network? Log: {_shortest(LOG)}")
    errors = [line[7:] for line in lines if line.startswith("ERROR: ")]
    reason = errors[0] if errors else f"exit code {process.returncode}"
    raise SetupError(f"pip failed: {reason}; log: {_shortest(LOG)}")


def _show(package: str) -> None:
    """On a terminal, show the current package of pip, in a line that is overwritten."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K  {package}".rstrip(), end="", file=sys.stderr, flush=True)


def _interrupted(code: int) -> None:
    """Raise KeyboardInterrupt if a child process was interrupted."""
    if code in (-signal.SIGINT, 128 + signal.SIGINT):
        raise KeyboardInterrupt


def _read_stamp() -> dict[str, object]:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(stamp: dict[str, str]) -> None:
    new = STAMP.with_suffix(".new")
    new.write_text(json.dumps(stamp), encoding="utf-8")
    new.replace(STAMP)


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """Allow only one set-up of this folder at a time, if the system can lock folders."""
    if os.name == "nt":
        yield
        return
    import fcntl  # noqa: PLC0415 - not on Windows

    descriptor = os.open(HERE, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems have no locks
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                _report("waiting for another set-up")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _report(words: str) -> None:
    print(f"run.py: {words} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("run.py: interrupted", file=sys.stderr)
        sys.exit(130)
