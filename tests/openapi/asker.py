# SPDX-License-Identifier: MIT
"""Asks the emulator in one api-version, and checks every answer against it."""

import schema

DELAY_S = 60  # of deleting and recovering; passes on the emulator's clock only


class Asker:
    def __init__(self, emulator, host, api_version, collection):
        self.emulator = emulator
        self.host = host
        self.api_version = api_version
        self.description = schema.Description(api_version, collection)
        self.asked = set()  # (operation, was it refused)

    def ask(self, operation_id, name="", version="", status=None, query="",
            **options):
        method, path = self.description.request(operation_id, name, version)
        answer = self.emulator.call(
            method, self.host, f"{path}?api-version={self.api_version}{query}",
            **options)
        if status is not None:
            assert answer.status == status, f"{operation_id}: {answer}"
        faults = self.description.faults(operation_id, answer)
        assert not faults, f"{operation_id}: {faults} in {answer}"
        self.asked.add((operation_id, answer.status >= 400))
        return answer

    def has(self, operation_id):
        return operation_id in self.description.operations

    def fresh(self, stem):
        """A name that no other api-version's test uses."""
        return f"{stem}-{self.api_version.replace('.', '-')}"

    def settle(self):
        """What was begun before has happened after this."""
        self.emulator.advance(DELAY_S + 1)

    def pages(self, operation_id, name=""):
        """All items, followed from page to page."""
        answer = self.ask(operation_id, name, status=200,
                          query="&maxresults=2")
        items = []
        while True:
            document = answer.json()
            items += document["value"]
            link = document["nextLink"]
            if link is None:
                return items
            prefix = f"https://{self.host}:443/"
            assert link.startswith(prefix)
            answer = self.emulator.call("GET", self.host,
                                        "/" + link[len(prefix):])
            faults = self.description.faults(operation_id, answer)
            assert answer.status == 200 and not faults, (faults, answer)
