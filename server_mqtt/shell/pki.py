"""Certificates for a private installation: a CA, the broker, the server, terminals. Impure: files, clock, randomness.

Ed25519 throughout. A terminal's key signs its messages and authenticates its TLS connection; the common name is the
device id, which the broker takes as user name and client id.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server_mqtt.contract.topics import check_device_id
from server_mqtt.shell.errors import KeyFileError
from server_mqtt.shell.keys import private_pem, read_key_file, write_private

SERVER_ID: Final = "countersign-server"
"""The common name by which the broker's ACL knows the server."""

BROKER_ID: Final = "countersign-broker"
"""The common name of the broker itself."""

PROBE_ID: Final = "countersign-probe"
"""By this name the server itself tries, at its start, what a terminal may not do: to the broker it is a terminal."""

PROBE_FILE: Final = "probe"
"""What its files are called, beside the server's."""

OTHER_ID: Final = f"{PROBE_ID}-2"
"""The terminal that the probe tries to hear and to speak for. Nobody gets its certificate."""

CA_DAYS: Final = 3650
"""Ten years: replacing it means visiting every terminal."""

LEAF_DAYS: Final = 825
"""The longest that common TLS stacks accept for a leaf (CA/Browser Forum's former limit)."""

_BACKDATED: Final = dt.timedelta(hours=1)
"""So that a terminal whose clock is a little behind accepts a certificate made just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One end's files: its certificate and its key."""

    certificate: Path
    key: Path


def ca_certificate(folder: Path) -> Path:
    """The CA's certificate, which everybody holds."""
    return folder / "ca.pem"


def identity(folder: Path, name: str) -> Identity:
    """Where the files of `name` are."""
    return Identity(certificate=folder / f"{name}.pem", key=folder / f"{name}.key")


def make_pki(folder: Path, hosts: Sequence[str] = ("localhost", "127.0.0.1")) -> None:
    """A CA, and certificates of the broker (for `hosts`), the server and its probe.

    Raises KeyFileError rather than replace one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    name = _name("Countersign CA")
    builder = _builder(name, name, key, CA_DAYS).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    certificate = builder.add_extension(_usage(signs_certificates=True), True).sign(key, None)
    _write(identity(folder, "ca"), certificate, key)
    names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
    _issue(folder, "broker", BROKER_ID, ExtendedKeyUsageOID.SERVER_AUTH, names)
    _issue(folder, "server", SERVER_ID, ExtendedKeyUsageOID.CLIENT_AUTH)
    make_probe(folder)


def make_probe(folder: Path) -> Identity:
    """The certificate and key by which a server tries its broker; raises KeyFileError rather than replace one."""
    return _issue(folder, PROBE_FILE, PROBE_ID, ExtendedKeyUsageOID.CLIENT_AUTH)


def make_worker(folder: Path, number: int) -> Identity:
    """The certificate and key of another worker (2, 3, ...); the broker throws off the elder of two of one name."""
    return _issue(folder, f"server{number}", worker_id(number), ExtendedKeyUsageOID.CLIENT_AUTH)


def worker_id(number: int) -> str:
    """The common name of the worker of this number, from 1; none is a device's, which has no dot."""
    return SERVER_ID if number == 1 else f"{SERVER_ID}.{number}"


def make_device(folder: Path, device: str) -> Identity:
    """A terminal's certificate and key from the CA in `folder`; raises TopicError, KeyFileError.

    The broker lets whoever has the server's name speak for every terminal, so no terminal gets it.
    """
    if device in {SERVER_ID, BROKER_ID, PROBE_ID, OTHER_ID}:
        raise KeyFileError(f"{device} is the name of a server, not of a terminal: choose another")
    return _issue(folder, device, check_device_id(device), ExtendedKeyUsageOID.CLIENT_AUTH)


def _issue(
    folder: Path,
    file: str,
    common_name: str,
    purpose: x509.ObjectIdentifier,
    names: x509.SubjectAlternativeName | None = None,
) -> Identity:
    ca = identity(folder, "ca")
    issuer = x509.load_pem_x509_certificate(read_key_file(ca.certificate))
    issuer_key = serialization.load_pem_private_key(read_key_file(ca.key), password=None)
    if not isinstance(issuer_key, Ed25519PrivateKey):
        raise KeyFileError(f"{ca.key} is no Ed25519 key")
    key = Ed25519PrivateKey.generate()
    builder = _builder(_name(common_name), issuer.subject, key, LEAF_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    builder = builder.add_extension(_usage(signs_certificates=False), True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), False)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = builder.add_extension(issuer_id, False)
    if names is not None:
        builder = builder.add_extension(names, False)
    files = identity(folder, file)
    _write(files, builder.sign(issuer_key, None), key)
    return files


def _builder(subject: x509.Name, issuer: x509.Name, key: Ed25519PrivateKey, days: int) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(files: Identity, certificate: x509.Certificate, key: Ed25519PrivateKey) -> None:
    write_private(files.key, private_pem(key))
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
