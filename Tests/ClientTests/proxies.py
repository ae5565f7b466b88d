"""nginx, HAProxy and Caddy in front of a server, with a tap between that keeps what they say to each other."""

import os
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
from pathlib import Path

from eventually import eventually
from penstock_server import PACKAGE_ROOT

FOLDER = PACKAGE_ROOT / ".build/proxies"
PROGRAMS = {"nginx": "usr/sbin/nginx", "haproxy": "usr/sbin/haproxy", "caddy": "usr/bin/caddy"}

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    upstream penstock {{ server unix:{tap}; keepalive 1; }}
    server {{
        listen unix:{listen};
        location / {{
            proxy_pass http://penstock;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_request_buffering off;
        }}
    }}
}}
"""

HAPROXY = """
global
    maxconn 256
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
    http-reuse always
listen penstock
    bind unix@{listen}
    server penstock unix@{tap} pool-max-conn 1
"""

CADDY = """
{{
    admin off
    auto_https off
}}
http:// {{
    bind unix/{listen}
    reverse_proxy unix/{tap} {{
        transport http {{
            max_conns_per_host 1
        }}
    }}
}}
"""


def program(name):
    """The path of a proxy's program. It must be there: `scripts/setup tests` unpacks it."""
    path = FOLDER / PROGRAMS[name]
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run scripts/setup tests")
    return str(path)


class Tap:
    """Hands connections on to the server and keeps what goes each way, a pair of byte arrays for each connection."""

    def __init__(self, server, path):
        self.connections = []
        tap = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with server.connect(timeout=None) as upstream:
                    there, back = bytearray(), bytearray()
                    tap.connections.append((there, back))
                    copier = threading.Thread(target=copy, args=(self.request, upstream, there), daemon=True)
                    copier.start()
                    copy(upstream, self.request, back)
                    copier.join(10)

        class Listener(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

        self.listener = Listener(path, Handler)
        threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.listener.shutdown()
        self.listener.server_close()


def copy(source, target, record):
    """Hands bytes on to the end of the source, and then ends the target's side."""
    try:
        while piece := source.recv(65536):
            record += piece
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        # One side is gone: the other one learns of it.
        for side in (source, target):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Proxy:
    """A proxy's process in front of a tap. Everything listens on sockets of the file system: no port can be taken."""

    def __init__(self, name, server):
        # Short, because the path of a socket may have 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="px"))
        self.path = str(self.folder / "in")
        tap = str(self.folder / "tap")
        self.tap = Tap(server, tap)
        configuration = self.folder / "proxy.conf"
        text = {"nginx": NGINX, "haproxy": HAPROXY, "caddy": CADDY}[name]
        configuration.write_text(text.format(folder=self.folder, listen=self.path, tap=tap))
        command = {
            "nginx": ["-p", self.folder, "-c", configuration, "-e", "stderr"],
            "haproxy": ["-db", "-f", configuration],
            "caddy": ["run", "--config", configuration, "--adapter", "caddyfile"],
        }[name]
        self.log = self.folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [program(name), *map(str, command)], stdout=log, stderr=log, cwd=self.folder,
                env={"HOME": str(self.folder), "PATH": os.environ["PATH"]})
        eventually(self.accepts, f"{name} accepts connections: {self.log.read_text(errors='replace')[-2000:]}")

    def accepts(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"it ended: {self.log.read_text(errors='replace')[-3000:]}")
        try:
            self.connect().close()
        except OSError:
            return False
        return True

    def connect(self):
        raw = socket.socket(socket.AF_UNIX)
        raw.settimeout(10)
        raw.connect(self.path)
        return raw

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.tap.close()
        shutil.rmtree(self.folder, ignore_errors=True)
