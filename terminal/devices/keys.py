"""The keys a terminal holds: its own, and the public halves of the server's. Impure: reads files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.x509.oid import NameOID

from terminal.config import TerminalConfig
from terminal.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalKeys:
    """`device` signs what the terminal says; the others check and seal for the server. Never printed."""

    device: Ed25519PrivateKey = field(repr=False)
    server_signing: Ed25519PublicKey = field(repr=False)
    server_sealing: X25519PublicKey = field(repr=False)
    certificate: x509.Certificate = field(repr=False)


def load_keys(config: TerminalConfig) -> TerminalKeys:
    """The keys that `config` names.

    Raises ConfigError naming the file: missing, no key of the right kind, a certificate of another terminal or key.
    """
    key_path = config.path(config.broker.key)
    device = _private(key_path)
    certificate_path = config.path(config.broker.certificate)
    certificate = _certificate(certificate_path)
    names = [str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [config.device_id]:
        raise ConfigError(f"{certificate_path} is of {', '.join(names) or 'nobody'}, not of {config.device_id}")
    if certificate.public_key() != device.public_key():
        raise ConfigError(f"{key_path} is not the key of {certificate_path}")
    signing = _public(config.path(config.server_signing_key))
    if not isinstance(signing, Ed25519PublicKey):
        raise ConfigError(f"{config.path(config.server_signing_key)} is no public Ed25519 key")
    sealing = _public(config.path(config.server_sealing_key))
    if not isinstance(sealing, X25519PublicKey):
        raise ConfigError(f"{config.path(config.server_sealing_key)} is no public X25519 key")
    return TerminalKeys(device=device, server_signing=signing, server_sealing=sealing, certificate=certificate)


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(_bytes(path), password=None)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{path} is no unencrypted PEM key: {error}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{path} is no Ed25519 key")
    return key


def _public(path: Path) -> object:
    try:
        return serialization.load_pem_public_key(_bytes(path))
    except ValueError as error:
        raise ConfigError(f"{path} is no public PEM key: {error}") from None


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_bytes(path))
    except ValueError as error:
        raise ConfigError(f"{path} is no PEM certificate: {error}") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
