"""What a process uses, as the kernel counts it."""
import pathlib
import time


def memory_kib(pid):
    """(resident, private) in KiB."""
    sizes = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, size, *_ = line.split()
        sizes[name] = int(size)
    return sizes["Rss:"], sizes["Private_Clean:"] + sizes["Private_Dirty:"]


def cpu_seconds(pid):
    """On a core, of all threads that live."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def core_percent(pid, seconds):
    """The share of one core over the next so many seconds."""
    begun, before = time.monotonic(), cpu_seconds(pid)
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - begun) * 100


def settled_memory_kib(pid, patience=15):
    """Resident KiB once it has not changed by more than a hundredth for two seconds."""
    deadline, last = time.monotonic() + patience, 0
    while time.monotonic() < deadline:
        now, _ = memory_kib(pid)
        if abs(now - last) <= last / 100:
            return now
        last = now
        time.sleep(2)
    return last
