"""What a package's definitions mention, themselves and through each other."""

import ast

ALIAS = "mutated"
"""The name under which a mutated package is imported, beside the untouched one."""
Definition = tuple[str, str]
"""A module and a name in it."""
Trees = dict[str, ast.Module]


def names_of(statement: ast.stmt) -> list[str]:
    """Return what a statement on the top level of a module defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def uses(trees: Trees) -> dict[Definition, set[Definition]]:
    """Return what each definition of a package mentions, itself and through what it mentions."""
    direct: dict[Definition, set[Definition]] = {}
    for module, tree in trees.items():
        known = _known(tree, module)
        for statement in tree.body:
            for defined in names_of(statement):
                direct[module, defined] = _mentioned(statement, known)
    return {definition: _closure(definition, direct) for definition in direct}


def _known(tree: ast.Module, module: str) -> dict[str, Definition]:
    """Return which definition each name of a module stands for."""
    known: dict[str, Definition] = {}
    for statement in tree.body:
        known |= {defined: (module, defined) for defined in names_of(statement)}
        if isinstance(statement, ast.ImportFrom) and statement.level:
            above = module.split(".")[: -statement.level]
            source = ".".join([*above, statement.module or ""])
            known |= {alias.asname or alias.name: (source, alias.name) for alias in statement.names}
    return known


def _mentioned(statement: ast.stmt, known: dict[str, Definition]) -> set[Definition]:
    names = [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]
    return {known[name] for name in names if name in known}


def _closure(definition: Definition, direct: dict[Definition, set[Definition]]) -> set[Definition]:
    found, waiting = {definition}, [definition]
    while waiting:
        new = direct.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
