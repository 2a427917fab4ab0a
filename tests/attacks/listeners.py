"""Sockets of this machine that attacks try to reach: whoever comes is noted."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from pathlib import Path
from types import TracebackType


class Listeners:
    """TCP, UDP, a socket in the file system, an abstract one, a log; use as a context manager."""

    def __init__(self, folder: Path, name: str) -> None:
        self.contacts: list[str] = []
        self.unix, self.log, self.abstract = folder / "listener.sock", folder / "log.sock", name
        self._selector = selectors.DefaultSelector()
        tcp = socket.create_server(("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        self._add("tcp", tcp)
        with contextlib.suppress(OSError):  # a machine without IPv6
            self._add("tcp6", socket.create_server(("::1", self.port), family=socket.AF_INET6))
        self._add("udp", socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ("127.0.0.1", self.port))
        self._add("unix", socket.socket(socket.AF_UNIX), str(self.unix)).listen()
        self._add("abstract", socket.socket(socket.AF_UNIX), f"\0{name}").listen()
        self._add("log", socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), str(self.log))
        for path in (self.unix, self.log):
            path.chmod(0o777)
        self._ended = False
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Listeners:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]

    def _add(self, name: str, listener: socket.socket, address: object = None) -> socket.socket:
        if address is not None:
            listener.bind(address)  # type: ignore[arg-type]
        self._selector.register(listener, selectors.EVENT_READ, name)
        return listener

    def _listen(self) -> None:
        while not self._ended:
            for key, _ in self._selector.select(0.1):
                self.contacts.append(key.data)
                with contextlib.suppress(OSError):
                    key.fileobj.recv(65536) if key.data in ("udp", "log") else key.fileobj.accept()[0].close()  # type: ignore[union-attr]
