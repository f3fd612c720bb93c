"""
Wheel hook: builds quill with cargo, puts it among the wheel's scripts and the q folders inside the package.

An editable install builds nothing here: `scripts/setup` builds quill, and the q files are read from the checkout.
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


class CargoBuildHook(BuildHookInterface):
    """Adds the quill executable and the q folders to a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build quill and register what the wheel has to carry."""
        if version == "editable":
            return
        root = Path(self.root)
        cargo = shutil.which("cargo") or str(Path.home() / ".cargo" / "bin" / "cargo")
        target = Path(os.environ.get("CARGO_TARGET_DIR", root / "engine" / "target"))
        try:
            subprocess.run([cargo, "build", "--release", "--locked", "--bin", "quill"], cwd=root / "engine", check=True)
        except FileNotFoundError:
            raise SystemExit("cargo was not found: install Rust (https://rustup.rs) to build the wheel") from None
        build_data["shared_scripts"] = {str(target / "release" / "quill"): "quill"}
        for folder in PLANT_FOLDERS:
            if (root / folder).is_dir():
                build_data["force_include"][str(root / folder)] = f"slipstream/_q/{folder}"
        # The executable is for this platform, and for any Python 3.
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
