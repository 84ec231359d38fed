"""`simworth merge BRANCH`: two branches that each added releases; what is generated is made again, nothing by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ruamel.yaml.comments import CommentedMap

from simworth.data.dvc_project import track
from simworth.errors import SimworthError
from simworth.files import write_whole
from simworth.git import git, in_conflict, refusal, run_git
from simworth.ledger.chain import entries_from, name_apart
from simworth.pipeline.commits import changed, commit
from simworth.pipeline.repro import Say
from simworth.pipeline.run import LEDGER, PARAMS, Publish, bring, run
from simworth.yaml_files import edited, parse_yaml

GENERATED: Final = ("dvc.lock", "data/remotes.yaml", "reports/")
"""what `dvc repro` and `release fetch` make again; of ledger entries, which are not, both are kept"""
_ABSENT: Final = object()


def merge(branch: str, publish: Publish, say: Say, warn: Say) -> None:
    """Merge a branch into the one that is checked out, run the pipeline on both branches' releases, and commit.

    SimworthError, and no merge, where both branches changed something that only people can settle. A merge that was
    killed or failed on the way goes on with the same command.
    """
    named = (f"refs/heads/{branch}", branch)  # a branch before a tag of its name, which git would take
    found = (git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") for name in named)
    theirs = next(filter(None, found), None)
    if theirs is None:
        raise SimworthError(f"branch {branch!r}: git knows no such branch or commit; `git branch -a` lists them")
    under_way = git("rev-parse", "--verify", "--quiet", "MERGE_HEAD")
    if under_way is None:
        if dirty := changed():
            raise SimworthError(f"{dirty[0]}: has changes that are not committed; commit or stash them first")
        if git("merge-base", "--is-ancestor", theirs, "HEAD") is not None:
            say(f"{branch} is merged already")
            return
        _start(theirs)
    elif under_way != theirs:
        raise SimworthError(f"a merge of {under_way[:9]} goes on here; finish it or `git merge --abort` first")
    snapshots = _settle(theirs)
    bring(say)
    for folder in snapshots:
        track(folder)
    run((), publish, say, warn)
    commit(f"Merge {branch}: the releases of both, valued together")


def _start(theirs: str) -> None:
    done = run_git("merge", "--no-ff", "--no-commit", "--quiet", theirs)
    if git("rev-parse", "--verify", "--quiet", "MERGE_HEAD") is None:
        raise SimworthError(f"git merge: {refusal(done) or 'refused'}")


def _settle(theirs: str) -> list[Path]:
    """Resolve every conflict, or abort the merge; the snapshots whose .dvc files must be made again."""
    snapshots = []
    try:
        for path in in_conflict(Path()):
            if path == str(PARAMS):
                write_whole(PARAMS, (git("show", f"HEAD:./{PARAMS}") or "").encode() + b"\n")
                _merge_params(theirs)
            elif path.startswith("data/raw/") and path.endswith(".dvc"):
                _keep_ours(path)
                snapshots.append(Path(path).with_suffix(""))
            elif path.startswith(GENERATED):
                if path.startswith(f"{LEDGER}/"):
                    _keep_theirs_apart(path)
                _keep_ours(path)
            else:
                raise SimworthError(f"{path}: both branches changed it; merge it by hand (`git merge {theirs[:9]}`)")
            git("add", "--", path)
    except SimworthError:
        git("merge", "--abort")
        raise
    return snapshots


def _keep_ours(path: str) -> None:
    if git("checkout", "--ours", "--", path) is None:  # it is only theirs, or was deleted here
        git("rm", "--quiet", "--force", "--", path)


def _keep_theirs_apart(path: str) -> None:
    """Both branches made the same valuation at the same place of the chain; later entries of each name their own."""
    if git("checkout", "--theirs", "--", path) is not None:
        (entry,) = entries_from({path: Path(path).read_bytes()})
        git("add", "--", str(Path(path).rename(LEDGER / name_apart(entry.record))))


def _merge_params(theirs: str) -> None:
    """Three-way merge of params.yaml by keys; selections of releases are joined."""
    base = git("merge-base", "HEAD", theirs) or ""
    then, other = (
        parse_yaml(git("show", f"{rev}:./{PARAMS}") or "{}", f"{PARAMS} at {rev[:9]}") for rev in (base, theirs)
    )
    with edited(PARAMS) as ours:
        _merge_mapping(ours, then, other, "")


def _merge_mapping(ours: CommentedMap, base: Any, theirs: Any, where: str) -> None:
    for key in list(dict.fromkeys([*base, *theirs])):
        old, mine, other = (one.get(key, _ABSENT) for one in (base, ours, theirs))
        at = f"{where}.{key}" if where else str(key)
        if other in (old, mine):
            continue
        if mine == old:
            if other is _ABSENT:
                del ours[key]
            else:
                ours[key] = other
        elif all(isinstance(one, dict) for one in (mine, other)):
            _merge_mapping(mine, old if isinstance(old, dict) else {}, other, at)
        elif key == "releases" and all(isinstance(one, list) for one in (old, mine, other)):
            joined = [*mine, *(name for name in other if name not in mine)]
            gone = {name for name in old if name not in mine or name not in other}
            mine[:] = [name for name in joined if name not in gone]
        else:
            raise SimworthError(f"{PARAMS}: {at}: one branch says {mine!r}, the other {other!r}; merge it by hand")
