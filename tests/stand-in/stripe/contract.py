"""What the endpoints of Stripe that Billfold uses take, and how an answer to a wrong request reads.

Written by hand from Stripe's published OpenAPI description (stripe/openapi, latest/openapi.spec3.json,
version 2026-07-29.dahlia) and held against the types of Stripe's own library for Node.js of the
same version by tests/stand-in/node/contract.mjs: every name, what is required, every enumeration
written here. `ANY` marks what is taken unread because Billfold does not send it.
"""
import re

VERSION = "2026-07-29.dahlia"


class Wrong(Exception):
    def __init__(self, code, param, message):
        super().__init__(message)
        self.code, self.param, self.message = code, param, message


class Type:
    def __init__(self, kind, check, **facts):
        self.kind, self.check, self.facts, self.required = kind, check, facts, False

    def must(self):
        made = Type(self.kind, self.check, **self.facts)
        made.required = True
        return made


def text(limit=5000):
    def check(value, where):
        if not isinstance(value, str):
            raise Wrong("parameter_invalid_string", where, f"Invalid string: {where}")
        if value == "":
            raise Wrong("parameter_invalid_empty", where,
                        f"You passed an empty string for '{where}'. We assume empty values are an attempt to unset a parameter")
        if len(value) > limit:
            raise Wrong("string_too_long", where, f"Invalid string: {where} is longer than {limit} characters")
        return value

    return Type("text", check)


def pattern(expression, limit=5000):
    plain = text(limit)

    def check(value, where):
        plain.check(value, where)
        if not re.fullmatch(expression, value):
            raise Wrong("parameter_invalid_string", where, f"Invalid {where}: {value}")
        return value

    return Type("text", check)


def integer(least=None):
    def check(value, where):
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,15}", value):
            raise Wrong("parameter_invalid_integer", where, f"Invalid integer: {value}")
        if least is not None and int(value) < least:
            raise Wrong("parameter_invalid_integer", where, f"This value must be greater than or equal to {least}.")
        return int(value)

    return Type("integer", check)


def boolean():
    def check(value, where):
        if value not in ("true", "false"):
            raise Wrong("parameter_unknown", where, f"Invalid boolean: {value}")
        return value == "true"

    return Type("boolean", check)


def enum(*words):
    def check(value, where):
        if value not in words:
            raise Wrong("parameter_unknown", where, f"Invalid {where}: must be one of {', '.join(words)}")
        return value

    return Type("enum", check, words=words)


def many(of):
    def check(value, where):
        if not isinstance(value, list):
            raise Wrong("parameter_invalid_array", where, f"Invalid array: {where}")
        return [of.check(each, f"{where}[{index}]") for index, each in enumerate(value)]

    return Type("array", check, of=of)


def fields(table):
    def check(value, where):
        if not isinstance(value, dict):
            raise Wrong("parameter_invalid_object", where, f"Invalid object: {where}")
        return checked(table, value, where)

    return Type("object", check, table=table)


def either(*types):
    def check(value, where):
        for each in types:
            try:
                return each.check(value, where)
            except Wrong as reason:
                last = reason
        raise last

    return Type("either", check, types=types)


def metadata():
    def check(value, where):
        if value == "":
            return {}
        if not isinstance(value, dict) or len(value) > 50:
            raise Wrong("parameter_invalid_object", where, "Metadata holds at most 50 keys")
        for key, each in value.items():
            if not isinstance(each, str) or len(key) > 40 or len(each) > 500 or "[" in key or "]" in key:
                raise Wrong("parameter_invalid_string", f"{where}[{key}]", "Metadata keys have at most 40 characters, values 500")
        return value

    return Type("metadata", check)


ANY = Type("any", lambda value, where: value)


def checked(table, given, where=""):
    def name(key):
        return f"{where}[{key}]" if where else key

    for key in given:
        if key not in table:
            raise Wrong("parameter_unknown", name(key), f"Received unknown parameter: {name(key)}")
    for key, kind in table.items():
        if kind.required and key not in given:
            raise Wrong("parameter_missing", name(key), f"Missing required param: {name(key)}.")
    return {key: table[key].check(value, name(key)) for key, value in given.items()}


CURRENCY = pattern(r"[a-z]{3}")
EXPAND = many(text())
DESCRIPTOR = pattern(r"""[^<>\\'"*]*[A-Za-z][^<>\\'"*]*""", 22)
AUTOMATIC = fields({"enabled": boolean().must(), "allow_redirects": enum("always", "never")})
MANDATE = fields({"customer_acceptance": fields({
    "accepted_at": integer(), "type": enum("offline", "online").must(), "offline": ANY,
    "online": fields({"ip_address": text().must(), "user_agent": text().must()})}).must()})
