"""Runs the command of its arguments and prints what it cost: a script, started without a site.

It is this small because a process begins with the peak memory of the one that started it.
It prints CPU and wall time in seconds, peak memory in KiB and the exit code.
"""

import os
import sys
import time

_NO_OUTPUT = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)

begun = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[_NO_OUTPUT])
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - begun
cpu = used.ru_utime + used.ru_stime
print(cpu, wall, used.ru_maxrss, os.waitstatus_to_exitcode(status))  # noqa: T201
