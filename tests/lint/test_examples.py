"""Every operation of the contract shows an example of each body that it takes and of each answer, valid by its own schema."""
import json

import pytest
from harness.contract import METHODS
from harness.schema import Schemas


class Examples:
    """The document's media types, each with where it stands and its examples."""

    def __init__(self, document):
        self.document, self.schemas = document, Schemas(document)

    def of(self, content):
        """The values that a media type shows, references followed."""
        found = [content["example"]] if "example" in content else []
        return found + [self.schemas.resolve(example)["value"] for example in content.get("examples", {}).values()]

    def contents(self):
        """(operation, where, media type, content): all that are not bytes of which the document says nothing."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method not in METHODS:
                    continue
                name = f"{method.upper()} {path}"
                for media, content in operation.get("requestBody", {}).get("content", {}).items():
                    yield name, "request", media, content
                for status, answer in operation["responses"].items():
                    for media, content in self.schemas.resolve(answer).get("content", {}).items():
                        if content["schema"]:
                            yield name, status, media, content


@pytest.fixture(scope="module")
def examples(contract):
    return Examples(json.loads(contract.read_text()))


def test_every_operation_has_its_examples(examples):
    seen = list(examples.contents())
    assert len(seen) > 1000
    bare = [f"{name}: {where}, {media}" for name, where, media, content in seen if not examples.of(content)]
    assert not bare, f"{len(bare)} without an example\n" + "\n".join(bare[:40])


def test_each_is_valid_by_its_own_schema(examples):
    wrong = []
    for name, where, media, content in examples.contents():
        check = examples.schemas.compile(content["schema"])
        wrong += [f"{name}: {where}, {media}, at {found}" for value in examples.of(content) if (found := check(value))]
    assert not wrong, f"{len(wrong)} examples are not valid\n" + "\n".join(wrong[:40])


def test_each_tells_something(examples):
    """An answer shows more than {}; so does a body where there is anything to say."""
    empty = {f"{name}: {where}" for name, where, media, content in examples.contents() if {} in examples.of(content)
             and examples.schemas.resolve(content["schema"]).get("properties")}
    assert not empty, "\n".join(sorted(empty))


def test_ids_of_one_thing_are_one(examples):
    """What an invoice's account_id names is the account that is shown."""
    shown = {name: example["value"] for name, example in examples.document["components"]["examples"].items()}
    assert shown["Invoice"]["account_id"] == shown["Account"]["id"]
    assert len({value["id"] for value in shown.values() if "id" in value}) == len([n for n, v in shown.items() if "id" in v])
