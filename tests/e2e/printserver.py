"""A print server of the test's own: CUPS on a free port, and behind its queue a printer that speaks IPP. Both run as an
ordinary user in a private folder; what the printer was given lies in `printed`."""
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from appliance import need, wait_for

POLICY = """Listen 127.0.0.1:{port}
Browsing Off
DefaultAuthType None
WebInterface No
LogLevel debug
JobRetryInterval 1
<Location />
  Order allow,deny
  Allow all
</Location>
<Location /admin>
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""
FILES = """ServerRoot {dir}/root
CacheDir {dir}/cache
StateDir {dir}/run
RequestRoot {dir}/spool
TempDir {dir}/temp
AccessLog {dir}/log/access
ErrorLog {dir}/log/error
PageLog {dir}/log/page
Printcap {dir}/run/printcap
User {user}
Group {group}
SystemGroup root
"""
# What the printer does with a label: while the file `trouble` names something, that is its state and nothing is printed.
# Its last word is always that nothing is wrong, whatever it read before: a printer that once said that it is empty and
# never takes it back begins no label any more.
COMMAND = """#!/bin/sh
env | grep ^IPP_ > {dir}/printed/attributes
while [ -s {dir}/trouble ]; do
  echo "STATE: $(cat {dir}/trouble)" >&2
  sleep 0.1
done
echo "STATE: none" >&2
cp "$1" {dir}/printed/label-$(ls {dir}/printed | wc -l)
"""

# A printer that takes discs and nothing else.
ATTRIBUTES = """ATTR mimeMediaType document-format-supported application/octet-stream,application/pdf,image/png
ATTR mimeMediaType document-format-default application/pdf
ATTR keyword media-supported custom_disc_120x120mm
ATTR keyword media-default custom_disc_120x120mm
ATTR keyword media-ready custom_disc_120x120mm
ATTR collection media-size-supported {
  MEMBER integer x-dimension 12000
  MEMBER integer y-dimension 12000
}
ATTR keyword print-scaling-supported none
ATTR keyword print-scaling-default none
ATTR enum orientation-requested-supported 3
ATTR resolution printer-resolution-supported 300dpi
ATTR resolution printer-resolution-default 300dpi
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Wire:
    """Between a robot and its print server. Once it is cut, the answer to the next label is lost."""
    PRINT_JOB = re.compile(rb"\x00\x02.{4}\x01\x47\x00\x12attributes-charset", re.DOTALL)

    def __init__(self, port):
        self.to, self.cut, self.lost = port, False, threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self.to))
            except OSError:
                client.close()
                continue
            state = {"label": False}
            for pair in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.pump, args=(*pair, state), daemon=True).start()

    def pump(self, source, target, asks, state):
        try:
            while data := source.recv(65536):
                if asks and self.cut and self.PRINT_JOB.search(data):
                    state["label"] = True
                if not asks and state["label"] and b" 200 OK" in data:
                    self.cut = False
                    self.lost.set()
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class PrintServer:
    def __init__(self):
        need("cupsd", "ippeveprinter", "lpadmin", "dbus-daemon")
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dw-cups-"))
        self.user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        self.port, self.printer_port = free_port(), free_port()
        self.processes = {}
        for name in ("root", "cache", "run", "spool", "log", "temp", "printed", "ipp"):
            (self.dir / name).mkdir()
        group = subprocess.run(["id", "-gn", self.user.pw_name], capture_output=True, text=True, check=True).stdout.strip()
        (self.dir / "root/cupsd.conf").write_text(POLICY.format(port=self.port))
        (self.dir / "root/cups-files.conf").write_text(FILES.format(dir=self.dir, user=self.user.pw_name, group=group))
        (self.dir / "attributes").write_text(ATTRIBUTES)
        (self.dir / "command").write_text(COMMAND.format(dir=self.dir))
        (self.dir / "command").chmod(0o755)
        self.dir.chmod(0o755)
        if os.getuid() == 0:
            for path in (self.dir, *self.dir.rglob("*")):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
        self.wire = Wire(self.port)
        self.uri = f"ipp://127.0.0.1:{self.wire.port}/printers/disc"

    def __enter__(self):
        self.run("bus", "dbus-daemon", "--session", "--nofork", f"--address=unix:path={self.dir}/bus")
        wait_for("the bus", (self.dir / "bus").exists)
        self.start_printer()
        self.start_server()
        done = subprocess.run(["lpadmin", "-h", f"127.0.0.1:{self.port}", "-p", "disc", "-E", "-v",
                               f"ipp://localhost:{self.printer_port}/ipp/print"], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"lpadmin: {done.stderr}")
        return self

    def __exit__(self, kind, value, traceback):
        for name in list(self.processes):
            self.stop(name)
        if kind is not None and kind is not SystemExit:
            print("--- log of the print server (last lines)")
            print("\n".join((self.dir / "log/error").read_text(errors="replace").splitlines()[-30:]))
        if not os.environ.get("DW_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, name, *command):
        # The IPP printer asks the system's bus whether anybody announces printers: nobody does on this one.
        env = dict(os.environ, HOME=str(self.dir), TMPDIR=str(self.dir / "temp"),
                   DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={self.dir}/bus")
        who = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        with open(self.dir / f"{name}.out", "ab") as out:
            self.processes[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env,
                                                    cwd=self.dir, start_new_session=True, **who)

    def stop(self, name):
        process = self.processes.pop(name)
        try:
            os.killpg(process.pid, signal.SIGTERM)  # its filters and backends, too
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        except ProcessLookupError:
            process.wait()

    def listening(self, port):
        def ask():
            with socket.create_connection(("127.0.0.1", port), 1):
                return True
        wait_for(f"port {port}", ask, 30)

    def start_printer(self):
        self.run("printer", "ippeveprinter", "-p", str(self.printer_port), "-r", "off", "-a", str(self.dir / "attributes"), "-vvv",
                 "-d", str(self.dir / "ipp"), "-c", str(self.dir / "command"), "Disc")
        self.listening(self.printer_port)

    def start_server(self):
        self.run("server", "cupsd", "-f", "-c", str(self.dir / "root/cupsd.conf"), "-s", str(self.dir / "root/cups-files.conf"))
        self.listening(self.port)

    def trouble(self, word):
        (self.dir / "trouble").write_text(word)

    def printed(self):
        return sorted((self.dir / "printed").glob("label-*"))

    def hold(self, jobs):
        subprocess.run(["lpadmin", "-h", f"127.0.0.1:{self.port}", "-p", "disc", "-o",
                        f"job-hold-until-default={'indefinite' if jobs else 'no-hold'}"], check=True, timeout=30)

    def release(self):
        for job in self.queue():
            subprocess.run(["lp", "-h", f"127.0.0.1:{self.port}", "-i", job, "-H", "resume"], check=True, timeout=30,
                           capture_output=True)

    def queue(self):
        """The jobs that are not done, by name of queue and number."""
        done = subprocess.run(["lpstat", "-h", f"127.0.0.1:{self.port}", "-o"], capture_output=True, text=True, timeout=30)
        return [line.split()[0] for line in done.stdout.splitlines()]

    def submit(self, title, *options):
        """Somebody else prints something: its name in queue()."""
        done = subprocess.run(["lp", "-h", f"127.0.0.1:{self.port}", "-d", "disc", "-t", title, *options, self.dir / "attributes"],
                              capture_output=True, text=True, check=True, timeout=30)
        return done.stdout.split()[3]

    def cancel_all(self):
        subprocess.run(["cancel", "-h", f"127.0.0.1:{self.port}", "-a"], check=True, timeout=30)
