"""Takes the pictures in docs/images anew: python tests/editors/take_screenshots.py"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import codeserver
import installed
from looks import LOOKS


def main() -> None:
    images = installed.REPOSITORY / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    vscode = installed.vscode()
    with tempfile.TemporaryDirectory(prefix="kerascope-") as name:
        folder = Path(name)
        vsix = codeserver.pack_extension(folder / "kerascope.vsix")
        sys.stdout.write(photograph(vscode, vsix, folder / "window", images))


def photograph(vscode: installed.VsCode, vsix: Path, folder: Path, images: Path) -> str:
    """Write vscode.png and notebook.png into ``images``; what was seen meanwhile, as JSON."""
    with codeserver.serve(vscode, folder, [vsix], settings=LOOKS) as window:
        addresses = [window.address(file="model.py"), window.address()]
        result = window.drive("screenshots.mjs", *addresses, str(images), seconds=300)
    if result.returncode != 0:
        raise RuntimeError(f"the browser script failed:\n{result.stdout}\n{result.stderr}")
    return result.stdout


if __name__ == "__main__":
    main()
