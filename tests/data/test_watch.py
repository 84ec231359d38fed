"""Releases are noticed at every service, taken in whole, and refused whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from simworth.data.catalogue import Upstream, load_catalogue
from simworth.data.http import Patience, download
from simworth.data.project import Project as DataProject
from simworth.data.upstream import newest
from simworth.data.watch import add_news, watch
from simworth.digests import file_sha256
from simworth.errors import SimworthError
from tests.data.project import Project, main, tracked_project
from tests.data.samples import starrydata_2019, starrydata_curves
from tests.data.server import Answer, Services, cut, hang, status

CATALOGUE = Path(__file__).parents[2] / "data" / "catalogue"
FILE = "PI1070.csv"
OLD, NEW = "a" * 40, "b" * 40
QUICK = Patience(answer=0.3, whole=5.0, pause=0.01, longest=0.1)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = tracked_project(tmp_path)
    monkeypatch.chdir(made.root)
    return made


Publish = Callable[[Services, str, bytes], None]
PUBLISHED: dict[str, tuple[dict[str, object], Publish, str, str]] = {
    "github": (
        {"at": "RadonPy/RadonPy", "files": [f"data/{FILE}"], "state": OLD},
        lambda s, sha, body: s.github("RadonPy/RadonPy", f"data/{FILE}", sha, "2026-12-01T00:00:00Z", body),
        NEW,
        "2026-12-01-bbbbbbb",
    ),
    "huggingface": (
        {"at": "a/PolyOmics", "state": OLD},
        lambda s, sha, body: s.hugging_face("a/PolyOmics", FILE, sha, body),
        NEW,
        "2026-09-03-bbbbbbb",
    ),
    "figshare": (
        {"at": "123", "state": "v1"},
        lambda s, version, body: s.figshare("123", FILE, int(version[1:]), body),
        "v2",
        "2026-10-01-v2",
    ),
    "zenodo": (
        {"at": "55", "state": "55"},
        lambda s, record, body: s.zenodo("55", FILE, int(record), body),
        "77",
        "2026-11-01-77",
    ),
    "starrydata": (
        {"at": "https://data.example.org/x/manifest.json", "state": "2026-01-01"},
        lambda s, date, body: s.starrydata("data.example.org/x/manifest.json", FILE, date, body),
        "2026-06-26",
        "2026-06-26",
    ),
    "url": (
        {"at": f"https://data.example.org/{FILE}", "state": "one"},
        lambda s, tag, body: s.url(f"data.example.org/{FILE}", tag, body),
        "two",
        "two",
    ),
}


def follow(project: Project, service: str) -> Publish:
    """Let the selected release of radonpy have an upstream, as a user writes it."""
    path = project.root / "data/catalogue/radonpy/first.yaml"
    upstream, publish, _, _ = PUBLISHED[service]
    yaml = YAML()
    entry = yaml.load(path)
    entry["upstream"] = {"service": service, **upstream}
    with path.open("w") as file:
        yaml.dump(entry, file)
    return publish


def published(project: Project) -> pd.DataFrame:
    return pd.read_csv(project.raw / "radonpy" / FILE)


def text(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


@pytest.mark.parametrize("service", PUBLISHED)
def test_a_new_state_is_noticed_and_can_be_fetched(
    service: str, project: Project, services: Services, tmp_path: Path
) -> None:
    publish = follow(project, service)
    upstream, _, key, name = PUBLISHED[service]
    publish(services, str(upstream["state"]), (project.raw / "radonpy" / FILE).read_bytes())
    assert watch(DataProject(), QUICK).same == ("radonpy first",)
    body = text(published(project)[1:])
    publish(services, key, body)
    (news,) = watch(DataProject(), QUICK).news
    assert (news.state.key, news.state.name) == (key, name)
    download(news.state.files[0].url, tmp_path / FILE, QUICK)
    assert (tmp_path / FILE).read_bytes() == body


def moved(services: Services, path: str) -> Answer:
    """A redirect to where the page lies now."""
    services.page(f"{path}-moved", services.pages[path], **services.headers[path])
    return status(302, Location=f"{path}-moved")


TROUBLES: dict[str, Callable[[Services, str], Answer]] = {
    "time-out": lambda services, path: hang(0.6),
    "rate limit": lambda services, path: status(429, Retry_After="0"),
    "redirect": moved,
    "truncated": lambda services, path: cut(services.pages[path], **services.headers[path]),
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("service", PUBLISHED)
def test_a_service_in_passing_trouble_is_heard(
    service: str, trouble: str, project: Project, services: Services, tmp_path: Path
) -> None:
    """Every address of the service, those of its index and those of its files, misbehaves at first."""
    body, requests = text(published(project)[1:]), 2 if service == "url" else 1  # of a file's headers, and of itself
    follow(project, service)(services, PUBLISHED[service][2], body)
    services.trouble = {path: [TROUBLES[trouble](services, path)] * requests for path in [*services.pages]}
    (news,) = watch(DataProject(), QUICK).news
    download(news.state.files[0].url, tmp_path / FILE, QUICK)
    assert (tmp_path / FILE).read_bytes() == body
    assert not any(services.trouble.values()), "all of it has been met"


@pytest.mark.parametrize("service", PUBLISHED)
def test_a_service_whose_files_never_come_whole_changes_nothing(
    service: str, project: Project, services: Services
) -> None:
    follow(project, service)(services, PUBLISHED[service][2], text(published(project)[1:]))
    (news,) = watch(DataProject(), QUICK).news
    path = f"/{news.state.files[0].url.removeprefix('https://')}"
    services.trouble[path] = [cut(services.pages[path])] * 9
    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    with pytest.raises(SimworthError, match="did not come whole in 3 tries"):
        add_news(DataProject(), news, Path("data/notes"), QUICK, lambda _: None)
    assert {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()} == before


def test_what_is_new_is_added_with_a_note(
    project: Project, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    publish = follow(project, "github")
    after = published(project)
    after.loc[0, "density"] = 1.9
    after["remark"] = "anew"
    publish(services, NEW, text(after))
    assert main(["release", "watch"]) == 3
    assert "new: radonpy: 2026-12-01-bbbbbbb after first" in capsys.readouterr().out
    assert project.yaml("params.yaml")["databases"]["radonpy"]["releases"] == ["first"]
    assert main(["release", "watch", "radonpy", "--add"]) == 3
    assert project.yaml("params.yaml")["databases"]["radonpy"]["releases"] == ["2026-12-01-bbbbbbb"]
    entry = project.yaml("data/catalogue/radonpy/2026-12-01-bbbbbbb.yaml")
    assert entry["upstream"]["state"] == NEW
    assert entry["files"][0]["url"] == f"https://raw.githubusercontent.com/RadonPy/RadonPy/{NEW}/data/{FILE}"
    assert (entry["licence"], entry["redistribute"]) == ("MIT", True)
    note = project.read("data/notes/radonpy-2026-12-01-bbbbbbb.md")
    assert re.search(r"1 changed beyond their spread, by \d+ % in the median and \d+ % at most\.", note)
    assert not any(structure in note for structure in after["smiles"]) and "1.9" not in note, "notes go into git"
    assert "Columns that came: remark. Columns that went: none." in note
    assert project.ingest("radonpy") == 0
    assert main(["release", "watch"]) == 0


def test_a_successor_in_another_form_is_read_by_the_reader_that_upstream_names(
    project: Project, services: Services, tmp_path: Path
) -> None:
    """Starrydata's table of 2019 is followed by curves, as the repository's catalogue says."""
    params = project.root / "params.yaml"
    lines = "  electrical_conductivity: {unit: S/m, range: [1.0e-12, 1.0e+9]}\n"
    lines += "  thermal_conductivity_inorganic: {unit: W/(m K), range: [0.01, 5000.0]}\n"
    params.write_text(params.read_text().replace("properties:\n", f"properties:\n{lines}"))
    (table,) = starrydata_2019(tmp_path / "old").paths
    words = ["starrydata", str(table), "--name", "2019-07-11", "--reader", "starrydata-2019", "--redistribute"]
    assert main(["release", "add", *words]) == 0
    yaml, entry = YAML(), project.root / "data/catalogue/starrydata/2019-07-11.yaml"
    content = yaml.load(entry)
    content["upstream"] = yaml.load(CATALOGUE / "starrydata/2019-07-11.yaml")["upstream"]
    yaml.dump(content, entry)
    curves = starrydata_curves(tmp_path / "new").paths
    for path in curves:
        services.starrydata("starrydata.github.io/starrydata_datasets/manifest.json", path.name, "", path.read_bytes())
    held = [{"name": path.name, "sha256": file_sha256(path)} for path in curves]
    services.page("/starrydata.github.io/starrydata_datasets/manifest.json", {"date": "2026-06-26", "files": held})
    assert main(["release", "watch", "starrydata", "--add"]) == 3
    added = project.yaml("data/catalogue/starrydata/2026-06-26.yaml")
    assert added["reader"] == "starrydata-curves" and len(added["files"]) == 2
    assert main(["release", "watch", "starrydata"]) == 0


def test_a_manifest_renewed_on_the_same_date_is_noticed(project: Project, services: Services) -> None:
    publish, names = follow(project, "starrydata"), ["first"]
    for _ in range(3):
        publish(services, "2026-06-26", text(published(project)[len(names) - 1 :].assign(density=len(names))))
        assert main(["release", "watch", "radonpy", "--add"]) == 3
        (name,) = project.yaml("params.yaml")["databases"]["radonpy"]["releases"]
        names.append(name)
        assert main(["release", "watch", "radonpy"]) == 0
    assert names[1] == "2026-06-26" and all(name.startswith("2026-06-26-") for name in names[2:])
    assert len({*names}) == 4 and len(names[2]) == len("2026-06-26-abcdefa")


def test_a_damaged_successor_is_refused_whole(
    project: Project, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    publish = follow(project, "github")
    publish(services, NEW, text(published(project)[:2]))
    before = {path: path.read_bytes() for path in project.root.rglob("*.yaml")}
    assert main(["release", "watch", "--add"]) == 1
    assert "looks like a damaged or cut file" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in project.root.rglob("*.yaml")} == before
    assert not (project.root / "data/notes").exists()
    assert project.files("data/raw/radonpy") == [FILE]


def test_a_file_that_is_not_what_the_service_says_is_refused(
    project: Project, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    publish = follow(project, "figshare")
    publish(services, "v2", text(published(project)))
    services.pages["/ndownloader.figshare.com/files/1002"] = text(published(project)[1:])
    assert main(["release", "watch", "--add"]) == 1
    assert "is not what the service says it is" in capsys.readouterr().err
    assert project.yaml("params.yaml")["databases"]["radonpy"]["releases"] == ["first"]


def test_a_service_that_fails_is_named_and_others_are_asked(
    project: Project, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    follow(project, "zenodo")
    assert main(["release", "watch"]) == 1
    said = capsys.readouterr().err
    assert "radonpy first: https://zenodo.org/api/records/55/versions/latest: answers 404" in said
    assert said.count("\n") == 1


def test_one_address_for_a_release_of_two_files_is_refused(project: Project, services: Services) -> None:
    follow(project, "url")(services, "two", b"")
    entry = load_catalogue(project.root / "data/catalogue/radonpy").get("first", "test")
    assert newest(entry, QUICK).key == "two"
    two = entry.model_copy(update={"files": (*entry.files, entry.files[0].model_copy(update={"name": "more.csv"}))})
    with pytest.raises(SimworthError, match="gives 1 files, the release has 2"):
        newest(two, QUICK)


def test_an_answer_of_another_form_is_named(project: Project, services: Services) -> None:
    follow(project, "figshare")
    services.page("/api.figshare.com/v2/articles/123", {"title": "no files"})
    entry = load_catalogue(project.root / "data/catalogue/radonpy").get("first", "test")
    with pytest.raises(SimworthError, match="figshare 123: answers in a form that is not known"):
        newest(entry, QUICK)
    services.figshare("123", "other.csv", 2, b"")
    with pytest.raises(SimworthError, match=r"holds no file 'PI1070.csv' \(it holds other.csv\)"):
        newest(entry, QUICK)
    with pytest.raises(ValueError, match="https"):
        Upstream(service="url", at="http://data.example.org/f")


def test_releases_are_selected_by_name(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "select", "polyinfo", "opne"]) == 1
    assert "no release 'opne'" in capsys.readouterr().err
    assert main(["release", "select", "polyinfo", "open", "open"]) == 1
    assert "twice" in capsys.readouterr().err
    text = project.read("data/catalogue/polyinfo/open.yaml")
    (project.root / "data/catalogue/polyinfo/again.yaml").write_text(text)
    assert main(["release", "select", "polyinfo", "again"]) == 0
    assert project.yaml("params.yaml")["databases"]["polyinfo"] == {"releases": ["again"], "redistribute": True}
    assert "# a comment that must survive" in project.read("params.yaml")
    assert main(["release", "select", "polyinfo", "again", "open"]) == 1
    assert "both hold" in capsys.readouterr().err
