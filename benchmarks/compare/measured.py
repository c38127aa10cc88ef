"""Run one command and print its time and memory as JSON. Started by `runner` in a small separate process.

The system counts the memory of the parent process, so the parent must be small.
"""

import json
import os
import sys
import time


def main() -> None:
    """Run the command in the arguments. The first argument is the file for its standard error."""
    said, command = sys.argv[1], sys.argv[2:]
    quiet = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    errors = (os.POSIX_SPAWN_OPEN, 2, said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    started = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=[quiet, errors])
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - started
    largest = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"code": code, "wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory": largest}))


if __name__ == "__main__":
    main()
