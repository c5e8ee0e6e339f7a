"""Real servers for the lab, started in a namespace; small scripted ones where only the dialogue matters."""

from __future__ import annotations

import datetime
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.live.lab import BAD, RESOLVER, WEB, Lab

PYTHON = sys.executable
DAY = datetime.timedelta(days=1)

_WEB = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        wanted = self.path in ("/", "/gate", "/big", "/style.css") or self.path.startswith("/dists")
        body = b"x" * {body} if wanted else b"no"
        self.send_response(200 if wanted else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.path = "/"
        self.do_GET()
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("0.0.0.0", {port}), Page).serve_forever()
"""
_SINK = """
import socket, threading
def take(c):
    c.recv(4096)
    c.sendall(b"HTTP/1.1 100 Continue\\r\\n\\r\\n")
    while c.recv(1 << 20): pass
s = socket.create_server(("0.0.0.0", {port}))
while True: threading.Thread(target=take, args=(s.accept()[0],), daemon=True).start()
"""
_LINES = """
import socket, threading
def serve(c):
    f = c.makefile("rwb", buffering=0)
    f.write({hello!r})
    for line in f:
        words = line.decode("latin-1").split()
        for part, answer in {answers!r}:
            if part in line.upper().decode("latin-1"):
                f.write(answer.replace(b"TAG", words[0].encode()))
                break
s = socket.create_server(("0.0.0.0", {port}))
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""
_MAIL = {
    "pop3": (110, b"+OK ready\r\n", (
        ("CAPA", b"+OK\r\nUSER\r\n.\r\n"), ("USER", b"+OK\r\n"), ("PASS", b"+OK\r\n"), ("LIST", b"+OK\r\n.\r\n"),
        ("QUIT", b"+OK\r\n"))),
    "imap": (143, b"* OK ready\r\n", (
        ("CAPABILITY", b"* CAPABILITY IMAP4rev1\r\nTAG OK\r\n"), ("LOGIN", b"TAG OK\r\n"), ("LIST", b"TAG OK\r\n"),
        ("LOGOUT", b"* BYE\r\nTAG OK\r\n"))),
    "smtp": (25, b"220 mail.example.org ESMTP\r\n", (
        ("EHLO", b"250-mail\r\n250 AUTH PLAIN LOGIN\r\n"), ("AUTH", b"235 ok\r\n"), ("MAIL", b"250 ok\r\n"),
        ("RCPT", b"250 ok\r\n"), ("QUIT", b"221 bye\r\n"), ("DATA", b"554 no\r\n"))),
}  # fmt: skip
_CLOCK = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", 123))
while True:
    q, a = s.recvfrom(512)
    s.sendto(b"\\x24\\x02" + bytes(22) + q[40:48] + bytes(16), a)
