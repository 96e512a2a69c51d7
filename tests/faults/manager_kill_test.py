"""kill -9 of the manager among a thousand edits that are under way at the same time. What was
acknowledged must be there after the restart, nothing may be half there, and no revision goes back."""
import asyncio
import json
import random
import unittest

from lib.pressure import head, host_and_port, rounds
from lib.reeve import ReeveTest

EDITS = 1000
SHARED = 25  # services that many edits fight for


class Edit:
    """A request that leaves its marker in two places, and what became of it."""

    def __init__(self, path, body, marker):
        self.path, self.body, self.marker = path, body, marker
        self.answer = None

    def bytes(self, token):
        body = json.dumps(self.body).encode()
        return head("PUT", "/api/v1" + self.path, token, Content_Type="application/json",
                    Content_Length=len(body)) + body


def marked(marker, address="10.0.0.1"):
    return {"ip": address, "port": 80, "labels": {"first": marker, "second": marker}}


def edits_of(turn):
    """Three kinds in turn: a service of its own, one instance of a service that is shared, and a
    whole service that others replace at the same time."""
    edits = []
    for i in range(EDITS):
        marker = f"m{turn}-{i}"
        if i % 3 == 0:
            path, body = f"/services/own-{marker}", {"description": marker,
                                                     "instances": [marked(marker)]}
        elif i % 3 == 1:
            address = f"10.{turn}.{i // 250}.{i % 250}"
            path, body = f"/services/pool-{turn}/instances/{address}:80", marked(marker, address)
        else:
            path, body = f"/services/shared-{i % SHARED}", {"description": marker,
                                                            "instances": [marked(marker)]}
        edits.append(Edit(path, body, marker))
    random.shuffle(edits)
    return edits


async def read_answer(reader):
    """Status and body; raises where the connection ends before both are whole."""
    fields = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(fields.split("content-length: ")[1].split("\r\n")[0])
    return int(fields.split()[1]), json.loads(await reader.readexactly(length))


async def send_all(manager, edits, wanted):
    """Connects for every edit, sends all at once, and kills the manager at the `wanted`th answer."""
    connections = [await asyncio.open_connection(*host_and_port(manager.api.url)) for _ in edits]
    answered = 0

    async def send(edit, reader, writer):
        nonlocal answered
        try:
            writer.write(edit.bytes(manager.api.token))
            edit.answer = await read_answer(reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()
        answered += 1
        if answered == wanted:
            manager.kill()

    await asyncio.gather(*(send(edit, *connection) for edit, connection in zip(edits, connections)))


class ManagerKill(ReeveTest):
    def test_acknowledged_edits_survive_a_kill_whole(self):
        manager = self.manager()
        self.newest = {}  # of each service the highest (revision, version) that anybody was shown
        for turn in rounds(5):
            manager.api.put(f"/services/pool-{turn}", {})
            edits = edits_of(turn)
            asyncio.run(send_all(manager, edits, wanted=random.randint(1, EDITS * 9 // 10)))
            self.assertFalse(manager.process.is_running())
            acknowledged = [edit for edit in edits if edit.answer]
            for edit in acknowledged:
                self.assertIn(edit.answer[0], (200, 201), edit.answer[1])
            highest = max([edit.answer[1].get("version", 0) for edit in acknowledged], default=0)

            manager.start()
            with self.subTest(turn=turn, acknowledged=len(acknowledged)):
                self.assertGreaterEqual(manager.api.get("/status")["revision"], highest)
                self.check(self.services(manager.api), edits, acknowledged)

    def services(self, api):
        """All of them by name, page by page."""
        found, cursor = {}, ""
        while cursor is not None:
            page = api.get(f"/services?limit=1000{cursor and '&cursor=' + cursor}")
            found |= {one["name"]: one for one in page["items"] if not one["kernel"]}
            cursor = page["next"]
        return found

    def check(self, services, edits, acknowledged):
        for service in services.values():
            self.expect_whole(service)
            self.expect_not_older(service)
        by_path = {edit.path: edit for edit in edits}
        for edit in acknowledged:
            name, _, instance = edit.path.removeprefix("/services/").partition("/instances/")
            self.assertIn(name, services, "acknowledged and gone")
            if instance:
                listed = {f"{one['ip']}:{one['port']}": one for one in services[name]["instances"]}
                self.assertEqual(listed[instance]["labels"]["first"], edit.marker)
            elif name.startswith("own-"):
                self.assertEqual(services[name]["description"], edit.marker)
            else:
                self.expect_this_or_newer(services[name], edit, edits)
        self.assertGreaterEqual(len(by_path), EDITS // 3)

    def expect_whole(self, service):
        """Everything that an edit left is of that one edit."""
        for instance in service["instances"]:
            self.assertEqual(instance["labels"]["first"], instance["labels"]["second"])
        if not service["name"].startswith("pool-"):
            self.assertEqual([service["description"]],
                             [one["labels"]["first"] for one in service["instances"]])

    def expect_not_older(self, service):
        now = (service["revision"], service["version"])
        before = self.newest.get(service["uid"], (0, 0))
        self.assertTrue(now[0] >= before[0] and now[1] >= before[1],
                        f"{service['name']} went back from {before} to {now}")
        self.newest[service["uid"]] = now

    def expect_this_or_newer(self, service, edit, edits):
        """A revision stands for one content; a higher one is another edit of this turn."""
        revision = edit.answer[1]["revision"]
        self.assertGreaterEqual(service["revision"], revision)
        if service["revision"] == revision:
            self.assertEqual(service["description"], edit.marker)
        self.assertIn(service["description"], {one.marker for one in edits})


if __name__ == "__main__":
    unittest.main()
