"""Certificates for tests, made by openssl when they are needed. Nothing here is a secret."""
import subprocess


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {words[0]}: {done.stderr[-400:]}")
    return done.stdout


class Authority:
    """A certificate authority in a folder, and what it has signed."""

    def __init__(self, folder, name="ca"):
        self.folder, self.name = folder, name
        self.certificate, self.key = self.selfsigned(name, "/CN=Test Authority " + name)

    def path(self, name, kind):
        return self.folder / f"{name}.{kind}"

    def selfsigned(self, name, subject, kind=("rsa:2048",), days=30):
        key, certificate = self.path(name, "key"), self.path(name, "pem")
        openssl("req", "-x509", "-newkey", *kind, "-nodes", "-keyout", key, "-out", certificate, "-days", days,
                "-subj", subject)
        return certificate, key

    def sign(self, name, subject=None, kind=("rsa:2048",), start=None, end=None):
        """(certificate, key). start and end as openssl ca takes them: YYYYMMDDHHMMSSZ."""
        key, request, certificate = (self.path(name, kind_) for kind_ in ("key", "csr", "pem"))
        openssl("req", "-newkey", *kind, "-nodes", "-keyout", key, "-out", request, "-subj", subject or f"/CN={name}")
        if not start:
            openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                    "-days", "30", "-out", certificate)
            return certificate, key
        (self.folder / "index.txt").write_text("")
        (self.folder / "ca.conf").write_text(
            f"[ca]\ndefault_ca=x\n[x]\ndatabase={self.folder}/index.txt\nnew_certs_dir={self.folder}\n"
            "rand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        openssl("ca", "-batch", "-config", self.folder / "ca.conf", "-cert", self.certificate, "-keyfile", self.key,
                "-in", request, "-out", certificate, "-startdate", start, "-enddate", end, "-notext")
        return certificate, key
