"""`simworth value --new`: watch, add, run, commit, tag and push, unattended, one release after the other.

Safe to start twice at once and to kill at any moment: what is under way stands in `.dvc/tmp/value.json`, a commit is
made whole by git, and trained shards lie in the store.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from simworth.data.dvc_project import default_remote, run_dvc
from simworth.data.http import Patience
from simworth.data.watch import News, add_news, watch
from simworth.errors import SimworthError
from simworth.files import write_whole
from simworth.git import git
from simworth.ledger.chain import read_ledger
from simworth.ledger.records import LedgerEntry
from simworth.locks import one_at_a_time
from simworth.pipeline.commits import OURS, changed, commit, push_commits, unlock
from simworth.pipeline.repro import Say
from simworth.pipeline.run import HERE, LEDGER, SCRATCH, VALUATION, Publish, bring, run
from simworth.records import Record
from simworth.valuation.pieces import STUDY_LAW
from simworth.valuation.records import Valuation, Valued
from simworth.valuation.settle import decision
from simworth.valuation.words import count, figure, parameter, verdict_sentence

NOTES: Final = Path("data/notes")
"""release notes, one a release that `release watch --add` took in"""
SUMMARIES: Final = Path("reports/summaries")
"""what each unattended valuation found, one a tag"""
STATE: Final = SCRATCH / "value.json"
UNPUSHED: Final = SCRATCH / "value.unpushed"
TRAILER: Final = "Valuation: "
"""last line of a commit's message, before its tag: a killed run finds its commit by it"""


class Progress(Record):
    """A valuation under way."""

    made_by = "simworth value --new"

    head: str
    """commit that it began at"""
    database: str
    release: str
    """the new one"""
    step: Literal["adding", "added"]

    @property
    def tag(self) -> str:
        return f"{self.database}-{self.release}"


class AtWork(Exception):
    """Another `simworth value` is at work here."""


def value_new(publish: Publish, say: Say, warn: Say, patience: Patience, push: bool = True) -> list[str]:
    """Value everything that is new upstream; the tags that were made.

    AtWork where another run is at it; SimworthError where uncommitted changes are in the way, or a step fails. The
    next call goes on from there.
    """

    def taken(holder: str) -> None:
        raise AtWork(holder)

    with one_at_a_time(SCRATCH / "value", taken):
        tags, refused = _resumed(publish, say, warn), dict[str, str]()
        while found := _next(refused, say, warn, patience):
            try:
                _add(found, say, patience)
            except SimworthError as error:
                refused[str(found)] = str(error)
            if STATE.is_file():
                tags.append(_finished(Progress.read(STATE), publish, say, warn))
        if push:
            _push(tags, say, warn)
    if refused:
        raise SimworthError(f"not taken in, the release before stays: {'; '.join(refused.values())}")
    return tags


def _resumed(publish: Publish, say: Say, warn: Say) -> list[str]:
    """Finish what a killed run had begun; a release that was being added is taken back and added anew."""
    if not STATE.is_file():
        if dirty := changed():
            raise SimworthError(f"{dirty[0]}: has changes that are not committed; commit or stash them first")
        return []
    progress = Progress.read(STATE)
    say(f"going on with {progress.tag}, which a run before left at {progress.step!r}")
    unlock(say)
    if progress.step == "adding":
        git("restore", "--source=HEAD", "--staged", "--worktree", "--", *(path for path in OURS if Path(path).exists()))
        git("clean", "-fdq", "--", "data", "reports")
        shutil.rmtree(HERE.raw / progress.database, ignore_errors=True)  # DVC's cache holds what was there
        STATE.unlink()
        return []
    return [_finished(progress, publish, say, warn)]


def _next(refused: Mapping[str, str], say: Say, warn: Say, patience: Patience) -> News | None:
    """The next state upstream that is not here; what could not be asked is a warning."""
    found = watch(HERE, patience)
    news = [one for one in found.news if str(one) not in refused]
    if not news:
        for failure in found.failed:
            warn(f"not watched: {failure}")
        say("nothing more upstream")
        return None
    bring(say)
    return news[0]


def _add(news: News, say: Say, patience: Patience) -> None:
    """Take a release in; STATE says how far that went, and is gone where there is nothing to value."""
    head = git("rev-parse", "HEAD") or ""
    progress = Progress(head=head, database=news.database, release=news.state.name, step="adding")
    progress.write(STATE)
    try:
        note = add_news(HERE, news, NOTES, patience, say)
    except SimworthError:
        STATE.unlink()  # nothing was changed
        raise
    if note is None:
        commit(f"{news.database}: {news.release} is {news.state.key} upstream, too")
        STATE.unlink()
        return
    progress.model_copy(update={"step": "added"}).write(STATE)


