"""Build static/vendor/ from node_modules; run by `make assets` after `npm ci`.

The result is committed, so that running the platform needs no node. `npm run assets`
brings fontTools and brotli, which the fonts need.
"""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
OWN_STYLES = [ROOT / "static" / "base.css", ROOT / "static" / "app.css"]

# Left out: layout utilities, kopfzeile (its script breaks the CSP), dropdown, summary,
# description list, task list, loader, input group, and the icon sheet, which embeds
# every icon twice and is most of the weight; static/icons.svg stands in for it.
KERN_PARTS = [
    "core/global",
    "core/tokens",
    "core/layers",
    *(
        f"core/components/{name}"
        for name in [
            "accordion",
            "alert",
            "badge",
            "button",
            "card",
            "check",
            "checkbox",
            "dialog",
            "divider",
            "fieldset",
            "input",
            "progress",
            "radio",
            "select",
            "table",
        ]
    ),
    "core/typography",
]
PRIMITIVE = re.compile(r"--kern-(?:color-[a-z]+-\d{3}|\d+|font-size-\d+):[^;}]*;?")


def package(name: str) -> dict:
    return json.loads((MODULES / name / "package.json").read_text())


def start(name: str, version: str) -> Path:
    for old in VENDOR.glob(f"{name}-[0-9]*"):
        shutil.rmtree(old)
    folder = VENDOR / f"{name}-{version}"
    folder.mkdir(parents=True)
    return folder


def finish(folder: Path, *, name: str, version: str, licence: str, note: str) -> None:
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
    }
    facts = {
        "name": name,
        "version": version,
        "licence": licence,
        "note": note,
        "files": files,
    }
    text = json.dumps(facts, indent=2, ensure_ascii=False)
    (folder / "VENDOR.json").write_text(text + "\n")


def without_unused_primitives(css: str) -> str:
    """Drop palette and size steps that neither KERN's parts nor our own styles use."""
    own = "".join(path.read_text() for path in OWN_STYLES)
    before = ""
    while before != css:
        before = css
        used = re.findall(r"var\((--[\w-]+)", css + own)
        for declared in set(PRIMITIVE.findall(css)):
            if declared.split(":")[0] not in used:
                css = css.replace(declared, "")
    return css


def kern() -> None:
    facts = package("@kern-ux/native")
    source = MODULES / "@kern-ux" / "native"
    entry = "".join(f'@use "{part}" as p{n};' for n, part in enumerate(KERN_PARTS))
    built = subprocess.run(
        [
            MODULES / ".bin" / "sass",
            "--stdin",
            "--style=compressed",
            "--no-source-map",
            "--no-charset",
            "--quiet-deps",
            f"--load-path={source / 'src' / 'scss'}",
        ],
        input=entry,
        capture_output=True,
        text=True,
        check=True,
    )
    # Its header comments name every file of the source; licence and version stand in
    # VENDOR.json and in the one line written here.
    css = re.sub(r"/\*.*?\*/", "", built.stdout, flags=re.S)
    folder = start("kern", facts["version"])
    (folder / "kern.css").write_text(
        f"/* KERN {facts['version']}, trimmed; EUPL-1.2, see LICENSE.md */\n"
        + without_unused_primitives(css)
    )
    shutil.copy(source / "LICENSE.md", folder)
    finish(
        folder,
        name="@kern-ux/native",
        version=facts["version"],
        licence=facts["license"],
        note="Built from the SCSS source without the parts that are not used.",
    )


def fonts() -> None:
    # "Fira" is a reserved name in the upstream licence, and a subset is a modified
    # version: it must carry another name.
    source = MODULES / "@fontsource" / "fira-sans"
    regular = TTFont(source / "files" / "fira-sans-latin-400-normal.woff2")
    version = regular["name"].getDebugName(5).removeprefix("Version ")
    folder = start("mitwirken-sans", version)
    for weight, style in [("400", "Regular"), ("600", "SemiBold")]:
        font = TTFont(
            source / "files" / f"fira-sans-latin-{weight}-normal.woff2",
            recalcTimestamp=False,
        )
        names = font["name"]
        for number, text in {
            1: "Mitwirken Sans" if style == "Regular" else f"Mitwirken Sans {style}",
            3: f"{version};MitwirkenSans-{style}",
            4: f"Mitwirken Sans {style}",
            6: f"MitwirkenSans-{style}",
            13: "SIL Open Font License, Version 1.1",
        }.items():
            names.setName(text, number, 3, 1, 0x409)
        if names.getDebugName(16):
            names.setName("Mitwirken Sans", 16, 3, 1, 0x409)
        font.save(folder / f"mitwirken-sans-{weight}.woff2")
    licence = (source / "LICENSE").read_text().split("\n", 1)[1].lstrip()
    (folder / "OFL.txt").write_text(
        f"{regular['name'].getDebugName(0)}\n"
        "with Reserved Font Name Fira. Modified: Latin subset, renamed "
        f'"Mitwirken Sans".\n\n{licence}'
    )
    finish(
        folder,
        name="Fira Sans, as Mitwirken Sans",
        version=version,
        licence="OFL-1.1",
        note="Latin subset, weights 400 and 600, renamed as the licence asks.",
    )


def idiomorph() -> None:
    facts = package("idiomorph")
    source = MODULES / "idiomorph"
    folder = start("idiomorph", facts["version"])
    shutil.copy(source / "dist" / "idiomorph.min.js", folder)
    shutil.copy(source / "LICENSE", folder)
    finish(
        folder,
        name="idiomorph",
        version=facts["version"],
        licence=facts["license"],
        note="Unchanged.",
    )


if __name__ == "__main__":
    kern()
    fonts()
    idiomorph()
