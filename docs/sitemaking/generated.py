"""What `<!-- generated: NAME -->` stands for in a page."""

from collections.abc import Callable

from sitemaking.lists import Generated
from sitemaking.lists.commands import command_list
from sitemaking.lists.gallery import gallery
from sitemaking.lists.interface import interface
from sitemaking.lists.known import check_list, layer_list
from sitemaking.lists.mistakes import mistake_list

GENERATED: dict[str, Callable[[bool], Generated]] = {
    "api": interface,
    "checks": check_list,
    "commands": command_list,
    "gallery": gallery,
    "layers": layer_list,
    "mistakes": mistake_list,
}
"""The function that makes a list, by its name. Its argument says whether it is a draft."""