def _finished(progress: Progress, publish: Publish, say: Say, warn: Say) -> str:
    """Run, summarise, commit and tag a release that has been added; the tag."""
    tag = progress.tag
    if f"{TRAILER}{tag}" not in (git("log", "-1", "--format=%B") or ""):
        run((), publish, say, warn)
        notes = [said] if (said := NOTES / f"{tag}.md").is_file() else []
        write_whole(SUMMARIES / f"{tag}.md", _since(progress.head, tag, notes).encode())
        commit(f"{progress.database}: release {progress.release} and its valuation\n\n{TRAILER}{tag}")
    if git("rev-parse", "-q", "--verify", f"refs/tags/{tag}") is None and git("tag", tag) is None:
        raise SimworthError(f"tag {tag!r}: git refuses it; remove what stands in its way and run the same again")
    UNPUSHED.write_text("".join(f"{one}\n" for one in [*_unpushed(), tag]), encoding="utf-8")
    STATE.unlink()
    say(f"committed and tagged {tag}")
    return tag


def summary_since(revision: str) -> str:
    """The summary of the valuation in the working folder, set beside that of a revision; nothing is changed."""
    begun = git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if begun is None:
        raise SimworthError(f"--since {revision}: git knows no such commit; `git fetch` it, or name another")
    old = _known(begun, NOTES)
    notes = [path for path in sorted(NOTES.glob("*.md")) if str(path) not in old]
    return _since(begun, f"Since {revision}", notes)


def _since(head: str, title: str, notes: Sequence[Path]) -> str:
    before, known = git("show", f"{head}:./{VALUATION}"), _known(head, LEDGER)
    return summary(
        title,
        [path.read_text(encoding="utf-8").strip() for path in notes],
        Valuation.from_json(before, f"{VALUATION} at {head[:9]}") if before else None,
        [entry.record for entry in read_ledger(LEDGER) if f"{LEDGER}/{entry.name}" not in known],
    )


def _known(revision: str, folder: Path) -> set[str]:
    return set((git("ls-tree", "--name-only", revision, f"{folder}/") or "").splitlines())


def _unpushed() -> list[str]:
    return UNPUSHED.read_text(encoding="utf-8").split() if UNPUSHED.is_file() else []


def _push(tags: Sequence[str], say: Say, warn: Say) -> None:
    """Push commits, tags and data; what fails is a warning, and is tried again by the next run."""
    waiting = list(dict.fromkeys([*_unpushed(), *tags]))
    if not waiting:
        return
    complaints = [push_commits(waiting)]
    if default_remote(Path()):
        complaints.append(run_dvc("push", folder=Path()))
    for complaint in filter(None, complaints):
        warn(f"not pushed: {complaint}; the next run tries again")
    if not any(complaints):
        UNPUSHED.unlink(missing_ok=True)
        say(f"pushed {', '.join(waiting)}")


def summary(tag: str, notes: Sequence[str], before: Valuation | None, entries: Sequence[LedgerEntry]) -> str:
    """The summary of a valuation: `notes` are those of its releases, `before` the valuation it is compared with.

    The title of a single note is left out, since `tag` says the same.
    """
    lines = [f"# {tag}", ""]
    if notes:
        said = notes[0].splitlines()[2:] if len(notes) == 1 else "\n\n".join(notes).splitlines()
        lower = "#" if len(notes) == 1 else "##"
        lines += ["## The release", "", *(f"{lower}{line}" if line.startswith("#") else line for line in said), ""]
    lines += ["## Laws", ""]
    if not entries:
        return "\n".join([*lines, "The release changed no law.", ""])
    lines += ["| task | n | error before | error now | D | alpha | C | verdict |", "| --- " * 8 + "|"]
    lines += [_row(entry, before) for entry in entries]
    lines += ["", "## Forecasts", ""]
    lines += [f"- {entry.task}: {entry.outcome.text if entry.outcome else 'nothing was forecast'}" for entry in entries]
    lines += ["", "## What to do", "", *(f"- {entry.task}: {_advice(entry)}" for entry in entries)]
    return "\n".join(lines) + "\n"


def _row(entry: LedgerEntry, before: Valuation | None) -> str:
    now = entry.valuation
    then = before.tasks.get(entry.task) if before else None
    old = figure(then.mae_at_n_max) if isinstance(then, Valued) else "-"
    law = [parameter(now.law, name) for name in STUDY_LAW]
    cells = [entry.task, count(entry.n_max), old, figure(now.mae_at_n_max), *law, now.verdict]
    return f"| {' | '.join(cells)} |"


def _advice(entry: LedgerEntry) -> str:
    now = entry.valuation
    if now.gain is None:
        return verdict_sentence(now.verdict, now.verdict_reason)
    return decision(now.gain, now.excluded, now.to_settle, now.verdict)
