"""The server's keys on disk: made once, read at start. Impure: files and the operating system's randomness.

signing.pem    Ed25519: signs every message down; terminals hold its public half (signing.pub.pem)
sealing.pem    X25519: opens what terminals seal; terminals hold its public half (sealing.pub.pem)
template.key   32 bytes: encrypts and transforms references; never in the database
"""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID

from server_mqtt.contract.topics import TopicError, check_device_id
from server_mqtt.shell.errors import KeyFileError

TEMPLATE_KEY_BYTES: Final = 32
"""AES-256 and HKDF-SHA256 want no more."""

SHARE_GROUP_BYTES: Final = 16
"""128 bits are not guessed."""

PRIVATE_MODE: Final = 0o600

MAX_KEY_FILE_BYTES: Final = 65_536
"""An Ed25519 key in PEM has 119."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerKeys:
    """The three secrets of a server. Never printed."""

    signing: Ed25519PrivateKey = field(repr=False)
    sealing: X25519PrivateKey = field(repr=False)
    template: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFiles:
    """Where they are."""

    signing: Path
    sealing: Path
    template: Path


def key_files(folder: Path) -> KeyFiles:
    """The customary names in `folder`."""
    return KeyFiles(signing=folder / "signing.pem", sealing=folder / "sealing.pem", template=folder / "template.key")


def make_keys(files: KeyFiles) -> None:
    """New keys at `files`; raises KeyFileError rather than replace one."""
    signing, sealing = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    for path in (files.signing, files.sealing, files.template):
        if path.exists():
            raise KeyFileError(f"{path} exists; a key is never overwritten")
    write_private(files.signing, private_pem(signing))
    write_private(files.sealing, private_pem(sealing))
    write_private(files.template, secrets.token_bytes(TEMPLATE_KEY_BYTES))
    files.signing.with_suffix(".pub.pem").write_bytes(public_pem(signing))
    files.sealing.with_suffix(".pub.pem").write_bytes(public_pem(sealing))


def load_keys(files: KeyFiles) -> ServerKeys:
    """The keys at `files`; raises KeyFileError naming the file that is wrong."""
    signing = _private(files.signing)
    if not isinstance(signing, Ed25519PrivateKey):
        raise KeyFileError(f"{files.signing} is no Ed25519 key")
    sealing = _private(files.sealing)
    if not isinstance(sealing, X25519PrivateKey):
        raise KeyFileError(f"{files.sealing} is no X25519 key")
    if next_template_key(files.template).exists():
        raise KeyFileError(
            f"{files.template} is being replaced: `enrolment reissue --new-key` has to be run to its end"
        )
    return ServerKeys(signing=signing, sealing=sealing, template=read_template_key(files.template))


def next_template_key(path: Path) -> Path:
    """Where the key lies that is to replace the template key at `path`, while that goes on."""
    return path.with_name(f"{path.name}.next")


def read_template_key(path: Path) -> bytes:
    """The template key at `path`; raises KeyFileError."""
    key = read_key_file(path)
    if len(key) != TEMPLATE_KEY_BYTES:
        raise KeyFileError(f"{path} has {len(key)} bytes, not {TEMPLATE_KEY_BYTES}")
    return key


def read_own_key(file: BinaryIO, name: str) -> Ed25519PrivateKey:
    """The Ed25519 key in the open `file`, known as `name`, which nobody but its owner may read; raises KeyFileError."""
    try:
        status = os.fstat(file.fileno())
    except OSError:
        status = None  # no file: what another program says
    if status is not None and stat.S_ISREG(status.st_mode) and status.st_mode & ~PRIVATE_MODE & 0o777:
        raise KeyFileError(f"{name} can be read by others than its owner: `chmod 600` it, if nobody did")
    key = _read_private(file.read(MAX_KEY_FILE_BYTES), name)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{name} is no Ed25519 key")
    return key


def load_public(path: Path) -> Ed25519PublicKey:
    """The public half of a signing key (signing.pub.pem); raises KeyFileError."""
    try:
        key = serialization.load_pem_public_key(read_key_file(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} is no public key in PEM: {error}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFileError(f"{path} is no Ed25519 key")
    return key


def share_group(keys: ServerKeys) -> str:
    """The name of the group in which workers with these keys share what the broker hears; nobody else can tell it."""
    derived = HKDF(hashes.SHA256(), SHARE_GROUP_BYTES, salt=None, info=b"countersign/v1/share-group")
    return derived.derive(keys.template).hex()


def device_of_certificate(path: Path) -> tuple[str, Ed25519PublicKey]:
    """(device id, public key) of a terminal's certificate; raises KeyFileError."""
    try:
        certificate = x509.load_pem_x509_certificate(read_key_file(path))
    except ValueError as error:
        raise KeyFileError(f"{path} is no PEM certificate: {error}") from None
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    key = certificate.public_key()
    if len(names) != 1 or not isinstance(key, Ed25519PublicKey):
        raise KeyFileError(f"{path} must have one common name and an Ed25519 key")
    try:
        return check_device_id(str(names[0].value)), key
    except TopicError as error:
        raise KeyFileError(f"{path}: {error}") from None


def private_pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    """PKCS 8, not encrypted: the file's mode protects it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: Ed25519PrivateKey | X25519PrivateKey) -> bytes:
    """The public half of `key`."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def write_private(path: Path, content: bytes) -> None:
    """`content` in a new file that only its owner reads; raises KeyFileError where there is one already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    except FileExistsError:
        raise KeyFileError(f"{path} exists; a key is never overwritten") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_key_file(path: Path) -> bytes:
    """The bytes of `path`; raises KeyFileError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from None


def _private(path: Path) -> object:
    return _read_private(read_key_file(path), str(path))


def _read_private(content: bytes, name: str) -> object:
    try:
        return serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{name} is no unencrypted PEM key: {error}") from None
