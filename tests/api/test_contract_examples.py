"""What the contract shows as the body that makes one is taken as it stands, ids of other things aside."""
import re

import pytest
from harness.contract import REFERENCES, Things, plural
from harness.shared import contract as the_contract

SHOWN = re.compile(r"0198f3a0-")
CREATES = [o for o in the_contract().operations if o.create]


@pytest.fixture(scope="module")
def things(contract, new_tenant):
    """A tenant with nothing in it yet, and what others refer to, made when it is asked for."""
    made = Things.__new__(Things)
    made.contract, made.client, made.made, made.sold = contract, new_tenant("shown", roles=()).program(), {}, "nothing"
    return made


def own(things, value, name=""):
    """The example with ids of this tenant's in the places of the ids that it shows."""
    if isinstance(value, dict):
        return {word: own(things, member, word) for word, member in value.items()}
    if isinstance(value, list):
        return [own(things, member, name) for member in value]
    if isinstance(value, str) and SHOWN.match(value):
        return things.get(REFERENCES.get(name) or plural(name.removesuffix("s").removesuffix("_id")))
    return value


@pytest.mark.parametrize("operation", CREATES, ids=lambda o: o.resource)
def test_the_example_of_a_create_makes_one(contract, things, operation):
    content = operation.spec["requestBody"]["content"]["application/json"]
    shown = [contract.resolve(example)["value"] for example in content["examples"].values()]
    for body in shown:
        things.client.post(operation.path, own(things, body)).expect(201, 202)