BETWEEN = either(integer(), fields({"gt": integer(), "gte": integer(), "lt": integer(), "lte": integer()}))
PAGE = {"ending_before": text(), "limit": integer(1), "starting_after": text(), "expand": EXPAND}


def unread(*names):
    return {name: ANY for name in names}


PAYMENT_INTENT_CREATE = {
    "amount": integer(1).must(), "currency": CURRENCY.must(), "automatic_payment_methods": AUTOMATIC,
    "capture_method": enum("automatic", "automatic_async", "manual"), "confirm": boolean(),
    "confirmation_method": enum("automatic", "manual"), "customer": text(), "description": text(1000),
    "error_on_requires_action": boolean(), "expand": EXPAND, "mandate_data": MANDATE, "metadata": metadata(),
    "off_session": either(boolean(), enum("one_off", "recurring")), "payment_method": text(),
    "payment_method_types": many(text()), "receipt_email": text(), "return_url": text(),
    "setup_future_usage": enum("off_session", "on_session"), "statement_descriptor": DESCRIPTOR,
    "statement_descriptor_suffix": DESCRIPTOR, "use_stripe_sdk": boolean(),
    **unread("allowed_payment_method_types", "amount_details", "application_fee_amount", "confirmation_token",
             "customer_account", "excluded_payment_method_types", "hooks", "mandate", "on_behalf_of", "payment_details",
             "payment_method_configuration", "payment_method_data", "payment_method_options", "radar_options", "shipping",
             "transfer_data", "transfer_group"),
}
SETUP_INTENT_CREATE = {
    "automatic_payment_methods": AUTOMATIC, "confirm": boolean(), "customer": text(), "description": text(1000),
    "expand": EXPAND, "mandate_data": MANDATE, "metadata": metadata(), "payment_method": text(),
    "payment_method_types": many(text()), "return_url": text(), "usage": enum("off_session", "on_session"),
    "use_stripe_sdk": boolean(), "attach_to_self": boolean(),
    **unread("allowed_payment_method_types", "confirmation_token", "customer_account", "excluded_payment_method_types",
             "flow_directions", "on_behalf_of", "payment_method_configuration", "payment_method_data",
             "payment_method_options", "single_use"),
}
LINE_ITEM = fields({
    "quantity": integer(1), "price": text(),
    "price_data": fields({
        "currency": CURRENCY.must(), "unit_amount": integer(0), "product": text(),
        "product_data": fields({"name": text().must(), "description": text(40000),
                                **unread("images", "metadata", "tax_code", "unit_label")}),
        **unread("recurring", "tax_behavior", "unit_amount_decimal")}),
    **unread("adjustable_quantity", "metadata", "tax_rates"),
})
SESSION_CREATE = {
    "cancel_url": text(), "client_reference_id": text(200), "currency": CURRENCY, "customer": text(),
    "customer_creation": enum("always", "if_required"), "customer_email": text(800), "expand": EXPAND,
    "expires_at": integer(), "line_items": many(LINE_ITEM),
    "locale": enum(*"""auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl
                       pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW""".split()),
    "metadata": metadata(), "mode": enum("payment", "setup", "subscription"),
    "payment_intent_data": fields({
        "capture_method": enum("automatic", "automatic_async", "manual"), "description": text(1000),
        "metadata": metadata(), "receipt_email": text(), "setup_future_usage": enum("off_session", "on_session"),
        "statement_descriptor": DESCRIPTOR, "statement_descriptor_suffix": DESCRIPTOR,
        **unread("application_fee_amount", "on_behalf_of", "shipping", "transfer_data", "transfer_group")}),
    "payment_method_types": many(text()), "setup_intent_data": fields({
        "description": text(1000), "metadata": metadata(), **unread("on_behalf_of")}),
    "submit_type": enum("auto", "book", "donate", "pay", "subscribe"), "success_url": text(),
    "ui_mode": enum("elements", "embedded_page", "form", "hosted_page"),
    **unread("adaptive_pricing", "after_expiration", "allow_promotion_codes", "automatic_tax",
             "billing_address_collection", "branding_settings", "consent_collection", "custom_fields", "custom_text",
             "customer_account", "customer_update", "discounts", "excluded_payment_method_types",
             "integration_identifier", "invoice_creation", "managed_payments", "name_collection", "optional_items",
             "origin_context", "payment_method_collection", "payment_method_configuration", "payment_method_data",
             "payment_method_options", "permissions", "phone_number_collection", "redirect_on_completion",
             "return_url", "saved_payment_method_options", "shipping_address_collection", "shipping_options",
             "subscription_data", "tax_id_collection", "wallet_options"),
}
REFUND_CREATE = {
    "amount": integer(1), "charge": text(), "currency": CURRENCY, "customer": text(), "expand": EXPAND,
    "instructions_email": text(), "metadata": metadata(), "origin": enum("customer_balance"), "payment_intent": text(),
    "reason": enum("duplicate", "fraudulent", "requested_by_customer"), "refund_application_fee": boolean(),
    "reverse_transfer": boolean(),
}
CUSTOMER_CREATE = {
    "description": text(), "email": text(512), "expand": EXPAND, "metadata": metadata(), "name": text(256),
    "payment_method": text(), "phone": text(20), "preferred_locales": many(text()),
    **unread("address", "balance", "business_name", "cash_balance", "individual_name", "invoice_prefix",
             "invoice_settings", "next_invoice_sequence", "shipping", "source", "tax", "tax_exempt", "tax_id_data",
             "test_clock", "validate"),
}
ONE = {"expand": EXPAND}

