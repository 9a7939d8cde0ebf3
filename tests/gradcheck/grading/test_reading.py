"""A rubric that is wrong: which sentence, at which line and column."""

import pytest

from gradcheck.grading.reading import RubricError, names, parsed, position, read, text_of

HEAD = 'schema = "gradcheck-rubric/1"\nname = "r"\n'
RELU = HEAD + '[[function]]\nlayer = "relu"\nforward = 1\n'
TWO = RELU + '\n[[function]]\n  layer = "affine"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = [", "r.toml: "),
        ('name = "r"\n', "r.toml: Object missing required field `schema`"),
        (HEAD, "r.toml: it has no [[function]]"),
        (HEAD.replace("/1", "/9"), "line 1, column 1: the schema is 'gradcheck-rubric/9'"),
        (HEAD + "colour = 1\n", "line 3, column 1: Object contains unknown field `colour`"),
        (TWO + "  forwards = 1\n", "line 9, column 3: Object contains unknown field `forwards`"),
        (TWO + '  forward = "x"\n', "line 9, column 3: Expected `float`, got `str`"),
        (TWO + "  forward = -1\n", "line 9, column 3: forward is -1 points; points are 0 or more"),
        (TWO + "  backward = nan\n", "line 9, column 3: backward is nan points"),
        (
            TWO + "  follow_through = 1\n",
            "line 9, column 3: follow_through is 1 points, more than backward's 0",
        ),
        (
            TWO.replace("affine", "afine"),
            "line 8, column 3: there is no layer 'afine' (did you mean affine?)",
        ),
        (TWO.replace("affine", "relu"), "line 4, column 1: the layer 'relu' is named 2 times"),
        (
            TWO + '  rule = "adam"\n',
            "line 9, column 3: a rule is that of an optimizer, and affine is a layer",
        ),
        (
            TWO.replace("affine", "optimizer"),
            "line 8, column 3: an optimizer needs the name of its rule: sgd,",
        ),
        (
            TWO.replace("affine", "optimizer") + '  rule = "adm"\n',
            "line 9, column 3: there is no rule 'adm' (did you mean adam?)",
        ),
        (
            TWO.replace("affine", "optimizer") + '  rule = "adam"\n  backward = 1\n',
            "line 10, column 3: adam has no backward: it is no layer",
        ),
        (TWO.replace('  layer = "affine"\n', ""), "line 7, column 1: Object missing required field `layer`"),
        (RELU + "[checks]\nlayuot = 'note'\n", "line 7, column 1: there is no check 'layuot'"),
        (RELU + "[checks]\nlayout = 'maybe'\n", "line 6, column 1: Invalid enum value 'maybe'"),
        (RELU + "[checks]\ngradient = 'note'\n", "line 7, column 1: the check 'gradient' says whether"),
        (RELU + "[credit]\nlarge = 2\n", "line 7, column 1: the credit of large is 2"),
        (RELU + "[messages]\nlarges = ''\n", "line 7, column 1: there is no check 'larges'"),
        (RELU + "[limits]\nmemory_mb = 9\ncall_seconds = 0\n", "line 8, column 1: call_seconds is 0"),
        (RELU + "[limits]\ntotal_seconds = inf\n", "line 7, column 1: total_seconds is inf"),
        (RELU + "[students]\nbefore = 'all'\n", "line 7, column 1: Invalid enum value 'all'"),
        (RELU + "[students]\ndeadline = 2027-01-31T23:59:00\n", "line 7, column 1: the deadline has no time"),
        (HEAD + "cases = -1\n" + RELU[len(HEAD) :], "line 3, column 1: cases is -1; the number"),
        (HEAD + 'dialect = "cs231"\n' + RELU[len(HEAD) :], "line 3, column 1: there is no dialect 'cs231'"),
        (HEAD + 'allow = ["nothing-of-it"]\n' + RELU[len(HEAD) :], "line 3, column 1: nothing-of-it is not"),
        ("a = " + "[" * 5000, "r.toml"),
    ],
)
def test_wrong_rubric__is_one_sentence_with_a_place(text, said):
    with pytest.raises(RubricError) as problem:
        parsed(text, "r.toml")
    assert said in str(problem.value)
    assert str(problem.value).startswith("r.toml")
    assert "\n" not in str(problem.value)


def test_toml_error__has_line_and_column():
    with pytest.raises(RubricError, match=r"r\.toml: .*line 2, column 9"):
        parsed('name = "r"\ntitle = \n', "r.toml")


@pytest.mark.parametrize("name", names())
def test_rubric_of_the_suite__can_be_read(name):
    assert read(name) == parsed(text_of(name), name)
    assert read(name).name == name


def test_position__of_a_table_is_its_header():
    assert position(TWO, ("function", 1)) == (7, 1)
    assert position(TWO, ("students",)) is None


def test_file_that_is_none__is_one_sentence(tmp_path):
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "large.toml").write_bytes(b"#" * (2**20 + 1))
    for name, said in (
        ("gone.toml", "there is no rubric"),
        ("binary.toml", "is not UTF-8"),
        ("large.toml", "is no rubric"),
        (".", "cannot be read"),
    ):
        with pytest.raises(RubricError, match=said):
            read(str(tmp_path / name))