"""
ASK_TIME = (
    "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)\n"
    f"s.sendto(b'\\x23' + bytes(47), ('{WEB}', 123))\ns.recv(512)"
)
ANNOUNCE = (
    "from scapy.all import *\nconf.verb = 0\n"
    "sendp(Ether(src='3c:7c:3f:77:00:0a', dst='01:00:5e:00:00:fb')/IP(src='192.168.77.10', dst='224.0.0.251', ttl=255)"
    "/UDP(sport=5353, dport=5353)/DNS(qr=1, aa=1, an=DNSRR(rrname='desk.local', type='A', ttl=120,"
    " rdata='192.168.77.10')), iface='eth0')"
)


def _python(lab: Lab, host: str, code: str, wait_s: float = 0.6) -> subprocess.Popen[str]:
    process = lab.start(host, PYTHON, "-c", code)
    time.sleep(wait_s)
    return process


def web(lab: Lab, host: str, port: int, body: int = 500) -> subprocess.Popen[str]:
    return _python(lab, host, _WEB.format(port=port, body=body))


def sink(lab: Lab, host: str, port: int) -> subprocess.Popen[str]:
    return _python(lab, host, _SINK.format(port=port))


def clock(lab: Lab) -> subprocess.Popen[str]:
    return _python(lab, "net", _CLOCK)


def mail(kind: str) -> Callable[[Lab, str], object]:
    port, hello, answers = _MAIL[kind]

    def start(lab: Lab, host: str) -> object:
        return _python(lab, host, _LINES.format(port=port, hello=hello, answers=answers))

    return start


def resolver(lab: Lab, *options: str, host: str = "net", listen: str = RESOLVER) -> subprocess.Popen[str]:
    alone = ("--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces")
    own = (f"--listen-address={listen}", "--except-interface=lo", f"--pid-file={lab.folder}/dns-{time.time_ns()}")
    process = lab.start(host, "dnsmasq", *alone, *own, *options)
    time.sleep(0.5)
    return process


def ssh(lab: Lab, host: str) -> subprocess.Popen[str]:
    key = lab.folder / "host_key"
    if not key.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    options = ("PasswordAuthentication=yes", "PermitRootLogin=yes", "UsePAM=no", "MaxStartups=50", "PidFile=none")
    process = lab.start(
        host, "/usr/sbin/sshd", "-D", "-f", "/dev/null", "-h", str(key), *(part for o in options for part in ("-o", o))
    )
    time.sleep(0.7)
    return process


def ftp(lab: Lab, host: str) -> subprocess.Popen[str]:
    settings = lab.folder / f"vsftpd-{host}.conf"
    empty = lab.folder / "empty"
    empty.mkdir(exist_ok=True)
    settings.write_text(
        "listen=YES\nlocal_enable=YES\nanonymous_enable=NO\nseccomp_sandbox=NO\nisolate_network=NO\nmax_login_fails=3\n"
        f"delay_failed_login=0\nsecure_chroot_dir={empty}\npam_service_name=vsftpd\n"
    )
    process = lab.start(host, "vsftpd", str(settings))
    time.sleep(0.7)
    return process


def telnet(lab: Lab, host: str) -> subprocess.Popen[str]:
    code = (
        "import os, socket, subprocess\n"
        "s = socket.create_server(('0.0.0.0', 23))\n"
        "while True:\n"
        " c, _ = s.accept()\n"
        " subprocess.Popen(['/usr/sbin/telnetd'], stdin=c, stdout=c, stderr=c)\n"
        " c.close()\n"
    )
    return _python(lab, host, code)


def snmp(lab: Lab, host: str) -> subprocess.Popen[str]:
    settings = lab.folder / "snmpd.conf"
    settings.write_text("rocommunity hidden\nagentaddress udp:161\n")
    process = lab.start(
        host, "snmpd", "-f", "-C", "-c", str(settings), "-Lf", "/dev/null", "-p", f"{lab.folder}/snmp.pid"
    )
    time.sleep(1.5)
    return process


def _certificate(folder: Path, kind: str) -> tuple[Path, Path]:
    """A leaf of an authority of our own, with one thing wrong."""
    now = datetime.datetime.now(datetime.UTC)
    key = rsa.generate_private_key(65537, 2048)
    authority = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example.org")])
    trusted = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Example CA")])
    issuer = subject if kind == "self-signed" else trusted
    first, last = {"expired": (-400, -30), "early": (20, 200)}.get(kind, (-10, 80))
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + first * DAY).not_valid_after(now + last * DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example.org")]), False)
        .sign(key if kind == "self-signed" else authority, hashes.SHA256())
    )  # fmt: skip
    certificate, private = folder / f"{kind}.pem", folder / f"{kind}.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ))  # fmt: skip
    return certificate, private


def _by_openssl(folder: Path, kind: str) -> tuple[Path, Path]:
    """What the library refuses to make: signatures and keys that are too weak."""
    certificate, private = folder / f"{kind}.pem", folder / f"{kind}.key"
    digest, bits = ("-sha256", 768) if kind == "weak-key" else (f"-{kind}", 2048)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", f"rsa:{bits}", "-nodes", "-keyout", str(private),
         "-out", str(certificate), "-days", "30", digest, "-subj", "/CN=shop.example.org",
         "-addext", "subjectAltName=DNS:shop.example.org"],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, private


_WEAK = ("md5", "sha1", "weak-key")
_SERVER = {
    "tls1.0": ("-tls1", "-cipher", "DEFAULT@SECLEVEL=0"),
    "null": ("-tls1_2", "-cipher", "NULL-SHA256@SECLEVEL=0"),
    "anonymous": ("-tls1_2", "-cipher", "ADH-AES128-SHA@SECLEVEL=0"),
}


def client_options(kind: str) -> tuple[str, ...]:
    return _SERVER.get(kind, ("-tls1_2", "-cipher", "DEFAULT@SECLEVEL=0"))


def tls(lab: Lab, kind: str, host_address: str = BAD) -> subprocess.Popen[str]:
    made = (_by_openssl if kind in _WEAK else _certificate)(lab.folder, kind)
    process = lab.start(
        "net", "openssl", "s_server", "-accept", f"{host_address}:443", "-cert", str(made[0]), "-key", str(made[1]),
        "-www", "-quiet", *_SERVER.get(kind, ("-cipher", "DEFAULT@SECLEVEL=0")),
    )  # fmt: skip
    time.sleep(0.5)
    return process
