"""A mail server for the tests: it keeps what it takes as files, and treats recipients by their names.

reject-…: refused for good. later-…: put off twice, then taken. slow-…: taken, and told so after three seconds.
"""
import asyncio
import collections
import pathlib
import sys

from aiosmtpd.controller import Controller

FOLDER = pathlib.Path(sys.argv[1])
PORT = int(sys.argv[2])


class Sink:
    def __init__(self):
        self.put_off = collections.Counter()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("reject-"):
            return "550 5.1.1 nobody of this name here"
        if address.startswith("later-"):
            self.put_off[address] += 1
            if self.put_off[address] <= 2:
                return "451 4.7.1 come back in a while"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = f"{len(list(FOLDER.iterdir())):04}"
        (FOLDER / f"{name}.part").write_bytes(envelope.content)
        (FOLDER / f"{name}.part").rename(FOLDER / f"{name}.eml")
        if any(address.startswith("slow-") for address in envelope.rcpt_tos):
            await asyncio.sleep(3)
        return "250 kept"


controller = Controller(Sink(), hostname="127.0.0.1", port=PORT)
controller.start()
print("listening", flush=True)
sys.stdin.read()
controller.stop()
