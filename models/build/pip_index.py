"""The package index, through this environment's own pip. Impure: the network.

pip knows the mirrors, proxies, certificates and passwords that the machine's owner configured, so pip's own finder
and session are asked. `pip download` is not: it runs the setup script of a source package and unpacks all of it,
and of these packages only single files are wanted, none of their code.

pip calls its insides unstable. What is used here is the same in 23.0 (Debian 12) to 26.3; where it is not, the
error says how to go on by hand.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

from models.build.recipe import Package
from models.errors import BuildError

# All wheels of the recipe suit this interpreter and platform, whatever machine the build runs on.
_TARGET = (
    *("--implementation", "cp", "--python-version", "311", "--abi", "cp311", "--no-deps"),
    *("--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_17_x86_64"),
)
# The file is kept by the build; pip would keep a second copy in its own cache.
_OPTIONS = ("--no-cache-dir", "--quiet", *_TARGET)
_CHUNK_BYTES = 256 * 1024
_OK = 200


class Index(Protocol):
    """Where packages come from."""

    def chunks(self, package: Package) -> Iterator[bytes]:
        """The file of `package`, piece by piece, not verified. Raises BuildError where it does not come whole."""
        ...


class PipIndex:
    """The index that pip is configured for."""

    def chunks(self, package: Package) -> Iterator[bytes]:
        """See `Index.chunks`."""
        with _pip(package) as (finder, session):
            links = [one.link for one in finder.find_all_candidates(package.name)]
            link = next((one for one in links if one.filename == package.file_name), None)
            if link is None:
                raise BuildError(
                    f"{package.file_name} cannot be fetched: no index that pip reaches offers it. Is there a network? "
                    f"Does `pip index versions {package.name}` find the package? {by_hand(package)}"
                )
            response = session.get(link.url_without_fragment, stream=True, headers={"Accept-Encoding": "identity"})
            if response.status_code != _OK:
                raise BuildError(f"{link} answered {response.status_code} {response.reason}. {by_hand(package)}")
            yield from response.iter_content(_CHUNK_BYTES)


def by_hand(package: Package) -> str:
    """What to do where the network does not help."""
    return (
        f"Or bring the file {package.file_name} from https://pypi.org/project/{package.name}/{package.version}/#files "
        "yourself, put it into the folder of downloads (.cache/downloads), and call again."
    )


@contextmanager
def _pip(package: Package) -> Iterator[tuple[Any, Any]]:
    """pip's finder and session; what goes wrong with them becomes a BuildError."""
    with ExitStack() as stack:
        try:
            finder, session, failures = _set_up(stack)
        except (ImportError, AttributeError, TypeError) as error:
            raise BuildError(f"this environment's pip cannot be asked ({error}). {by_hand(package)}") from error
        try:
            yield finder, session
        except failures as error:
            raise BuildError(f"{package.file_name} does not arrive: {error}. {by_hand(package)}") from error


def _set_up(stack: ExitStack) -> tuple[Any, Any, tuple[type[Exception], ...]]:
    """What `pip download` would use, from pip's configuration, and the errors that it raises."""
    commands = importlib.import_module("pip._internal.commands")
    targets = importlib.import_module("pip._internal.cli.cmdoptions")
    pip_error: type[Exception] = importlib.import_module("pip._internal.exceptions").PipError
    http_error: type[Exception] = importlib.import_module("pip._vendor.urllib3.exceptions").HTTPError
    command = commands.create_command("download")
    options, _ = command.parse_args([*_OPTIONS])
    stack.enter_context(command.main_context())
    session = command.get_default_session(options)
    finder = command._build_package_finder(  # noqa: SLF001  pip has no public way to ask for a file
        options=options, session=session, target_python=targets.make_target_python(options)
    )
    return finder, session, (pip_error, http_error, OSError)  # the errors of pip's requests are OSErrors
