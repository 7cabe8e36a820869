"""Which cameras are let in: real ones, of the allowed buses and identities; never a program that plays one."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.camera.camera_rule import (
    ANY_CAMERA,
    REAL_BUSES,
    CameraIdentity,
    CameraRule,
    libcamera_identity,
)
from firmware_bridge.camera.sysfs import SYSFS, Capability, ask_driver, decode_capability, inspect
from firmware_bridge.errors import CameraRefused, SensorNotFound
from tests.firmware_bridge.camera.device_tree import NODES, DeviceTree

pytestmark = pytest.mark.fault(46)

NODE = NODES[0]
UVC = Capability("uvcvideo", "UVC Camera", "usb-0000:01:00.0-1.3", captures=True)


@pytest.fixture
def tree(tmp_path: Path) -> DeviceTree:
    return DeviceTree(tmp_path / "sys")


def seen(tree: DeviceTree, device: Path = NODE, answer: Capability | None = None) -> CameraIdentity:
    return inspect(device, tree.root, lambda node: answer)[1]


def test_a_webcam_is_let_in_and_known_by_its_numbers(tree: DeviceTree) -> None:
    tree.webcam()
    camera = seen(tree, answer=UVC)
    CameraRule().check(camera)
    assert camera == CameraIdentity("usb", "1-1", "UVC Camera (046d:0825)", "uvcvideo", "046d", "0825", "A1B2C3D4")
    assert camera.key == "usb:046d:0825:A1B2C3D4"
    assert str(camera) == "UVC Camera (046d:0825) (usb:046d:0825:A1B2C3D4)"


def test_a_camera_on_the_boards_port_is_let_in(tree: DeviceTree) -> None:
    tree.on_bus("platform", "platform/soc/fe801000.csi", "unicam", name=b"unicam-image\n")
    camera = seen(tree)
    CameraRule().check(camera)
    assert camera.key == "platform:fe801000.csi"


def test_a_stable_name_leads_to_the_node(tree: DeviceTree, tmp_path: Path) -> None:
    tree.webcam()
    stable = tmp_path / "usb-046d_0825_A1B2C3D4-video-index0"
    stable.symlink_to(NODE)
    node, camera = inspect(stable, tree.root)
    assert (node, camera.serial) == (NODE, "A1B2C3D4")


VIRTUAL: list[Callable[[DeviceTree], object]] = [
    lambda tree: tree.loopback(),
    lambda tree: tree.loopback(name=b"UVC Camera (046d:0825)\n"),
    lambda tree: tree.on_bus("platform", "platform/vivid.0", "vivid"),
    lambda tree: tree.on_bus("platform", "platform/vimc.0", "vimc"),
    lambda tree: tree.on_bus("platform", "platform/akvcam.0", "akvcam"),
    lambda tree: tree.webcam(host="platform/vhci_hcd.0/usb5"),
    lambda tree: tree.webcam(host="platform/dummy_hcd.0/usb3"),
    lambda tree: tree.webcam(host="virtual/usb1"),
]


@pytest.mark.parametrize(
    "plug", VIRTUAL, ids=["loopback", "named", "vivid", "vimc", "akvcam", "usbip", "gadget", "under virtual"]
)
def test_a_program_that_plays_a_camera_is_refused(tree: DeviceTree, plug: Callable[[DeviceTree], object]) -> None:
    plug(tree)
    camera = seen(tree)
    for rule in (CameraRule(), CameraRule((camera.key,))):
        with pytest.raises(CameraRefused, match="virtual camera"):
            rule.check(camera)
    ANY_CAMERA.check(camera)


@pytest.mark.parametrize(
    "answer",
    [
        Capability("v4l2 loopback", "Integrated Camera", "usb-0000:01:00.0-1.3", captures=True),
        Capability("uvcvideo", "Integrated Camera", "platform:v4l2loopback-000", captures=True),
    ],
)
def test_a_driver_that_says_what_it_is_is_believed(tree: DeviceTree, answer: Capability) -> None:
    tree.webcam()
    CameraRule().check(seen(tree))
    with pytest.raises(CameraRefused, match="virtual camera"):
        CameraRule().check(seen(tree, answer=answer))


def test_a_capture_card_is_no_camera(tree: DeviceTree) -> None:
    tree.on_bus("pci", "pci0000:00/0000:00:04.0", "cx23885")
    with pytest.raises(CameraRefused, match=r"on the bus 'pci'.*USB or on the board's"):
        CameraRule().check(seen(tree))


@pytest.mark.parametrize(
    ("allowed", "admitted"),
    [
        ("usb:046d:0825", True),
        ("usb:046d:0825:A1B2C3D4", True),
        ("usb:046d:0825:A1B2", False),
        ("usb:046d", True),
        ("usb:046d:08", False),
        ("usb:1b3f:2008", False),
        ("platform:fe801000.csi", False),
    ],
)
def test_only_those_that_were_chosen(tree: DeviceTree, allowed: str, admitted: bool) -> None:
    tree.webcam()
    camera, rule = seen(tree), CameraRule(("usb:ffff:0001", allowed))
    if admitted:
        rule.check(camera)
        return
    with pytest.raises(CameraRefused, match=r'add "usb:046d:0825:A1B2C3D4" to `allowed`'):
        rule.check(camera)


def test_what_is_no_camera_is_said(tree: DeviceTree, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"\0")
    with pytest.raises(CameraRefused, match="a film is no camera"):
        seen(tree, film)
    with pytest.raises(SensorNotFound, match="is it plugged in"):
        seen(tree, tmp_path / "video0")
    with pytest.raises(CameraRefused, match="something else"):
        seen(tree)
    tree.webcam()
    with pytest.raises(CameraRefused, match="delivers no pictures"):
        seen(tree, answer=Capability("uvcvideo", "UVC Camera", "usb-1", captures=False))


@pytest.mark.skipif(not (SYSFS / "dev/char/1:3").exists(), reason="no /sys here")
def test_the_kernel_of_this_machine_knows_that_dev_null_is_no_camera() -> None:
    with pytest.raises(CameraRefused, match="the kernel knows 1:3 as something else"):
        inspect(NODE)


def test_what_a_device_calls_itself_does_nothing_to_a_screen(tree: DeviceTree) -> None:
    tree.webcam(name=b"\x1b[2Jok\r\n\xff" + b"x" * 500)
    name = seen(tree).name
    assert name.isprintable()
    assert len(name) <= 80


def test_what_a_driver_answers_is_read_as_the_header_says() -> None:
    def answer(capabilities: int, device: int) -> bytes:
        return struct.pack("=16s32s32s6I", b"uvcvideo", b"Cam\0old", b"usb-1", 0x60100, capabilities, device, 0, 0, 0)[
            :104
        ]

    assert decode_capability(answer(0x84A00001, 0x04200001)) == Capability("uvcvideo", "Cam", "usb-1", captures=True)
    assert not decode_capability(answer(0x84A00001, 0x04A00000)).captures  # the node of a webcam's metadata
    assert decode_capability(answer(0x00000001, 0)).captures
    assert ask_driver(NODE) is None
    assert ask_driver(Path("/no/such/node")) is None


@pytest.mark.parametrize(
    ("camera_id", "key"),
    [
        ("/base/soc/i2c0mux/i2c@1/imx219@10", "csi:/base/soc/i2c0mux/i2c@1/imx219@10"),
        ("/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a", "csi:/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a"),
        ("/base/scb/pcie@7d500000/pci@0,0/usb@0,0-1.3:1.0-046d:0825", "usb:046d:0825"),
    ],
)
def test_libcameras_names_of_hardware(camera_id: str, key: str) -> None:
    camera = libcamera_identity(camera_id, "imx219")
    CameraRule((key,)).check(camera)
    assert camera.key == key


@pytest.mark.parametrize("camera_id", ["Virtual0", "platform/vimc.0 Sensor B", "emulated", "", "x/base/"])
def test_libcameras_names_of_programs(camera_id: str) -> None:
    with pytest.raises(CameraRefused, match="virtual camera"):
        CameraRule().check(libcamera_identity(camera_id, "imx219"))


TEXT = st.text(max_size=12)
IDENTITIES = st.builds(CameraIdentity, TEXT | st.sampled_from(REAL_BUSES), TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT)


@given(camera=IDENTITIES, allowed=st.lists(TEXT, max_size=3))
def test_whatever_it_is_only_hardware_that_was_chosen_passes(camera: CameraIdentity, allowed: list[str]) -> None:
    try:
        CameraRule(tuple(allowed)).check(camera)
    except CameraRefused:
        return
    assert not camera.made_of
    assert camera.bus in REAL_BUSES
    assert not allowed or any(camera.key.startswith(entry) for entry in allowed)
