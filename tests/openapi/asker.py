# SPDX-License-Identifier: MIT
"""Asks the emulator in one api-version, and checks every answer against it."""

import schema

DELAY_S = 60  # of deleting and recovering; passes on the emulator's clock only
HOST = "schema.vault.azure.net"
# Who may do nothing; for the seed.
READER = ("00000000-1111-4222-8333-444444444444", "reader-secret")


class Asker:
    def __init__(self, emulator, api_version, collection):
        self.emulator = emulator
        self.api_version = api_version
        self.description = schema.Description(api_version, collection)
        self.asked = set()  # (operation, was it refused)

    def ask(self, operation_id, name="", version="", status=None, query="",
            **options):
        method, path = self.description.request(operation_id, name, version)
        answer = self.emulator.call(
            method, HOST, f"{path}?api-version={self.api_version}{query}",
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
            prefix = f"https://{HOST}:443/"
            assert link.startswith(prefix)
            answer = self.emulator.call("GET", HOST,
                                        "/" + link[len(prefix):])
            faults = self.description.faults(operation_id, answer)
            assert answer.status == 200 and not faults, (faults, answer)

    def refused(self, cases):
        """Each (operation, how to be refused it); all that went wrong."""
        wrong = []
        for operation_id, how in cases:
            try:
                self.ask(operation_id, **how)
            except AssertionError as error:
                wrong.append(f"{how}: {error}")
        assert not wrong, "\n".join(wrong)

    def all_asked(self, always_refused=()):
        """Was every operation there is asked for, with and without success?"""
        for operation_id in self.description.operations:
            assert (operation_id, True) in self.asked, operation_id
            assert ((operation_id, False) in self.asked) != (
                operation_id in always_refused), operation_id
            assert operation_id in schema.PROMISED
