"""Bodies and queries as Stripe takes them: application/x-www-form-urlencoded, nested by brackets.

    a=1&b[c]=2&d[]=x&d[]=y&e[0][f]=z   ->   {"a": "1", "b": {"c": "2"}, "d": ["x", "y"], "e": [{"f": "z"}]}

Values stay text: what they must be is the contract's business.
"""
from urllib.parse import unquote_plus

MAX_DEPTH = 12


class BadForm(Exception):
    pass


def pairs(text):
    for part in text.split("&"):
        if part:
            name, mark, value = part.partition("=")
            if not mark:
                raise BadForm(f"{part!r} has no value")
            yield unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")


def segments(name):
    head, mark, rest = name.partition("[")
    if not head:
        raise BadForm(f"{name!r} is no name")
    found = [head]
    while mark:
        inner, closing, after = rest.partition("]")
        if not closing or (after and after[0] != "["):
            raise BadForm(f"{name!r} has unbalanced brackets")
        found.append(inner)
        mark, rest = after[:1], after[1:]
    if len(found) > MAX_DEPTH:
        raise BadForm(f"{name!r} is nested too deeply")
    return found


def put(tree, path, value, name):
    key, rest = path[0], path[1:]
    if not rest:
        if key == "":
            tree.setdefault("", []).append(value)
        elif key in tree:
            raise BadForm(f"{name!r} is given twice")
        else:
            tree[key] = value
        return
    inner = tree.setdefault(key, {})
    if not isinstance(inner, dict):
        raise BadForm(f"{name!r} is a value and a hash")
    put(inner, rest, value, name)


def lists(tree):
    """{"": [..]} and {"0": .., "1": ..} are lists."""
    if not isinstance(tree, dict):
        return tree
    if set(tree) == {""}:
        return tree[""]
    if tree and all(key.isdigit() for key in tree):
        numbers = sorted(int(key) for key in tree)
        if numbers != list(range(len(numbers))):
            raise BadForm("a list has gaps")
        return [lists(tree[str(number)]) for number in numbers]
    return {key: lists(value) for key, value in tree.items()}


def decode(text):
    tree = {}
    try:
        for name, value in pairs(text):
            put(tree, segments(name), value, name)
    except UnicodeDecodeError as reason:
        raise BadForm("not UTF-8") from reason
    return lists(tree) if tree else {}
