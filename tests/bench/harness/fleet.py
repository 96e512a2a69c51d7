"""Many enrolled nodes. Joining ten thousand takes a while and is not what the rows measure, so it is
done once for all rows of a run: each row gets a copy of the manager's data and the identities."""
import atexit
import shutil

from bench.harness import build
from bench.harness.load import Agents

LABELS = {"bench": "fleet"}
_made = {}  # count → folder


def _make(bench, count):
    kept = build.SCRATCH / f"fleet-{count}"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    atexit.register(shutil.rmtree, kept, ignore_errors=True)
    bench.say(f"{bench.row}: joining {count} nodes")
    manager = bench.manager("joining")
    agents = Agents(manager, count, bench.folder / "joining-nodes", LABELS)
    agents.wait_ready(patience=300)
    agents.close()
    manager.stop()
    shutil.copytree(manager.data, kept / "manager")
    shutil.copytree(bench.folder / "joining-nodes", kept / "nodes")
    return kept


def enrolled(bench, count):
    """Answers (manager, nodes): a running manager that knows so many nodes, and the folder of their
    identities for Agents."""
    if count not in _made:
        _made[count] = _make(bench, count)
    manager, nodes = f"manager-{count}", bench.folder / f"nodes-{count}"
    shutil.copytree(_made[count] / "manager", bench.folder / manager)
    shutil.copytree(_made[count] / "nodes", nodes)
    return bench.manager(manager), nodes


def connected(bench, count):
    """Answers (manager, agents), all of them connected."""
    manager, nodes = enrolled(bench, count)
    agents = bench.own(Agents(manager, count, nodes, LABELS))
    agents.wait_ready(patience=120)
    return manager, agents
