"""The one product of a run, started when it is first needed: while tests are collected, if they are made from its contract."""
from .contract import Contract
from .product import Product

_made = {}


def product():
    if "product" not in _made:
        made = Product()
        _made["product"] = made
        made.start()
    return _made["product"]


def contract():
    if "contract" not in _made:
        _made["contract"] = Contract(product().client().get("/v1/openapi.json").expect(200).json)
    return _made["contract"]


def stop():
    made = _made.pop("product", None)
    if made:
        made.stop()
