"""The broker we start when BROKER_URL is unset: Valkey (or Redis) on a private socket, with an append-only file.

Its messages only wake workers; PostgreSQL owns the work, so losing this file costs a sweep and nothing else.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

from console.embedded_binaries import broker_binary
from console.embedded_files import Place
from console.processes import StartError, spawn, stop, tail

PATIENCE_SECONDS = 30


class Broker:
    """One embedded broker."""

    name = "broker"
    stop_signal = signal.SIGTERM

    def __init__(self, place: Place) -> None:
        self.place = place
        self.binary = broker_binary(place)
        self.socket = place.sockets / "broker.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, patience: float = PATIENCE_SECONDS) -> str:
        """Start the broker and return its address for Celery.

        Args:
            patience: seconds until a start counts as failed.

        Raises:
            StartError: when it does not answer in time; the message ends with its log.
        """
        process = self.spawn()
        deadline = time.monotonic() + patience
        while not _says_pong(self.socket):
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise StartError(f"The broker did not start.\n{tail(self.place.log(self.name))}")
            time.sleep(0.02)
        url = f"redis+socket://{self.socket}"
        self.place.announce(broker=url)
        return url

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server process without waiting for it."""
        data = self.place.folder("broker")
        options: list[str | Path] = [
            "--port",
            "0",
            "--unixsocket",
            self.socket,
            "--unixsocketperm",
            "700",
            "--dir",
            data,
            "--daemonize",
            "no",
        ]
        durability = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"]
        self.process = spawn(
            [self.binary, *options, *durability],
            log=self.place.log(self.name),
            account=self.place.account,
            death_signal=self.stop_signal,
        )
        return self.process

    def stop(self) -> None:
        """Stop the broker after it has written its file."""
        if self.process:
            stop(self.process, self.stop_signal)


def _says_pong(path: Path) -> bool:
    """Tell whether the server has loaded its file: it accepts connections before, but answers PING with an error."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
