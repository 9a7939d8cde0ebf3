"""Packages that a submission may import because they were allowed: what it sees of them, and what not."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from gradcheck import Plan, verify
from gradcheck.calling import guarded
from gradcheck.commands import main
from gradcheck.contract import Missing
from gradcheck.isolation import allowed, requirements
from gradcheck.isolation.levels import MEGABYTE, Level, Limits, available

WORKERS = [level for level in available() if level is not Level.PROCESS]
APART = [level for level in WORKERS if level is not Level.RLIMITS]
USE = """
import importlib.metadata, os, sys
import helpful

def value(): return helpful.VALUE + 0
def version(): return importlib.metadata.version("helpful-thing")
def place(): return helpful.__file__
def threads(): return os.environ.get("OMP_NUM_THREADS")

def found(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return hasattr(sys.modules[name], "__file__")  # what is missing is made up, and raises when it is used

def found_at(folder, name):
    sys.path.insert(0, folder)
    return found(name)

def write(path):
    try:
        with open(path, "w") as file:
            file.write("gained")
    except OSError as problem:
        return type(problem).__name__

def make(path):
    try:
        os.mkdir(path)
    except OSError as problem:
        return type(problem).__name__
"""
LAYERS = """
import helpful

def relu_forward(x):
    return helpful.positive(x), x

def relu_backward(dout, cache):
    return dout * (cache > 0)
"""


@pytest.fixture
def site(tmp_path_factory, monkeypatch):
    """A folder of installed packages, next to the real ones; away from the submission."""
    folder = tmp_path_factory.mktemp("installed") / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    for function in (allowed.allowed, allowed.installed):
        function.cache_clear()
    yield folder
    for function in (allowed.allowed, allowed.installed):
        function.cache_clear()


@pytest.fixture
def install(site):
    """Return a function that installs a distribution with its files, as pip does."""

    def put(distribution, files, requires=(), top="", in_place=False):
        metadata = f"{distribution.replace('-', '_')}-1.0.dist-info"
        needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
        about = {
            f"{metadata}/METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n{needs}",
            f"{metadata}/top_level.txt": top,
        }
        record = "".join(
            f"{name},,{len(text)}\n" for name, text in (about if in_place else about | files).items()
        )
        for name, text in (about | files | {f"{metadata}/RECORD": record}).items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_text(text)

    return put


@pytest.fixture
def installed(install):
    """A package that needs a module, and might use another one; and a third."""
    code = "import numpy as np, needed\nVALUE = needed.VALUE + 1\ndef positive(x): return np.maximum(x, 0)\n"
    install(
        "helpful-thing",
        {
            "helpful/__init__.py": code,
            "helpful/part/data.txt": "data",
            "helpful/fast.cpython-3.so": "0" * 1000,
        },
        requires=[
            "numpy>=1",
            'needed_thing>=1 ; python_version > "3"',
            'optional; extra == "more"',
            "absent",
        ],
    )
    install("needed-thing", {"needed.py": "VALUE = 41\n"})
    install("optional", {"optional.py": ""})
    install("stranger", {"stranger/__init__.py": ""})


HELPFUL = Limits(load=10.0, memory=2048 * MEGABYTE, packages=("helpful",))


@pytest.mark.parametrize("level", WORKERS)
def test_allowed_package__is_there_with_what_it_needs_and_nothing_else(installed, members, level):
    here = members(USE, level=level, limits=HELPFUL)
    assert here["value"]() == 42
    assert here["version"]() == "1.0"
    assert [name for name in ("needed", "optional", "stranger", "msgspec") if here["found"](name)] == [
        "needed"
    ]


@pytest.mark.parametrize("level", WORKERS)
def test_package_that_is_not_allowed__is_missing_and_the_message_says_which_option_it_needs(
    installed, members, level
):
    here = members(USE, level=level)
    with pytest.raises(
        Missing,
        match="helpful is needed here, and submissions may not import it: allow it with --allow helpful ",
    ):
        guarded("value", here["value"])


def test_package_that_is_not_installed__is_missing_and_the_message_says_what_to_do(members):
    here = members("import absent\ndef value(): return absent.f() + 1\n")
    with pytest.raises(
        Missing,
        match=r"absent\.f is needed here, but absent is not installed: if it is a package, "
        "install it and allow it with --allow absent",
    ):
        guarded("value", here["value"])


@pytest.mark.parametrize("level", APART)
def test_allowed_package__cannot_be_written_into(installed, site, members, level):
    here = members(USE, level=level, limits=HELPFUL)
    folder = Path(here["place"]()).parent
    for path in (
        folder / "__init__.py",
        folder / "gained.py",
        site / "gained.py",
        folder.parent / "gained.py",
    ):
        assert here["write"](str(path)) in ("PermissionError", "OSError", "FileNotFoundError"), path
    assert here["make"](str(folder / "gained")) is not None
    assert not list(site.rglob("gained*"))
    assert "gained" not in (site / "helpful" / "__init__.py").read_text()


@pytest.mark.parametrize("level", APART)
def test_submission__cannot_allow_itself_a_package(installed, site, tmp_path, members, level):
    (tmp_path / "pyproject.toml").write_text('[tool.gradcheck]\nallow = ["stranger"]\n')
    here = members(f"allow = packages = ['stranger']\n{USE}", level=level, limits=HELPFUL)
    assert here["found"]("stranger") is False
    assert here["found_at"](str(site), "stranger") is False
    assert here["found_at"](str(site), "helpful")


def test_namespace__has_only_the_parts_that_are_allowed(install, members):
    install(
        "ours-one", {"shared/one/__init__.py": "", "shared/file.py": "", "one.py": ""}, top="one\nshared\n"
    )
    install("ours-two", {"shared/two/__init__.py": "", "two.py": ""}, top="two\n")
    here = members(USE, limits=Limits(packages=("one",)))
    names = ("shared.one", "shared.file", "shared.two")
    assert [name for name in names if here["found"](name)] == ["shared.one", "shared.file"]


def test_package_that_is_installed_in_place__can_be_allowed(install, site, members):
    install("helpful-thing", {}, top="helpful\n", in_place=True)
    place = site.parent / "project"
    (place / "helpful").mkdir(parents=True)
    (place / "helpful" / "__init__.py").write_text("VALUE = 7\n")
    sys.path.append(str(place))
    try:
        assert members(USE, limits=HELPFUL)["value"]() == 7
    finally:
        sys.path.remove(str(place))


def test_optional_requirement__counts_where_it_is_asked_for(install):
    install(
        "kit", {"kit.py": ""}, requires=['linear; extra == "Linear_Algebra"', 'graphs; extra == "graphs"']
    )
    install("linear", {"linear.py": ""})
    install("graphs", {"graphs.py": ""})
    install("user", {"user.py": ""}, requires=["kit[linear-algebra] (>=1) ; sys_platform != 'none'", "user"])
    assert sorted(requirements.with_needs(["user"])) == ["kit", "linear", "user"]
    assert sorted(requirements.with_needs(["kit"])) == ["kit"]


def test_package_that_requires_the_suite__does_not_bring_it_in(install, members):
    install("helpful-thing", {"helpful.py": "VALUE = 1\n"}, requires=["gradcheck-suite", "msgspec"])
    here = members(USE, limits=HELPFUL)
    assert here["found"]("msgspec")
    for name in ("gradcheck.fast", "gradcheck.naive", "gradcheck.layers"):
        assert here["found"](name) is False, name


def test_address_space__grows_by_the_shared_libraries_that_are_allowed(installed):
    assert allowed.allowed(("helpful",)).mapped == 1000
    assert allowed.allowed(()) == allowed.allowed(("numpy", "json")) == allowed.Allowed()


def test_threads_of_libraries__stay_limited(installed, members):
    assert members(USE, limits=HELPFUL)["threads"]() == "1"


@pytest.mark.slow
def test_seed__is_that_of_torch_too_where_it_is_imported(install, submit):
    install("torch", {"torch/__init__.py": "seeds = []\nmanual_seed = seeds.append\n"})
    loaded = submit("import torch\ndef seeds(): return torch.seeds", limits=Limits(packages=("torch",)))
    loaded.seed(3)
    assert loaded.namespaces[0].members["seeds"]() == [3]
    stub = submit("import torch\ndef drawn(): return np.random.rand()")
    stub.seed(3)
    assert stub.namespaces[0].members["drawn"]() == np.random.RandomState(3).rand()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("helpfull", "helpfull is not installed (did you mean helpful?): install it"),
        ("gradcheck", "gradcheck has the answers: no submission may import it"),
    ],
)
def test_option_allow__refuses_what_cannot_be_allowed(installed, tmp_path, name, message):
    result = CliRunner().invoke(main, ["verify", str(tmp_path), "--allow", f"helpful,{name}"])
    assert result.exit_code == 2
    assert message in result.stderr
    with pytest.raises(ValueError, match=message.partition(" (")[0]):
        verify([str(tmp_path)], Plan(limits=Limits(packages=(name,))))


def test_option_allow__contradicts_in_process(installed):
    result = CliRunner().invoke(main, ["verify", "layers.py", "--allow", "helpful", "--in-process"])
    assert result.exit_code == 2
    assert "--in-process allows every package" in result.stderr


@pytest.fixture
def layers(tmp_path, monkeypatch):
    """A file with layers that import a package."""
    (tmp_path / "layers.py").write_text(LAYERS)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "layers.py"


def run(*words):
    return CliRunner().invoke(main, [*words, "--format", "json"])


@pytest.mark.slow
def test_option_allow__is_taken_by_verify_and_by_replay(installed, layers):
    options = ("--layer", "relu", "--cases", "0", "--processes", "2")
    (target,) = json.loads(run("verify", "layers.py", *options, "--allow", "helpful").stdout)["targets"]
    assert (target["verdict"], target["packages"]) == ("pass", ["helpful"])
    (target,) = json.loads(run("verify", "layers.py", *options).stdout)["targets"]
    assert (target["parts"][0]["verdict"], target["packages"]) == ("missing", [])
    again = run("replay", "layers.py", "relu n1d5 float64 seed=0", "--allow", "helpful")
    assert json.loads(again.stdout)["verdict"] == "pass"


@pytest.mark.slow
def test_report__repeats_the_option_in_the_command_to_copy(installed, layers):
    layers.write_text(LAYERS.replace("cache > 0", "cache < 0"))
    result = CliRunner().invoke(main, ["verify", "layers.py", "--cases", "0", "--allow", "helpful"]).stdout
    assert f"in a worker: {available()[-1]}, with helpful" in result
    assert 'float64 seed=0" --allow helpful\n' in result


@pytest.mark.slow
def test_report_without_a_function_that_runs__names_the_option(installed, layers):
    layers.write_text(LAYERS.replace("dout * (cache > 0)", "helpful.positive(dout)"))
    result = CliRunner().invoke(main, ["verify", "layers.py", "--cases", "0"]).stdout
    assert "run this again with --allow helpful: it imports helpful" in result


@pytest.mark.slow
@pytest.mark.parametrize("how", ["option", "table"])
@pytest.mark.sample(how=("table",))
def test_pytest__takes_allowed_packages_from_the_option_and_from_the_table(installed, site, layers, how):
    table = '[tool.gradcheck]\nallow = ["helpful"]\n' if how == "table" else ""
    (layers.parent / "pyproject.toml").write_text(table)
    options = ("--gradcheck-allow", "helpful") if how == "option" else ()
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    )
    words = ("-p", "gradcheck.pytest_plugin", "--gradcheck", "layers.py", "--gradcheck-cases", "0", *options)
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
