"""A process that greets kdb+ clients and does nothing else: fakeq.py PORT [EXIT_AFTER_S]."""

import socket
import sys
import threading
import time


def serve(client: socket.socket) -> None:
    while client.recv(1) != b"\x00":
        pass
    client.sendall(b"\x03")
    client.recv(1)


server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
if len(sys.argv) > 2:
    threading.Timer(float(sys.argv[2]), lambda: sys.stdout.flush() or __import__("os")._exit(3)).start()
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
    time.sleep(0)
