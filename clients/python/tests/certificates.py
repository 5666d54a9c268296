"""Certificates for tests, made by openssl; whoever has none is skipped."""

import shutil
import subprocess

import pytest


class Certificates:
    """An authority, and what it has signed, as PEM files in a directory."""

    def __init__(self, directory):
        if shutil.which("openssl") is None:
            pytest.skip("there is no openssl here")
        self.directory = directory
        self._run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path("ca.key"),
                  "-out", self.path("ca.pem"), "-days", "2", "-subj", "/CN=test authority")

    def path(self, name):
        return str(self.directory / name)

    def make(self, name, names="DNS:localhost,IP:127.0.0.1"):
        """Answers the files of a certificate and of its key."""
        key, request, signed = (self.path(f"{name}.{end}") for end in ("key", "csr", "pem"))
        extensions = self.path(f"{name}.ext")
        with open(extensions, "w") as file:
            file.write(f"subjectAltName={names}\n")
        self._run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request,
                  "-subj", f"/CN={name}")
        self._run("x509", "-req", "-in", request, "-CA", self.path("ca.pem"), "-CAkey",
                  self.path("ca.key"), "-CAcreateserial", "-out", signed, "-days", "2",
                  "-extfile", extensions)
        return signed, key

    @staticmethod
    def _run(*words):
        done = subprocess.run(["openssl", *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
