"""The registry of keyboard commands, which feeds the key handler, the sheet, the palette, `aria-keyshortcuts` and the hint on each button.

Python declares a command here and `{% command "id" %}` renders its control. In the browser a command is enabled when its control is
present and not disabled, and running it is a click on that control. So no command lacks a visible control, and none escapes the
server's guard. A key is written as the character it produces (`J`, `}`), or with its modifier (`Ctrl+Enter`, `Shift+0`); `g q` is a
sequence. `outward` marks what publishes, exports, reverts or deletes: it may not lie on an unshifted key.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Where a command lives; the heading of its group in the sheet of keys."""

    EVERYWHERE = "Everywhere"
    GO = "Go to"
    LIST = "In lists"
    LIST_PAGE = "On list pages"
    TRANSCRIPT = "In transcripts"
    VERSION = "Versions and entries"
    HOME = "Home"
    QUEUE = "Queue"
    EXPLORER = "Endings"
    ENDING = "Ending"
    LABEL = "Label"
    QUALITY = "Quality"
    AUDIT = "Audit log"
    LINEAGE = "Lineage"
    FEEDBACK = "Feedback"
    POLICY = "Policy"
    SAMPLING = "Sampling plan"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a key can do: the first of `keys` is the printed one; `writes` ignores key repeat."""

    id: str
    label: str
    keys: tuple[str, ...]
    scope: Scope
    writes: bool = False
    outward: bool = False


ALWAYS = frozenset({Scope.EVERYWHERE, Scope.GO})

SCREENS: dict[str, frozenset[Scope]] = {
    "home": ALWAYS | {Scope.HOME, Scope.LIST},
    "queue": ALWAYS | {Scope.QUEUE, Scope.LIST, Scope.LIST_PAGE},
    "list": ALWAYS | {Scope.LIST, Scope.LIST_PAGE},
    "explorer": ALWAYS | {Scope.EXPLORER, Scope.LIST, Scope.LIST_PAGE},
    "ending": ALWAYS | {Scope.TRANSCRIPT, Scope.VERSION, Scope.ENDING},
    "label": ALWAYS | {Scope.TRANSCRIPT, Scope.LABEL},
    "audit": ALWAYS | {Scope.LIST, Scope.LIST_PAGE, Scope.VERSION, Scope.AUDIT},
    "lineage": ALWAYS | {Scope.LIST, Scope.VERSION, Scope.LINEAGE},
    "feedback": ALWAYS | {Scope.LIST, Scope.LIST_PAGE, Scope.FEEDBACK},
    "quality": ALWAYS | {Scope.LIST, Scope.QUALITY},
    "policies": ALWAYS | {Scope.LIST, Scope.VERSION},
    "sampling": ALWAYS | {Scope.SAMPLING},
    "policy": ALWAYS | {Scope.LIST, Scope.VERSION, Scope.POLICY},
}
"""Which scopes are active together on one kind of page."""

COMMANDS: tuple[Command, ...] = (
    Command("everywhere.keys", "Keys", ("?",), Scope.EVERYWHERE),
    Command("everywhere.palette", "Go to or do", ("Ctrl+K",), Scope.EVERYWHERE),
    Command("everywhere.search", "Search", ("/",), Scope.EVERYWHERE),
    Command("everywhere.break", "Break", (".",), Scope.EVERYWHERE),
    Command("everywhere.undo", "Undo", ("Ctrl+Z",), Scope.EVERYWHERE, writes=True, outward=True),
    Command("go.home", "Home", ("g h",), Scope.GO),
    Command("go.queue", "Queue", ("g q",), Scope.GO),
    Command("go.quality", "Quality", ("g r",), Scope.GO),
    Command("go.golden", "Golden items", ("g d",), Scope.GO),
    Command("go.endings", "Endings", ("g e",), Scope.GO),
    Command("go.feedback", "Feedback", ("g f",), Scope.GO),
    Command("go.appeals", "Appeals", ("g p",), Scope.GO),
    Command("go.lineages", "Lineages", ("g l",), Scope.GO),
    Command("go.policies", "Policies", ("g t",), Scope.GO),
    Command("go.classifiers", "Classifiers", ("g c",), Scope.GO),
    Command("go.sampling", "Sampling", ("g s",), Scope.GO),
    Command("go.audit", "Audit log", ("g a",), Scope.GO),
    Command("go.exports", "Exports", ("g x",), Scope.GO),
    Command("go.reading", "Reading", ("g v",), Scope.GO),
    Command("go.erasure", "Erasure", ("g k",), Scope.GO),
    Command("go.surfaces", "Surfaces", ("g u",), Scope.GO),
    Command("go.quarantine", "Quarantine", ("g z",), Scope.GO),
    Command("go.work", "Work", ("g w",), Scope.GO),
    Command("go.people", "People", ("g o",), Scope.GO),
    Command("list.next", "Next row", ("j",), Scope.LIST),
    Command("list.previous", "Previous row", ("k",), Scope.LIST),
    Command("list.open", "Open", ("Enter",), Scope.LIST),
    Command("list.open_tab", "Open in a new tab", ("o",), Scope.LIST),
    Command("list.select", "Select", ("x",), Scope.LIST),
    Command("list.sort", "Sort", ("s",), Scope.LIST_PAGE),
    Command("list.filter", "Filter", ("f",), Scope.LIST_PAGE),
    Command("transcript.next", "Next turn", ("J", "PageDown"), Scope.TRANSCRIPT),
    Command("transcript.previous", "Previous turn", ("K", "PageUp"), Scope.TRANSCRIPT),
    Command("transcript.next_evidence", "Next evidence", ("}",), Scope.TRANSCRIPT),
    Command("transcript.previous_evidence", "Previous evidence", ("{",), Scope.TRANSCRIPT),
    Command("transcript.fold", "Reveal or fold", ("r",), Scope.TRANSCRIPT),
    Command("transcript.rules", "Rules", ("p",), Scope.TRANSCRIPT),
    Command("version.difference", "Difference", ("=",), Scope.VERSION),
    Command("version.cite", "Cite", ("y",), Scope.VERSION),
    Command("home.start", "Start next", ("n",), Scope.HOME, writes=True),
    Command("home.promise_1", "Wrongful endings", ("1",), Scope.HOME),
    Command("home.promise_2", "Endings in a crisis", ("2",), Scope.HOME),
    Command("home.promise_3", "Missed endings", ("3",), Scope.HOME),
    Command("home.promise_4", "Median review delay", ("4",), Scope.HOME),
    Command("home.verify", "Verify the log", ("v",), Scope.HOME),
    Command("queue.start", "Start next", ("n",), Scope.QUEUE, writes=True),
    Command("queue.urgent", "Urgent", ("u",), Scope.QUEUE),
    Command("queue.audit", "Audit", ("a",), Scope.QUEUE),
    Command("queue.second", "Second read", ("2",), Scope.QUEUE),
    Command("queue.dispute", "Disputes", ("d",), Scope.QUEUE),
    Command("queue.mine", "Mine", ("m",), Scope.QUEUE),
    Command("queue.crisis", "Crisis check", ("c",), Scope.QUEUE),
    Command("queue.save_view", "Save view", ("w",), Scope.QUEUE),
    Command("explorer.histogram", "Histogram field", ("h",), Scope.EXPLORER),
    Command("explorer.table", "Data table", ("d",), Scope.EXPLORER),
    Command("explorer.save", "Save view", ("w",), Scope.EXPLORER),
    Command("ending.end", "The end", ("t",), Scope.ENDING),
    Command("ending.scores", "Scores", ("i",), Scope.ENDING),
    Command("ending.label", "Label", ("l",), Scope.ENDING),
    Command("ending.crisis", "Report a crisis", ("!",), Scope.ENDING),
    Command("ending.previous_branch", "Previous branch", ("[",), Scope.ENDING),
    Command("ending.next_branch", "Next branch", ("]",), Scope.ENDING),
    Command("label.yes", "Yes", ("1",), Scope.LABEL, writes=True),
    Command("label.no", "No", ("2",), Scope.LABEL, writes=True),
    Command("label.no_crisis", "No, someone is at risk", ("3",), Scope.LABEL, writes=True),
    Command("label.requested", "Asked and confirmed", ("4",), Scope.LABEL, writes=True),
    Command("label.cannot_tell", "Cannot tell", ("5",), Scope.LABEL, writes=True),
    Command("label.right_from", "From this turn", ("m",), Scope.LABEL, writes=True),
    Command("label.never", "Never", ("0",), Scope.LABEL, writes=True),
    Command("label.crisis_from", "From this turn", ("c",), Scope.LABEL, writes=True),
    Command("label.no_sign", "No sign", ("Shift+0",), Scope.LABEL, writes=True),
    Command("label.checks", "Go to the checks", ("f",), Scope.LABEL),
    Command("label.evidence", "Attach this turn", ("e",), Scope.LABEL, writes=True),
    Command("label.warning", "This is the warning", ("w",), Scope.LABEL, writes=True),
    Command("label.category", "Category", ("k",), Scope.LABEL),
    Command("label.severity", "Severity", ("v",), Scope.LABEL),
    Command("label.confidence", "Confidence", ("s",), Scope.LABEL),
    Command("label.extend", "Extend", ("x",), Scope.LABEL, writes=True),
    Command("label.commit", "Commit label", ("Ctrl+Enter",), Scope.LABEL, writes=True),
    Command("label.pass_on", "Pass on", ("Shift+S",), Scope.LABEL, writes=True),
    Command("label.crisis", "Crisis", ("!",), Scope.LABEL, writes=True),
    Command("label.amend", "Amend", ("Shift+A",), Scope.LABEL, writes=True),
    Command("label.dispute", "Dispute", ("Shift+D",), Scope.LABEL, writes=True),
    Command("label.reveal", "Reveal", ("Shift+V",), Scope.LABEL, writes=True),
    Command("label.next", "Next", ("n",), Scope.LABEL, writes=True),
    Command("quality.table", "Data table", ("d",), Scope.QUALITY),
    Command("lineage.previous", "Previous sibling", ("[",), Scope.LINEAGE),
    Command("lineage.next", "Next sibling", ("]",), Scope.LINEAGE),
    Command("lineage.view", "Tree or list", ("t",), Scope.LINEAGE),
    Command("feedback.urgent", "Send to urgent", ("u",), Scope.FEEDBACK, writes=True),
    Command("feedback.link", "Link", ("l",), Scope.FEEDBACK),
    Command("feedback.reply", "Reply", ("r",), Scope.FEEDBACK),
    Command("feedback.done", "Done", ("e",), Scope.FEEDBACK, writes=True),
    Command("sampling.table", "Data table", ("d",), Scope.SAMPLING),
    Command("policy.flips", "Flips", ("f",), Scope.POLICY),
    Command("policy.compare", "Compare with", ("b",), Scope.POLICY),
    Command("policy.table", "Data table", ("d",), Scope.POLICY),
    Command("policy.roll_back", "Roll back", ("Shift+R",), Scope.POLICY, writes=True, outward=True),
    Command("audit.verify", "Verify", ("v",), Scope.AUDIT),
)

BY_ID = {command.id: command for command in COMMANDS}


def find(command_id: str) -> Command:
    """Return a command by its id; raises KeyError for an unknown one."""
    return BY_ID[command_id]


def for_screen(screen: str) -> list[Command]:
    """Return the commands that are active together on a kind of page."""
    return [command for command in COMMANDS if command.scope in SCREENS[screen]]


def normal(key: str) -> str:
    """Return one spelling for a key that has two: `J` is `Shift+J`."""
    return f"Shift+{key}" if len(key) == 1 and key.isupper() else key


def aria(keys: tuple[str, ...], mode: str = "on") -> str:
    """Return `aria-keyshortcuts` for keys, with single keys on, behind Alt or off; sequences do not fit there and are left out."""
    before = "Alt+" if mode == "alt" else ""
    modified = [key.replace("Ctrl+", "Control+") for key in keys if key.startswith("Ctrl+")]
    single = [before + normal(key) for key in keys if " " not in key and not key.startswith("Ctrl+")]
    return " ".join(modified if mode == "off" else modified + single)