# (method, path): (name of the vendor's own type, or None; its parameters)
OPERATIONS = {
    ("POST", "/v1/payment_intents"): ("PaymentIntentCreateParams", PAYMENT_INTENT_CREATE),
    ("GET", "/v1/payment_intents"): ("PaymentIntentListParams", {**PAGE, "created": BETWEEN, "customer": text(),
                                                                 "customer_account": text()}),
    ("GET", "/v1/payment_intents/{id}"): (None, {**ONE, "client_secret": text()}),
    ("POST", "/v1/setup_intents"): ("SetupIntentCreateParams", SETUP_INTENT_CREATE),
    ("GET", "/v1/setup_intents/{id}"): (None, {**ONE, "client_secret": text()}),
    ("POST", "/v1/checkout/sessions"): ("SessionCreateParams", SESSION_CREATE),
    ("GET", "/v1/checkout/sessions"): ("SessionListParams", {
        **PAGE, "created": BETWEEN, "customer": text(), "payment_intent": text(),
        "status": enum("complete", "expired", "open"),
        **unread("customer_account", "customer_details", "payment_link", "subscription")}),
    ("GET", "/v1/checkout/sessions/{id}"): (None, ONE),
    ("POST", "/v1/checkout/sessions/{id}/expire"): ("SessionExpireParams", ONE),
    ("POST", "/v1/refunds"): ("RefundCreateParams", REFUND_CREATE),
    ("GET", "/v1/refunds"): ("RefundListParams", {**PAGE, "charge": text(), "created": BETWEEN, "payment_intent": text()}),
    ("GET", "/v1/refunds/{id}"): ("RefundRetrieveParams", ONE),
    ("GET", "/v1/disputes"): ("DisputeListParams", {**PAGE, "charge": text(), "created": BETWEEN,
                                                    "payment_intent": text()}),
    ("GET", "/v1/disputes/{id}"): (None, ONE),
    ("GET", "/v1/charges/{id}"): (None, ONE),
    ("GET", "/v1/balance_transactions/{id}"): (None, ONE),
    ("GET", "/v1/mandates/{id}"): (None, ONE),
    ("POST", "/v1/customers"): ("CustomerCreateParams", CUSTOMER_CREATE),
    ("GET", "/v1/customers/{id}"): (None, ONE),
    ("POST", "/v1/payment_methods/{id}/attach"): ("PaymentMethodAttachParams", {
        "customer": text(), "customer_account": text(), "expand": EXPAND}),
    ("POST", "/v1/payment_methods/{id}/detach"): ("PaymentMethodDetachParams", ONE),
    ("GET", "/v1/payment_methods/{id}"): (None, ONE),
    ("GET", "/v1/events"): ("EventListParams", {**PAGE, "created": BETWEEN, "delivery_success": boolean(), "type": text(),
                                                "types": many(text())}),
    ("GET", "/v1/events/{id}"): (None, ONE),
    ("GET", "/v1/account"): (None, ONE),
}
PLAIN = {key: table for key, (_, table) in OPERATIONS.items() if "{" not in key[1]}
BY_ID = [(key[0], re.compile(key[1].replace("{id}", r"(?P<id>[A-Za-z0-9_]{1,255})")), key)
         for key in OPERATIONS if "{" in key[1]]


def find(method, path):
    """The operation's key and the id in its path; None, None when Stripe has no such endpoint."""
    if (method, path) in PLAIN:
        return (method, path), None
    for verb, expression, key in BY_ID:
        match = expression.fullmatch(path)
        if match and verb == method:
            return key, match["id"]
    return None, None


def describe():
    """The table as data, for the test that holds it against the vendor's own types."""
    def of(kind):
        out = {"kind": kind.kind, "required": kind.required}
        if kind.kind == "enum":
            out["words"] = list(kind.facts["words"])
        if kind.kind == "object":
            out["fields"] = {key: of(each) for key, each in kind.facts["table"].items()}
        if kind.kind == "array":
            out["of"] = of(kind.facts["of"])
        return out

    return {name: {key: of(kind) for key, kind in table.items()} for name, table in OPERATIONS.values() if name}
