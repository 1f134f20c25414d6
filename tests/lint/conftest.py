"""The contract as a running product says it, for all that judges it."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "api"))

from harness.product import Product  # noqa: E402


@pytest.fixture(scope="session")
def contract(tmp_path_factory):
    """The file that it was written to."""
    product = Product()
    try:
        product.start()
        answer = product.client().get("/v1/openapi.json").expect(200)
    finally:
        product.stop()
    path = tmp_path_factory.mktemp("contract") / "openapi.json"
    path.write_bytes(answer.body)
    return path
