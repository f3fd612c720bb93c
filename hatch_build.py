"""
Wheel hook: builds quill and the native parsers with cargo, puts quill among the wheel's scripts, the parsers beside the package and the
q folders inside it.

An editable install builds nothing here: `scripts/setup` builds both, and the q files are read from the checkout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Folders that make up the plant at run time; they land in slipstream/_q under the same names.
PLANT_FOLDERS = ("q", "tickplant", "rte", "rdb", "idb", "wdb", "hdb", "gateway", "configs")
MODULE = "slipstream_native.abi3.so"


class CargoBuildHook(BuildHookInterface):
    """Adds the quill executable, the native parsers and the q folders to a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build them and register what the wheel has to carry."""
        if version == "editable":
            return
        root = Path(self.root)
        cargo = shutil.which("cargo") or str(Path.home() / ".cargo" / "bin" / "cargo")
        try:
            for crate in ("engine", "native"):
                subprocess.run([cargo, "build", "--release", "--locked"], cwd=root / crate, check=True)
        except FileNotFoundError:
            raise SystemExit("cargo was not found: install Rust (https://rustup.rs) to build the wheel") from None
        build_data["shared_scripts"] = {str(_built(root / "engine") / "quill"): "quill"}
        build_data["force_include"][str(_built(root / "native") / "libslipstream_native.so")] = MODULE
        for folder in PLANT_FOLDERS:
            if (root / folder).is_dir():
                build_data["force_include"][str(root / folder)] = f"slipstream/_q/{folder}"
        # both are for this platform, the module for any Python from 3.11 on
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{platform}"


def _built(crate: Path) -> Path:
    """Where cargo puts what it builds."""
    return Path(os.environ.get("CARGO_TARGET_DIR", crate / "target")) / "release"
