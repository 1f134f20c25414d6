"""The OpenAPI document as the generated tests read it: operations, and bodies that are sound."""
import datetime
import itertools
import secrets
import uuid

from .stripe import signature, webhook
from .wait import wait_for

METHODS = ("get", "post", "patch", "put", "delete")
# Where a word of a schema does not tell what a sound value is.
VALUES = {
    "email": lambda: f"p-{secrets.token_hex(4)}@generated.example",
    "country": lambda: "AT", "currency": lambda: "EUR", "locale": lambda: "de", "time_zone": lambda: "Europe/Vienna",
    "key": lambda: "k_" + secrets.token_hex(4), "code": lambda: "C-" + secrets.token_hex(4),
    "role": lambda: "sales", "permissions": lambda: ["account.read"], "scopes": lambda: ["account.read"],
    "expression": lambda: "1", "redirect_uri": lambda: "https://generated.example/",
}
WEBHOOK_SECRET = "whsec_generated"
# Of some things there is one for each.
CURRENCIES = itertools.cycle("AUD BRL CAD CHF CNY CZK DKK EUR GBP HUF INR JPY KRW MXN NOK NZD PLN RON SEK SGD THB TRY USD ZAR".split())
LOCALES = itertools.cycle(f"{language}-{country}" for language in ("de", "en", "fr", "it", "es") for country in ("AT", "CH", "BE", "CA", "LU"))
# What a resource asks for beyond its required members.
MORE = {"users": lambda: {"role": "sales"}, "clients": lambda: {"role": "sales"}, "custom_fields": lambda: {"resource": "account"},
        "processors": lambda: {"api_key": "sk_test_generated", "webhook_secrets": [WEBHOOK_SECRET]}, "tax_rates": lambda: {"region": secrets.token_hex(4)}, "prices": lambda: {"currency": next(CURRENCIES)},
        "templates": lambda: {"locale": next(LOCALES)}, "coupons": lambda: {"percent": "10"},
        "subscriptions": lambda: {"items": [{"description": "Care", "unit_price": "9", "recurring": "month"}], "pending": True},
        "plan_versions": lambda: {"charges": [{"code": "seat", "description": "Seat"}], "prices": [{"charge": "seat", "currency": "EUR", "unit_price": "9"}]}}
