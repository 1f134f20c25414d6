"""JSON Schema as the contract uses it, compiled once into functions: what is asked a hundred thousand times a run is quick.

A compiled schema takes a value and gives None, or what is wrong with it: a JSON Pointer, then words. A keyword that is not
known here is an error at compile time, so that none is passed over in silence.
"""
import datetime
import re
import uuid

ANNOTATIONS = {"description", "examples", "example", "default", "readOnly", "writeOnly", "title", "deprecated", "contentMediaType"}
OBJECT = {"properties", "required", "additionalProperties"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
DATE_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
URI = re.compile(r"^[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+$", re.IGNORECASE)
URI_REFERENCE = re.compile(r"^[^\s<>\"{}|\\^`]*$")
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+$")


class UnknownKeyword(Exception):
    pass


def is_date(text):
    try:
        return len(text) == 10 and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


def is_uuid(text):
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


FORMATS = {"date": is_date, "uuid": is_uuid, "date-time": lambda t: bool(DATE_TIME.match(t)) and is_date(t[:10]),
           "uri": lambda t: bool(URI.match(t)), "uri-reference": lambda t: bool(URI_REFERENCE.match(t)),
           "email": lambda t: bool(EMAIL.match(t)), "int64": None}


def word(value):
    text = repr(value)
    return text if len(text) < 80 else text[:77] + "…"


def is_of(value, kind):
    """JSON's types: true is no number, 1.0 is an integer."""
    if kind in ("integer", "number"):
        return type(value) is int or type(value) is float and (kind == "number" or value.is_integer())
    return type(value) is TYPES[kind]


class Schemas:
    """Compiles the schemas of one document; what $ref names is compiled once, when it is first needed."""

    def __init__(self, document):
        self.document = document
        self.by_ref = {}

    def at(self, ref):
        found = self.document
        for part in ref.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return found

    def resolve(self, node):
        while "$ref" in node:
            node = self.at(node["$ref"])
        return node

    def compile(self, schema):
        if schema is True:
            return lambda value: None
        parts = [object_of(self, schema)] if OBJECT & schema.keys() else []
        for keyword in schema:
            if keyword in ANNOTATIONS or keyword in OBJECT or keyword.startswith("x-"):
                continue
            make = KEYWORDS.get(keyword)
            if make is None:
                raise UnknownKeyword(f"{keyword} in {word(schema)}")
            check = make(self, schema)
            if check:
                parts.append(check)
        if not parts:
            return lambda value: None
        if len(parts) == 1:
            return parts[0]

        def all_of_them(value):
            for check in parts:
                if wrong := check(value):
                    return wrong
            return None

        return all_of_them


# ---- keywords: each makes a check of its own, which lets pass what it does not speak of ----

def ref_of(schemas, schema):
    name = schema["$ref"]

    def check(value):
        made = schemas.by_ref.get(name)
        if made is None:
            made = schemas.by_ref[name] = schemas.compile(schemas.at(name))
        return made(value)

    return check


def type_of(schemas, schema):
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    plain = frozenset(TYPES[k] for k in kinds if k in TYPES) | ({int} if {"integer", "number"} & set(kinds) else set())
    numbers = [k for k in kinds if k in ("integer", "number")]

    def check(value):
        if type(value) in plain or numbers and any(is_of(value, k) for k in numbers):
            return None
        return f": {word(value)} is not {' or '.join(kinds)}"

    return check


def object_of(schemas, schema):
    members = {name: schemas.compile(inner) for name, inner in schema.get("properties", {}).items()}
    required = schema.get("required", ())
    more = schema.get("additionalProperties", True)
    others = None if more is True else False if more is False else schemas.compile(more)

    def check(value):
        if type(value) is not dict:
            return None
        for name in required:
            if name not in value:
                return f": lacks {name}"
        for name, inner in value.items():
            known = members.get(name)
            if known is None:
                if others is None:
                    continue
                if others is False:
                    return f"/{name}: is not in the contract"
                known = others
            if wrong := known(inner):
                return f"/{name}{wrong}"
        return None

    return check


def items_of(schemas, schema):
    inner = schemas.compile(schema["items"])

    def check(value):
        if type(value) is list:
            for number, one in enumerate(value):
                if wrong := inner(one):
                    return f"/{number}{wrong}"
        return None

    return check


def enum_of(schemas, schema):
    known = schema["enum"]
    texts = frozenset(v for v in known if isinstance(v, str))
    return lambda value: None if (value in texts if type(value) is str else any(v is value or type(v) is type(value) and v == value for v in known)) \
        else f": {word(value)} is none of {word(known)}"


def const_of(schemas, schema):
    const = schema["const"]
    return lambda value: None if type(value) is type(const) and value == const else f": {word(value)} is not {word(const)}"


def format_of(schemas, schema):
    good = FORMATS[schema["format"]]
    return good and (lambda value: None if type(value) is not str or good(value) else f": {word(value)} is no {schema['format']}")


def pattern_of(schemas, schema):
    pattern = re.compile(schema["pattern"])
    return lambda value: None if type(value) is not str or pattern.search(value) else f": {word(value)} is not like {pattern.pattern}"


def bound(keyword, kinds, within):
    def make(schemas, schema):
        limit = schema[keyword]
        return lambda value: None if type(value) not in kinds or within(value, limit) else f": {word(value)} is beyond {keyword} {limit}"

    return make


def unique_of(schemas, schema):
    return schema["uniqueItems"] and (
        lambda value: None if type(value) is not list or len({repr(v) for v in value}) == len(value) else ": holds one twice")


def all_of(schemas, schema):
    parts = [schemas.compile(s) for s in schema["allOf"]]
    return lambda value: next((wrong for part in parts if (wrong := part(value))), None)


def any_of(schemas, schema):
    parts = [schemas.compile(s) for s in schema["anyOf"]]

    def check(value):
        found = [part(value) for part in parts]
        return None if None in found else max(found, key=lambda text: text.count("/"))

    return check


def one_of(schemas, schema):
    parts = [schemas.compile(s) for s in schema["oneOf"]]

    def check(value):
        found = [part(value) for part in parts]
        fits = found.count(None)
        if fits == 1:
            return None
        # Of several that do not fit, the one that came furthest tells most.
        return ": fits more than one of the alternatives" if fits else max(found, key=lambda text: text.count("/"))

    return check


KEYWORDS = {
    "$ref": ref_of, "type": type_of, "items": items_of, "enum": enum_of, "const": const_of,
    "format": format_of, "pattern": pattern_of, "uniqueItems": unique_of, "allOf": all_of, "anyOf": any_of, "oneOf": one_of,
    "minimum": bound("minimum", (int, float), lambda v, n: v >= n), "maximum": bound("maximum", (int, float), lambda v, n: v <= n),
    "minLength": bound("minLength", (str,), lambda v, n: len(v) >= n), "maxLength": bound("maxLength", (str,), lambda v, n: len(v) <= n),
    "minItems": bound("minItems", (list,), lambda v, n: len(v) >= n), "maxItems": bound("maxItems", (list,), lambda v, n: len(v) <= n),
}
