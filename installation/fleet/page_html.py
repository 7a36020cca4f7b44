"""What the technician's page looks like: HTML in which every text from outside is escaped."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Final

from installation.fleet.ago import ago
from installation.fleet.history import MINUTES, Day, History
from installation.fleet.orders import Outcome
from installation.fleet.roster import HOT, Member
from installation.text import printable

REFRESH_SECONDS: Final = 60
WIDTH: Final = 144
HEIGHT: Final = 28
MOST_HOURS: Final = 14
LONGEST_HOURS: Final = 300
"""Most lines of opening hours that a card shows, and most characters."""
STYLE: Final = """\
:root { color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif; }
body { max-width: 80rem; margin: 1rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1rem; margin: 1.5rem 0 0.5rem; color: GrayText; }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem; }
ul { list-style: none; padding: 0; }
li { border: 1px solid GrayText; border-left: 6px solid #2e8b57; border-radius: 4px; padding: 0.6rem 0.8rem; }
li.bad { border-left-color: #c0392b; }
li b { font-size: 1.05rem; } .bad em { color: #c0392b; font-style: normal; font-weight: 600; }
small, dt { color: GrayText; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0.2rem 0.6rem; margin: 0.5rem 0; align-items: center; }
dd { margin: 0; font-variant-numeric: tabular-nums; display: flex; gap: 0.6rem; align-items: center; }
svg { width: 144px; height: 28px; stroke: currentColor; fill: none; background: rgb(128 128 128 / 0.12); }
form { display: inline-flex; gap: 0.4rem; margin: 0.2rem 0.4rem 0 0; }
button, select { min-height: 44px; min-width: 44px; font: inherit; }
select { max-width: 11rem; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.said { font-weight: 600; }
"""
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">{refresh}
<title>{title}</title><link rel="stylesheet" href="style.css"></head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def overview(members: Sequence[Member], history: History, broker: str, key: str, said: str = "") -> str:
    """All installations by group: state, style, a day of figures, and what can be pressed."""
    online, bad = sum(member.online for member in members), sum(bool(member.problems()) for member in members)
    parts = [f"<p class=said>{escape(said)}</p>" if said else ""]
    parts.append(f"<p>{online} of {len(members)} online, {bad} with a problem; broker {escape(broker)}</p>")
    for group in sorted({member.group for member in members}):
        parts.append(f"<h2>{escape(group or 'no group')}</h2><ul>")
        parts += [_card(one, history.days.get(one.id) or Day(), key) for one in members if one.group == group]
        parts.append("</ul>")
    refresh = f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">'
    return _PAGE.format(refresh=refresh, title="Mirrors", body="\n".join(filter(None, parts)))


def logs(identity: str, outcomes: Iterable[Outcome], asked: str) -> str:
    """What came of an order: the outcome, and the lines of a log."""
    parts = []
    for outcome in outcomes:
        parts.append(f"<p class=said>{escape(asked.strip())}: {escape(outcome.word)}</p>")
        if outcome.lines:
            parts.append(f"<pre>{escape(chr(10).join(outcome.lines))}</pre>")
    parts.append('<p><a href="./">Back to all mirrors</a></p>')
    return _PAGE.format(refresh="", title=escape(identity), body="\n".join(parts))


def _card(member: Member, day: Day, key: str) -> str:
    problems = member.problems()
    name = member.info.name if member.info else ""
    health = member.health if member.online else None
    fps = "–" if health is None or health.fps is None else f"{health.fps:.1f}"
    heat = "–" if health is None or health.temperature is None else f"{health.temperature:.0f} °C"
    there = "" if health is None or health.present is None else "somebody there" if health.present else "nobody there"
    state = "; ".join(problems) or (there or "online")
    hours = sorted(day.visits)
    visits = [float(day.visits.get(hour, 0)) for hour in range(hours[-1] - 23, hours[-1] + 1)] if hours else []
    rows = [
        ("style", escape(member.style)),
        ("phase", escape(member.states.get("phase", ""))),
        ("fps", fps + _line([sample.fps for sample in day.samples], MINUTES, 30.0)),
        ("heat", heat + _line([sample.temperature for sample in day.samples], MINUTES, HOT)),
        ("visits", f"{sum(visits):.0f} in 24 h" + _line(visits, 24, max([10.0, *visits]))),
        ("open", escape(_opening(member))),
        ("seen", escape(_seen(member))),
    ]
    cells = "".join(f"<dt>{term}</dt><dd>{cell}</dd>" for term, cell in rows)
    orders = "".join(_button(member.id, what, key) for what in ("identify", "log", "restart"))
    heading = f"<b>{escape(member.id)}</b> <small>{escape(name)}</small><br><em>{escape(state)}</em>"
    return f"<li class={'bad' if problems else 'good'}>{heading}<dl>{cells}</dl>{_styles(member, key)}{orders}</li>"


def _seen(member: Member) -> str:
    return f"{ago(member.seen, datetime.now(UTC))} ago" if member.seen else "never"


def _opening(member: Member) -> str:
    lines = member.info.opening if member.info else ()
    return printable("; ".join(lines[:MOST_HOURS]), LONGEST_HOURS) or "always"


def _button(identity: str, what: str, key: str) -> str:
    return f'<form method="post" action="order">{_hidden(identity, what, key)}<button>{what}</button></form>'


def _styles(member: Member, key: str) -> str:
    if member.info is None or not member.online:
        return ""
    options = "".join(
        f"<option{' selected' if style.name == member.states.get('style') else ''}>{escape(style.name)}</option>"
        for style in member.info.styles
    )
    return (
        f'<form method="post" action="order">{_hidden(member.id, "style", key)}'
        f'<select name="value" aria-label="style">{options}</select><button>show</button></form>'
    )


def _hidden(identity: str, what: str, key: str) -> str:
    values = {"id": identity, "what": what, "key": key}
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in values.items())


def _line(values: Sequence[float | None], room: int, top: float) -> str:
    """A line of the values, the newest at the right; unknown values are gaps."""
    runs: list[list[str]] = [[]]
    for index, value in enumerate(values, room - len(values)):
        if value is None:
            runs.append([])
            continue
        height = HEIGHT - 1 - (HEIGHT - 2) * min(1.0, max(0.0, value / top))
        runs[-1].append(f"{index * WIDTH / room:.1f},{height:.1f}")
    lines = "".join(f'<polyline points="{" ".join(run)}"/>' for run in runs if len(run) > 1)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{lines}</svg>'
