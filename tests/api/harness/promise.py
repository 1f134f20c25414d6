"""What the contract promises of answers, and whether one keeps it.

`Promise.judge` holds an answer against the OpenAPI document: status, media type, the headers that are promised, and the body
against its schema, that of problems too. The client asks it of every answer (`Client.promise`), so that whatever a test
is about, a wrong answer fails it. Operations are compiled when they are first met.
"""
import json
import re
import urllib.parse

from .schema import Schemas

PROBLEM = "application/problem+json"
# Refusals that the product decides on by itself: each operation names those that it can give. All others (a method that the
# path does not have, a header too large, nothing there to answer) can meet any request, and are `default`.
NAMED = {400, 401, 402, 403, 404, 409, 412, 413, 415, 422, 428, 429}
# Those that nginx gives before it knows what is asked for.
BEFORE = {400, 413, 429}


TOLD = []  # every broken promise of the run: one met in a thread whose end nobody looks at fails the run


class Broken(AssertionError):
    """An answer that is not what the contract promises."""


class Response:
    """One response of the document: its headers and bodies, compiled."""

    def __init__(self, schemas, spec):
        spec = schemas.resolve(spec)
        self.headers = [(name, header.get("required", False), header["schema"].get("type") == "integer", schemas.compile(header["schema"]))
                        for name, header in ((n, schemas.resolve(h)) for n, h in spec.get("headers", {}).items())]
        self.bodies = {media: schemas.compile(content.get("schema", {})) for media, content in spec.get("content", {}).items()}

    def wrong(self, answer, head):
        for name, required, number, check in self.headers:
            value = answer.headers[name]
            if value is None:
                if required:
                    return f"lacks the header {name}"
                continue
            if found := check(int(value) if number and value.isdigit() else value):
                return f"header {name}{found}"
        if head:
            return "answers HEAD with a body" if answer.body else None
        if not self.bodies:
            return "has a body, where none is promised" if answer.body else None
        media = (answer.headers["Content-Type"] or "nothing").split(";")[0].strip()
        if media not in self.bodies:
            return f"is {media}, not {' or '.join(self.bodies)}"
        if media != "application/json" and not media.endswith("+json"):
            return None
        try:
            value = json.loads(answer.body, parse_constant=lambda text: 1 / 0)
        except (ValueError, ZeroDivisionError) as reason:
            return f"is no JSON: {reason}"
        found = self.bodies[media](value)
        return found and f"at {found}"


class Promise:
    def __init__(self, document, told=TOLD):
        self.document, self.told = document, told
        self.schemas = Schemas(document)
        self.tree = {}
        self.responses = {}  # by method, path and status, as they are met
        self.problem = Response(self.schemas, {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}})
        for path, item in document["paths"].items():
            node = self.tree
            for segment in path.strip("/").split("/"):
                node = node.setdefault("{}" if segment[0] == "{" else segment, {})
            node[""] = (path, {method.upper(): spec for method, spec in item.items()})

    def find(self, target):
        """(path, operations) of a request's target as it was sent, or None."""
        segments = [urllib.parse.unquote(s) for s in re.sub(r"^https?://[^/]*", "", target).split("?")[0].split("#")[0][1:].split("/")]

        def below(node, rest):
            if not rest:
                return node.get("")
            return rest[0] != "" and (rest[0] in node and below(node[rest[0]], rest[1:]) or "{}" in node and below(node["{}"], rest[1:])) or None

        return below(self.tree, segments)

    def response(self, method, path, operation, status):
        """The response that is promised for the status: by its number, or as `default`."""
        key = method, path, status
        if key not in self.responses:
            named = operation["responses"].get(str(status))
            if named is None and (status < 400 or status in NAMED - BEFORE):
                return None
            self.responses[key] = Response(self.schemas, named or operation["responses"]["default"])
        return self.responses[key]

    def wrong(self, answer, method, target):
        """What is wrong with the answer, in words; None where it is as promised."""
        found = self.find(target)
        if answer.status == 204 and method == "OPTIONS":
            return None if answer.headers["Allow"] else "lacks the header Allow"
        operation = found and found[1].get("GET" if method == "HEAD" else method)
        if not operation:
            # Paths of which the document does not speak (the hosted page, the document itself) answer as they like, but for errors.
            media = (answer.headers["Content-Type"] or "").split(";")[0]
            if media == PROBLEM and method != "HEAD":
                return self.problem.wrong(answer, False)
            return f"{answer.status} of a method that is not in the contract" if found and answer.status < 400 else None
        response = self.response(method, found[0], operation, answer.status)
        if response is None:
            return f"{answer.status} is not among {' '.join(operation['responses'])}"
        return response.wrong(answer, method == "HEAD")

    def judge(self, answer, method, target):
        if wrong := self.wrong(answer, method, target):
            self.told.append(f"{method} {target.split('?')[0]}: {answer.status} breaks the contract: {wrong}")
            raise Broken(f"{self.told[-1]}\n{answer.body[:1500]!r}")
