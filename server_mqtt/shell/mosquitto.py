"""The broker's configuration, as Countersign needs it. Impure: writes files.

Every setting was tried on Mosquitto 2.0.11 and 2.0.21. A device writes only its own `up`, reads only its own `down`:
`%u` is the common name of its certificate.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from server_mqtt.contract.limits import MAX_MESSAGE_BYTES
from server_mqtt.contract.topics import ROOT
from server_mqtt.shell.pki import ca_certificate, identity, worker_id

MAX_PACKET_BYTES: Final = 2 * MAX_MESSAGE_BYTES
"""Bytes of one MQTT packet: an oversize message still reaches the server, which says why it is refused."""

MAX_INFLIGHT: Final = 4_096
"""Messages a worker may hold unacknowledged: as many as it asks for, so that it finds out that it has too many."""

MAX_QUEUED: Final = 10_000
"""Messages kept for a terminal that is away; what does not fit is healed by the outboxes."""

MAX_KEEPALIVE_S: Final = 120
"""The longest a client may promise to be silent: who has not sent a whole packet for 1.5 times as long is cut off."""

MAX_WORKERS: Final = 16
"""Servers on one database: far more than one broker can feed."""

_SERVER_ACL: Final = f"""\
# A server reads what terminals say and says what terminals read.
user {{worker}}
topic read {ROOT}/+/up/+
topic write {ROOT}/+/down/+
"""

_TERMINAL_ACL: Final = f"""
# A terminal writes only its own up, reads only its own down: %u is its certificate's common name.
pattern write {ROOT}/%u/up/+
pattern read {ROOT}/%u/down/+
"""

_CONFIG: Final = """\
# Written by `countersign-server broker-config`. One listener; TLS 1.3 and a client certificate for everybody.
per_listener_settings false
listener {port} {bind}
protocol mqtt
allow_anonymous false
cafile {ca}
certfile {certificate}
keyfile {key}
tls_version tlsv1.3
require_certificate true
use_identity_as_username true
# Else any valid certificate could throw another terminal off by taking its client id.
use_username_as_clientid true
acl_file {acl}

persistence true
persistence_location {data}/
autosave_on_changes true
autosave_interval 1
persistent_client_expiration 7d

set_tcp_nodelay true
max_packet_size {max_packet}
max_inflight_messages {max_inflight}
max_queued_messages {max_queued}
max_keepalive {max_keepalive}
connection_messages true
log_dest stderr
log_type error
log_type warning
log_type notice
{user}"""


def write_broker_config(
    folder: Path,
    *,
    pki: Path,
    port: int = 8883,
    bind: str = "127.0.0.1",
    user: str | None = None,
    workers: int = 1,
) -> Path:
    """`mosquitto.conf` and `acl` in `folder`, with the certificates in `pki`; the path of the former.

    `user`: the account Mosquitto changes to when root starts it (its own default is `mosquitto`).
    `workers`: how many servers may connect.
    """
    folder = folder.resolve()
    data = folder / "broker-data"
    data.mkdir(parents=True, exist_ok=True)
    acl = folder / "acl"
    servers = [_SERVER_ACL.format(worker=worker_id(number)) for number in range(1, workers + 1)]
    acl.write_text("".join(servers) + _TERMINAL_ACL)
    broker = identity(pki.resolve(), "broker")
    config = folder / "mosquitto.conf"
    config.write_text(
        _CONFIG.format(
            port=port,
            bind=bind,
            ca=ca_certificate(pki.resolve()),
            certificate=broker.certificate,
            key=broker.key,
            acl=acl,
            data=data,
            max_packet=MAX_PACKET_BYTES,
            max_inflight=MAX_INFLIGHT,
            max_queued=MAX_QUEUED,
            max_keepalive=MAX_KEEPALIVE_S,
            user=f"user {user}\n" if user else "",
        )
    )
    return config
