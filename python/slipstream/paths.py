"""Where things are: the plant's q files, the quill executable, kdb+ and its licence."""

from __future__ import annotations

import os
import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from slipstream.errors import EngineNotFound

PACKAGE = Path(__file__).resolve().parent
LICENCE_NAMES = ("kc.lic", "k4.lic", "kx.lic")


def checkout() -> Path | None:
    """The source checkout that this package is imported from, or None for an installed wheel."""
    root = PACKAGE.parent.parent
    return root if (root / "pyproject.toml").is_file() and (root / "engine").is_dir() else None


def home() -> Path:
    """
    The folder that holds `q/`, `tickplant/`, `rdb/` and the rest, and `configs/`.

    `SLIPSTREAM_HOME` wins, then the files carried by the wheel, then the checkout.
    """
    named = os.environ.get("SLIPSTREAM_HOME")
    if named:
        return Path(named).resolve()
    if (PACKAGE / "_q").is_dir():
        return PACKAGE / "_q"
    root = checkout()
    if root is None:
        raise EngineNotFound(
            f"the plant's q files are neither in {PACKAGE / '_q'} nor in a checkout; set SLIPSTREAM_HOME"
        )
    return root


def quill() -> Path:
    """
    The quill executable.

    `SLIPSTREAM_QUILL` wins, then this environment's scripts folder, then the checkout's release build, then PATH.
    """
    named = os.environ.get("SLIPSTREAM_QUILL")
    candidates = [Path(named)] if named else [Path(sysconfig.get_path("scripts")) / "quill"]
    root = checkout()
    if root is not None and not named:
        candidates.append(root / "engine" / "target" / "release" / "quill")
    found = shutil.which("quill")
    if found and not named:
        candidates.append(Path(found))
    for path in candidates:
        if path.is_file() and os.access(path, os.X_OK):
            return path
    looked = ", ".join(str(path) for path in candidates)
    raise EngineNotFound(f"quill was not found (looked at {looked}); run scripts/setup or set SLIPSTREAM_QUILL")


@dataclass(frozen=True, slots=True)
class Kdb:
    """What was found of kdb+ on this machine, and why it can or cannot be used."""

    executable: Path | None
    licence: Path | None
    reason: str

    @property
    def usable(self) -> bool:
        """True when both an executable and a licence file were found."""
        return self.executable is not None and self.licence is not None


def kdb() -> Kdb:
    """Look for a `q` executable ($QHOME, then PATH, then ~/q) and a licence file ($QLIC, $QHOME, beside q, ~)."""
    named = os.environ.get("QHOME")
    roots = [Path(named)] if named else []
    roots.append(Path.home() / "q")
    executable: Path | None = None
    for root in roots:
        for sub in ("l64", "l64arm", "m64", "m64arm", "bin"):
            path = root / sub / "q"
            if path.is_file() and os.access(path, os.X_OK):
                executable = path
                break
        if executable:
            break
    if executable is None:
        found = shutil.which("q")
        executable = Path(found) if found else None
    if executable is None:
        return Kdb(None, None, "no q executable in $QHOME, ~/q or PATH")
    folders = [Path(value) for value in (os.environ.get("QLIC"), os.environ.get("QHOME")) if value]
    folders += [executable.parent, executable.parent.parent, Path.home() / "q", Path.home()]
    for folder in folders:
        for name in LICENCE_NAMES:
            if (folder / name).is_file():
                return Kdb(executable, folder / name, f"{executable} with licence {folder / name}")
    return Kdb(
        executable,
        None,
        f"{executable} has no licence file ({', '.join(LICENCE_NAMES)}) in $QLIC, $QHOME, beside q or ~",
    )
