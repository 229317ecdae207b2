"""Figures as Markdown, put between two marks of docs/performance.md."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.traffic import Delivery, Votes

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
BAR_MS = 250


@dataclass
class Run:
    """One run: all four loads, one after the other on the same cores."""

    room: Delivery
    plain: Delivery
    by_socket: Votes
    by_post: Votes


def quantile(values: list[float], share: float) -> float:
    """The value that `share` of all stayed below."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def ms(values: list[float], share: float) -> float:
    return quantile(values, share) * 1000


def _middle(runs: list[Run], figure: Callable[[Run], float], digits: int = 0) -> str:
    """The median, and all runs if there are several."""
    values = [figure(run) for run in runs]
    shown = f"{median(values):,.{digits}f}"
    if len(values) == 1:
        return shown
    return f"**{shown}** ({', '.join(f'{value:,.{digits}f}' for value in values)})"


def _delivery_rows(
    runs: list[Run], name: str, of: Callable[[Run], Delivery]
) -> list[str]:
    def row(label: str, figure: Callable[[Run], float], digits: int = 0) -> str:
        return f"| {name} | {label} | {_middle(runs, figure, digits)} |"

    def everything(run: Run) -> list[float]:
        return of(run).all_seconds()

    rows = [
        row("change → screen, p50 (ms)", lambda run: ms(everything(run), 0.5)),
        row("change → screen, p95 (ms)", lambda run: ms(everything(run), 0.95)),
        row("change → screen, longest (ms)", lambda run: ms(everything(run), 1)),
    ]
    kinds = list(of(runs[0]).seconds)
    for kind in kinds if len(kinds) > 1 else []:

        def p95(run: Run, kind: str = kind) -> float:
            return ms(of(run).seconds[kind], 0.95)

        rows.append(row(f"p95 of kind “{kind}” (ms)", p95))
    rows += [
        row(
            "shown / expected (%)",
            lambda run: 100 * len(everything(run)) / of(run).expected,
            1,
        ),
        row("frames delivered", lambda run: of(run).frames),
        row("server CPU per frame (µs)", lambda run: of(run).cpu_each * 1e6),
        row(
            "server's share of its core (%)", lambda run: 100 * of(run).use.server_share
        ),
        row(
            "generator's share of its core (%)",
            lambda run: 100 * of(run).use.generator_share,
        ),
        row(
            "others on the server's core (%)",
            lambda run: 100 * of(run).use.noise,
        ),
        row(
            "stolen by the host (%)",
            lambda run: 100 * of(run).use.stolen / of(run).use.seconds,
        ),
    ]
    return rows


def _ratio_rows(runs: list[Run]) -> list[str]:
    def p95(run: Run) -> float:
        return quantile(run.plain.all_seconds(), 0.95) / quantile(
            run.room.all_seconds(), 0.95
        )

    def cpu(run: Run) -> float:
        return run.plain.cpu_each / run.room.cpu_each

    return [
        f"| plain : room | p95 | {_middle(runs, p95, 2)} |",
        f"| plain : room | server CPU per frame | {_middle(runs, cpu, 2)} |",
    ]


def _vote_rows(runs: list[Run], name: str, of: Callable[[Run], Votes]) -> list[str]:
    cells = [
        _middle(runs, lambda run: of(run).per_second),
        _middle(runs, lambda run: ms(of(run).seconds, 0.5)),
        _middle(runs, lambda run: ms(of(run).seconds, 0.95)),
        _middle(runs, lambda run: 1e6 * of(run).use.server / max(1, of(run).number)),
        _middle(runs, lambda run: 100 * of(run).use.generator_share),
        _middle(runs, lambda run: of(run).refused),
    ]
    return [f"| {name} | {' | '.join(cells)} |"]


def markdown(runs: list[Run], facts: dict[str, Any], said: dict[str, Any]) -> str:
    """The block of figures."""
    held = median(ms(run.room.all_seconds(), 0.95) for run in runs) <= BAR_MS
    lines = [
        f"Command: `{said['command']}`; {len(runs)} runs, **medians**, every run in "
        "brackets.",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        f"- niceness of server and generator: {said['nice']}",
        "",
        f"{said['people']} citizens and the desk, a change every 200 ms for "
        f"{said['changes'] * 0.2:.0f} s. Bar: p95 ≤ {BAR_MS} ms: "
        f"**{'held' if held else 'missed'}**.",
        "",
        "| what | figure | median (runs) |",
        "|---|---|---|",
        *_delivery_rows(runs, "room", lambda run: run.room),
        *_delivery_rows(runs, "plain `group_send`", lambda run: run.plain),
        *_ratio_rows(runs),
        "",
        f"Votes for {said['vote_seconds']:.0f} s each, the same room, all screens "
        "open:",
        "",
        "| road | acknowledged a second | p50 (ms) | p95 (ms) | server CPU a vote "
        "(µs) | generator's share (%) | refused |",
        "|---|---|---|---|---|---|---|",
        *_vote_rows(runs, "socket", lambda run: run.by_socket),
        *_vote_rows(runs, "HTTP POST", lambda run: run.by_post),
    ]
    ratios = [run.by_socket.per_second / run.by_post.per_second for run in runs]
    lines += ["", f"Socket : POST = {median(ratios):.1f} : 1."]
    return "\n".join(lines) + "\n"


def put_into(path: Path, block: str) -> None:
    """Replace what stands between the marks."""
    text = path.read_text() if path.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, __, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(f"{before}{BEGIN}\n{block}{END}{after}")
