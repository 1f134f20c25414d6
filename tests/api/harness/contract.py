"""The OpenAPI document as the generated tests read it: operations, and bodies that are sound."""
import itertools
import secrets
import uuid

METHODS = ("get", "post", "patch", "put", "delete")
# Where a word of a schema does not tell what a sound value is.
VALUES = {
    "email": lambda: f"p-{secrets.token_hex(4)}@generated.example",
    "country": lambda: "AT", "currency": lambda: "EUR", "locale": lambda: "de", "time_zone": lambda: "Europe/Vienna",
    "key": lambda: "k_" + secrets.token_hex(4), "code": lambda: "C-" + secrets.token_hex(4),
    "role": lambda: "sales", "permissions": lambda: ["account.read"], "scopes": lambda: ["account.read"],
    "expression": lambda: "1", "redirect_uri": lambda: "https://generated.example/",
}
# What a resource asks for beyond its required members.
MORE = {"users": {"role": "sales"}, "clients": {"role": "sales"}, "custom_fields": {"resource": "account"},
        "processors": {"api_key": "sk_test_generated"}}
REFERENCES = {"parent_id": "accounts", "owner_id": "users", "role_id": "roles", "default_entity_id": "entities"}


def new_id():
    """A UUIDv7 that nothing has."""
    value = (int.from_bytes(secrets.token_bytes(16), "big") & ~(0xF << 76) & ~(0x3 << 62)) | (0x7 << 76) | (0x2 << 62)
    value = (value & ((1 << 80) - 1)) | (0x019F00000000 << 80)
    return str(uuid.UUID(int=value))


class Operation:
    def __init__(self, contract, path, method, spec):
        self.contract, self.path, self.method, self.spec = contract, path, method.upper(), spec
        self.id = f"{self.method} {path}"
        self.permission = spec.get("x-permission")
        self.public = spec.get("security") == []
        content = spec.get("requestBody", {}).get("content", {})
        self.media = next(iter(content), None)
        self.takes_json = any("json" in m for m in content)
        self.body_schema = contract.resolve(next(iter(content.values()))["schema"]) if content else None
        parts = path.strip("/").split("/")
        self.resource = parts[1] if len(parts) > 1 and parts[0] == "v1" else None
        self.one = "{id}" in path
        self.list = self.method == "GET" and len(parts) == 2 and parts[0] == "v1" and f"{path}/{{id}}" in contract.document["paths"]
        self.create = self.method == "POST" and len(parts) == 2 and f"{path}/{{id}}" in contract.document["paths"]

    def at(self, ident=None):
        return self.path.replace("{id}", str(ident)).replace("{resource}", "account")

    def parameters(self):
        return [self.contract.resolve(p) for p in self.spec.get("parameters", [])]


class Contract:
    def __init__(self, document):
        self.document = document
        self.operations = [Operation(self, path, method, spec) for path, item in document["paths"].items()
                           for method, spec in item.items() if method in METHODS]

    def resolve(self, schema):
        while "$ref" in schema:
            found = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def by_id(self, name):
        return next((o for o in self.operations if o.id == name), None)

    def example(self, schema, name="", references=None, only_required=True):
        """A sound value: required members only, references by `references(resource)`."""
        schema = self.resolve(schema)
        for word in ("oneOf", "anyOf"):
            if word in schema:
                return self.example(schema[word][0], name, references)
        if "const" in schema:
            return schema["const"]
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next(k for k in kind if k != "null")
        if name in VALUES and kind in ("string", "array"):
            return VALUES[name]()
        if "enum" in schema:
            return schema["enum"][0]
        if kind == "object":
            required = schema.get("required", [])
            return {n: self.example(s, n, references) for n, s in schema.get("properties", {}).items() if n in required}
        if kind == "array":
            count = schema.get("minItems", 0)
            return [self.example(schema["items"], name, references) for _ in range(count)]
        if kind == "integer":
            return max(1, schema.get("minimum", 1))
        if kind == "number":
            return 1
        if kind == "boolean":
            return True
        if schema.get("format") == "uuid":
            target = REFERENCES.get(name) or plural(name.removesuffix("_id"))
            return references(target) if references else new_id()
        if schema.get("format") in ("date", "date-time", "uri", "email"):
            return {"date": "2026-03-31", "date-time": "2026-03-31T00:00:00Z", "uri": "https://generated.example/",
                    "email": VALUES["email"]()}[schema["format"]]
        if "[0-9]" in schema.get("pattern", ""):
            return "12.5"
        if schema.get("examples"):
            return schema["examples"][0]
        return ("Generated " + secrets.token_hex(5))[: schema.get("maxLength", 200)].ljust(schema.get("minLength", 1), "x")


def plural(word):
    return word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"


class Things:
    """Objects of one tenant, one a resource, made when first asked for."""

    def __init__(self, contract, client):
        self.contract, self.client = contract, client
        self.made = {}
        self.count = itertools.count(1)

    def get(self, resource):
        """The id of an object of this resource; None where nobody can make one by a request alone."""
        if resource not in self.made:
            self.made[resource] = None  # a cycle of references ends here
            self.made[resource] = self.make(resource)
        return self.made[resource]

    def body(self, operation):
        if not operation.body_schema:
            return None
        body = self.contract.example(operation.body_schema, references=self.get)
        return dict(body, **MORE.get(operation.resource, {})) if operation.create else body

    def make(self, resource):
        create = self.contract.by_id(f"POST /v1/{resource}")
        if create is None or not create.create:
            listed = self.contract.by_id(f"GET /v1/{resource}")
            rows = self.client.get(listed.path, limit=1).expect(200).json["data"] if listed else []
            return rows[0]["id"] if rows else None
        return self.client.post(create.path, self.body(create)).expect(201).json["id"]

    def version(self, resource):
        return self.client.get(f"/v1/{resource}/{self.get(resource)}").expect(200).etag
