"""Every way in which loading fails, and the one sentence it is told in."""

import pickle
from pathlib import Path

import pytest

from gradcheck.subjects.loading import LoadError, MissingModule, load


def failure(target: Path | str) -> tuple[str, str]:
    with pytest.raises(LoadError) as caught, load(str(target)):
        pass
    assert len(str(caught.value)) <= 300
    assert str(caught.value).isprintable()
    return str(caught.value), caught.value.kind


def failing(folder: Path, text: str | bytes, name: str = "layers.py") -> str:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    message, kind = failure(folder / name)
    assert kind == "import"
    return message


@pytest.mark.parametrize(
    "target", ["not/there.py", "not_there.py", "not_there", "json.not_there", "", "a..b", "x\0y"]
)
def test_missing_target__is_reported(target: str) -> None:
    shown = target.replace("\0", r"\x00")
    assert failure(target) == (f'there is no file, folder or module called "{shown}"', "not found")


def test_folder_without_python__is_reported(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    assert failure(tmp_path) == (f'the folder "{tmp_path}" has no Python files', "not found")


@pytest.mark.parametrize("name", ["layers.tar", "layers", "layers.pyc"])
def test_target_that_is_no_python__is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert failure(name) == (
        f'"{name}" is not supported: give a .py file, a notebook, a package folder, a .zip of one or a module name',
        "unsupported",
    )


def test_syntax_error__is_reported(tmp_path: Path) -> None:
    assert failing(tmp_path, "x = 1\ny = = 2\n") == "layers.py:2 is not valid Python: invalid syntax"
    assert failing(tmp_path, "\ndef f(:\n").startswith("layers.py:2 is not valid Python: ")
    assert failing(tmp_path, b"x = '\xff'\n").startswith(
        "layers.py:1 is not valid Python: column 6: byte 0xff is not "
    )


def test_syntax_error_in_an_imported_module__is_reported(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "other.py").write_text("\n\ny = = 2\n")
    message = failing(tmp_path / "p", "from .other import y\n")
    assert message == "p/other.py:3 is not valid Python: invalid syntax"


UNPACK = "name the parameter, and unpack it in the body"


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("print 'hello'", "write print('hello')"),
        ("print x, y", "write print(x, y)"),
        ("print x", "write print(x)"),
        ("if True: pass\nprint 'x'", "write print('x')"),
        ("try: pass\nexcept ValueError, e: pass", "write except ValueError as e:"),
        (
            "try: pass\nexcept (ValueError, TypeError), e: pass",
            "write except (ValueError, TypeError) as e:",
        ),
        ("x = `5`", "write repr(5)"),
        ("x = 1 <> 2", "write !="),
        ("exec 'x = 1'", "write exec('x = 1')"),
        ("raise ValueError, 'x'", "write raise ValueError('x')"),
        ("x = 10L", "write 10"),
        ("x = 0777", "write 0o777"),
        ("x = 0xFFL", "write 0xFF"),
        ("def f(a, (b, c)): pass", UNPACK),
        ("f = lambda (a, b): a", UNPACK),
        ("if True:\n        x = 1\n\ty = 2", "tabs and spaces are mixed: indent with spaces only"),
    ],
)
def test_python_2__is_recognised_with_what_to_write(tmp_path: Path, line: str, instead: str) -> None:
    message = failing(tmp_path, f"{line}\n")
    number = line.count("\n") + 1
    assert message.startswith(f"layers.py:{number} is not valid Python 3 (it looks like Python 2): ")
    assert message.endswith(f": {instead}")


@pytest.mark.parametrize(
    "line", ["print(x", "x = 'print y", "for x in xrange(5) pass", "except_ = = 1", "x == = 1l0"]
)
def test_python_3_is_not_taken_for_python_2(tmp_path: Path, line: str) -> None:
    assert "Python 2" not in failing(tmp_path, f"{line}\n")


def test_xrange_alone_is_an_exception(tmp_path: Path) -> None:
    assert failing(tmp_path, "xrange(3)\n") == (
        "layers.py:1 raises NameError on import: name 'xrange' is not defined: Python 3 has no xrange: write range"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n1 / 0\n", "layers.py:2 raises ZeroDivisionError on import: division by zero"),
        ("(lambda:\n [].pop())()\n", "layers.py:2 raises IndexError on import"),
        ("import json\njson.loads('')\n", "layers.py:2 raises JSONDecodeError on import: Expecting value"),
        (
            "raise OSError('a\\nb\\x1b[1m' + 'x' * 999)",
            r"layers.py:1 raises OSError on import: a b\x1b[1mxxx",
        ),
        ("exec('x = = 1')", "layers.py:1 raises SyntaxError on import: invalid syntax"),
        ("raise type('E', (Exception,), {'__str__': None})", "layers.py:1 raises E on import"),
        ("raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})", "layers.py:1 raises E on import"),
        ("import sys\nsys.exit('bye')\n", "layers.py:2 calls sys.exit on import"),
        ("\nexit()\n", "layers.py:2 calls sys.exit on import"),
        ("raise SystemExit", "layers.py:1 calls sys.exit on import"),
        ("name = input('who? ')", "layers.py:1 raises EOFError on import: EOF when reading a line"),
        ("open('/not/there')", "layers.py:1 raises FileNotFoundError on import: [Errno 2] No such file"),
    ],
)
def test_exception_on_import__is_reported(tmp_path: Path, text: str, message: str) -> None:
    assert failing(tmp_path, text).startswith(message)


def test_exception_of_a_named_module__is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken_one.py").write_text("1 / 0\n")
    assert failure("broken_one") == (
        "broken_one.py:1 raises ZeroDivisionError on import: division by zero",
        "import",
    )


def test_interrupt__passes_through(tmp_path: Path) -> None:
    (tmp_path / "layers.py").write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt), load(str(tmp_path / "layers.py")):
        pass


def test_output_and_warnings_of_a_file__are_swallowed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = (
        "import sys, io, warnings\nprint('x' * 10**6)\nsys.stderr.write('y')\nwarnings.warn('z')\nx = '\\d'\n"
    )
    wrapped = "sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8')\nprint('w')\n"
    (tmp_path / "layers.py").write_text(text + wrapped + "def f(): print('now')\n")
    with load(str(tmp_path / "layers.py")) as loaded:
        assert capfd.readouterr() == ("", "")
        loaded.namespaces[0].members["f"]()  # type: ignore[operator]
        assert capfd.readouterr() == ("now\n", "")


def test_command_line_arguments__are_hidden_from_the_file(tmp_path: Path) -> None:
    text = "import argparse\nargparse.ArgumentParser().parse_args()\nimport sys\nseen = list(sys.argv)\n"
    (tmp_path / "layers.py").write_text(text)
    with load(str(tmp_path / "layers.py")) as loaded:
        assert loaded.namespaces[0].members["seen"] == [str(tmp_path / "layers.py")]


def test_errors_survive_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(LoadError("no\nway", "import")))
    assert (str(error), error.message, error.kind) == ("no way", "no way", "import")
    missing = pickle.loads(pickle.dumps(MissingModule("x is needed", "x")))
    assert (str(missing), missing.module) == ("x is needed", "x")