REFERENCES = {"parent_id": "accounts", "owner_id": "users", "role_id": "roles", "default_entity_id": "entities",
              "collector_id": "users", "lineage": "subscriptions", "remove": "subscriptions", "remove_discounts": "subscriptions", "document_id": "invoices", "object_id": "accounts", "original_invoice_id": "invoices"}


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
        self.step_up = spec.get("x-step-up", False)
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

    def id_places(self):
        """Where in the body ids of other objects stand: [(path, resource)], such as (("lines", 0, "product_id"), "products")."""
        return list(self.contract.id_places(self.body_schema)) if self.takes_json else []


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

    def id_places(self, schema, path=()):
        schema = self.resolve(schema)
        kind = schema.get("type")
        name = next((word for word in reversed(path) if isinstance(word, str)), "")
        if len(path) > 6:  # a filter's tree has no end
            return
        if schema.get("format") == "uuid":
            yield path, path[-3] if name == "id" and len(path) > 2 else REFERENCES.get(name) or plural(name.removesuffix("s").removesuffix("_id"))
        elif kind == "array" or isinstance(kind, list) and "array" in kind:
            yield from self.id_places(schema["items"], path + (0,))
        else:
            for word, member in schema.get("properties", {}).items():
                yield from self.id_places(member, path + (word,))

    def put(self, body, schema, path, value, references):
        """The body with the value at the path; what stands around it is made sound."""
        schema = self.resolve(schema)
        word, rest = path[0], path[1:]
        inner = schema["items"] if word == 0 else schema["properties"][word]
        if not rest:
            made = value
        elif word == 0:
            made = self.put(self.example(inner, references=references) or {}, inner, rest, value, references)
        else:
            start = body.get(word) if isinstance(body.get(word), dict) else [] if rest[0] == 0 else {}
            made = self.put(start, inner, rest, value, references)
        return [made] if word == 0 else dict(body, **{word: made})

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
    """Objects of one tenant, one a resource, all made at the start: what a test writes is then its own doing."""

    def __init__(self, contract, client):
        self.contract, self.client = contract, client
        self.made = {}
        self.sold = None      # the invoice that was paid
        self.exported = None  # the operation that wrote a file
        for operation in contract.operations:
            if operation.one:
                self.get(operation.resource)

    def get(self, resource):
        """The id of an object of this resource; None where nobody can make one by a request alone."""
        if resource not in self.made:
            self.made[resource] = None  # a cycle of references ends here
            self.made[resource] = self.make(resource)
        return self.made[resource]

    def ident(self, operation):
        """The id in the operation's path: of an object that has what is asked for."""
        if not operation.one:
            return None
        if operation.path == "/v1/invoices/{id}/pdf":
            return self.sold
        if operation.path.endswith("/file"):
            return self.exported
        found = self.get(operation.resource)
        if operation.path.endswith("/webhook"):  # its place says whose the processor is
            return self.client.get(f"/v1/processors/{found}").expect(200).json["webhook_path"].split("/")[3]
        return found

    def body(self, operation):
        if not operation.body_schema:
            return None
        body = self.contract.example(operation.body_schema, references=self.get)
        return dict(body, **MORE.get(operation.resource, dict)()) if operation.create else body

    def make(self, resource):
        create = self.contract.by_id(f"POST /v1/{resource}")
        if create is None or not create.create:
            self.sell()
            listed = self.contract.by_id(f"GET /v1/{resource}")
            rows = self.client.get(listed.path, limit=1).expect(200).json["data"] if listed else []
            return rows[0]["id"] if rows else None
        return self.client.post(create.path, self.body(create)).expect(201).json["id"]

    def sell(self):
        """Once: a deal won, invoiced, sent and paid, so that there is one of what only the product itself makes."""
        if self.sold:
            return
        self.sold = "under way"
        post = self.client.post
        if not self.client.get("/v1/tax_rates", country="AT", limit=1).expect(200).json["data"]:
            post("/v1/tax_rates", {"country": "AT", "category": "standard", "rate": "20"}).expect(201)
        account = post("/v1/accounts", {"legal_name": "Sold to " + secrets.token_hex(4), "invoice_address": {"country": "AT"}, "contacts": [
            {"name": "Office", "email": f"{secrets.token_hex(4)}@generated.example", "roles": ["billing"]}]}).expect(201).json["id"]
        deal = post("/v1/deals", {"name": "Generated", "account_id": account, "lines": [
            {"description": "Once", "unit_price": "100"}, {"description": "Again", "unit_price": "10", "recurring": "month"}]}).expect(201).json["id"]
        post(f"/v1/deals/{deal}/win", {}).expect(200)
        made = wait_for(lambda: (d := self.client.get(f"/v1/deals/{deal}").expect(200).json)["invoices"] and d["subscriptions"] and d,
                        20, "the documents of a deal")
        self.sold = made["invoices"][0]
        invoice = f"/v1/invoices/{self.sold}"
        post(invoice + "/finalize", {}).expect(200)
        post(invoice + "/send").expect(200, 202)
        post(invoice + "/pay", {"payment_method": "sandbox_ok"}).expect(202)
        wait_for(lambda: self.client.get(invoice).expect(200).json["status"] == "paid", 20, "the payment")
        wait_for(lambda: self.client.get(invoice + "/pdf").status == 200, 20, "the PDF")
        paid = post("/v1/payments", {"account_id": account, "amount": 100}).expect(201).json["id"]
        post(f"/v1/payments/{paid}/refunds", {"amount": 100}).expect(201)
        disputed = post("/v1/invoices", {"account_id": account, "lines": [{"description": "Work", "unit_price": "1"}], "finalize": True}).expect(201)
        post(f"/v1/invoices/{disputed.json['id']}/pay", {"payment_method": "sandbox_dispute"}).expect(202)
        wait_for(lambda: self.client.get("/v1/disputes").expect(200).json["data"], 20, "the dispute")
        unpaid = post("/v1/invoices", {"account_id": account, "lines": [{"description": "Work", "unit_price": "1"}], "finalize": True}).expect(201)
        post(f"/v1/invoices/{unpaid.json['id']}/pay", {"payment_method": "sandbox_decline_soft"}).expect(202)
        wait_for(lambda: self.client.get("/v1/dunning").expect(200).json["data"], 20, "the case of what was declined")
        self.tell()
        post("/v1/ledger/revalue", {"date": "2026-01-31", "rates": []}).expect(201)
        post(f"/v1/accounts/{account}/payment_setups", {"consent": "Agreed.", "return_url": "https://back.example/",
                                                        "processor_id": self.get("processors")}).expect(202)
        self.exported = post("/v1/exports", {"resource": "account"}).expect(202).json["id"]
        wait_for(lambda: self.client.get(f"/v1/operations/{self.exported}/file").status == 200, 20, "the file")
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=1)
        post("/v1/test_clock/advance", {"to": now.strftime("%Y-%m-%dT%H:%M:%SZ")}).expect(202)

    def tell(self):
        """A processor sends a webhook."""
        processor = self.client.get(f"/v1/processors/{self.get('processors')}").expect(200).json
        body = webhook("payment_intent.succeeded", {"id": "pi_generated", "object": "payment_intent"})
        self.client.send("POST", processor["webhook_path"], body, {
            "Content-Type": "application/json", "Stripe-Signature": signature(body, WEBHOOK_SECRET)}).expect(200)

    def version(self, resource):
        return self.client.get(f"/v1/{resource}/{self.get(resource)}").expect(200).etag
