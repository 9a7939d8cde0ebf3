"""Groups of options, and the exit code that all commands have in common."""

from dataclasses import dataclass

import click
import pytest
from click.testing import CliRunner

from gradcheck.commands import options
from gradcheck.commands.delivery import exit_code
from gradcheck.commands.options import option
from gradcheck.report import Verdict


@dataclass(frozen=True, kw_only=True)
class Size:
    number: int = option("--size", type=int, default=1, help="How large.")
    unit: str = option("--unit", default="m")


@dataclass(frozen=True, kw_only=True)
class Weight:
    number: int = option("--weight", type=int, default=2)


@dataclass(frozen=True, kw_only=True)
class LongSize(Size):
    is_long: bool = option("--long", is_flag=True)


@click.command()
@click.argument("name")
@click.option("--first", is_flag=True)
@options.groups(size=LongSize, weight=Weight)
@click.option("--last", is_flag=True)
def described(name, first, size, weight, last):
    """Describe something."""
    click.echo((name, first, size, weight, last))


def test_groups__give_a_command_an_object_each_though_fields_are_called_alike():
    result = CliRunner().invoke(described, ["it", "--weight", "7", "--size", "3", "--long", "--last"])
    expected = ("it", False, LongSize(number=3, unit="m", is_long=True), Weight(number=7), True)
    assert result.stdout == f"{expected}\n"


def test_help_has_the_options_in_the_order_of_groups_and_fields():
    text = CliRunner().invoke(described, ["--help"]).stdout
    assert "Describe something." in text
    found = [line.split()[0] for line in text.splitlines() if line.startswith("  --")]
    assert found == ["--first", "--size", "--unit", "--long", "--weight", "--last", "--help"]


def test_option_error__names_the_option_and_not_its_field():
    result = CliRunner().invoke(described, ["it", "--size", "large"])
    assert result.exit_code == 2
    assert "Invalid value for '--size': 'large' is not a valid integer." in result.stderr


@pytest.mark.parametrize(
    ("verdicts", "how", "code"),
    [
        (["pass", "skip"], {}, 0),
        (["pass", "missing", "inconclusive"], {}, 0),
        (["pass", "missing"], {"strict": True}, 1),
        (["inconclusive"], {"strict": True}, 1),
        (["skip"], {"strict": True}, 0),
        (["fail"], {}, 1),
        (["timeout"], {}, 1),
        (["pass"], {"is_judged": False}, 2),
        (["error"], {"is_judged": False}, 1),
        ([], {}, 0),
    ],
)
def test_exit_code__counts_wrong_for_more_than_not_judged(verdicts, how, code):
    assert exit_code(map(Verdict, verdicts), **how) == code
