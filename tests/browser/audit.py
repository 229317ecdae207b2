"""What nobody may meet on any page: barriers, and lines that run off the screen."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

axe = Axe()
# All rules of axe, its best practices and the size of targets included.
OPTIONS: dict[str, Any] = {
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}},
    "preload": False,
}

OVERFLOW = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const range = document.createRange();
    const wide = [...document.body.querySelectorAll("*")].filter((element) => {
        range.selectNodeContents(element);
        const right = range.getBoundingClientRect().right;
        return element.checkVisibility() && right > width + 1;
    });
    const names = wide.map(({ localName, id, className }) =>
        `${localName}#${id}.${className}`);
    return [document.documentElement.scrollWidth, ...names.slice(-9)];
}"""


def barriers(page: Page) -> list[str]:
    """What axe finds, folded parts unfolded."""
    page.evaluate(
        """() => {
            for (const part of document.querySelectorAll("details:not(.menu)")) {
                part.open = true;
            }
        }"""
    )
    found = axe.run(page, options=OPTIONS).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:160]} "
        f"{node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflow(page: Page, width: int) -> list[Any]:
    """What is too wide at `width`, if the page scrolls sideways; innermost last."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": width, "height": size["height"]})
    found: list[Any] = page.evaluate(OVERFLOW)
    page.set_viewport_size(size)
    return found


def audit(page: Page) -> list[str]:
    """All that is wrong with the page as it stands, with its address."""
    faults = barriers(page) + [f"too wide: {row}" for row in overflow(page, 320)]
    return [f"{page.url} {fault}" for fault in faults]
