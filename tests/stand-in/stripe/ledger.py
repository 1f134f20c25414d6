"""What Stripe would know: customers, methods, intents, charges, refunds, disputes, sessions, balance
transactions and events, and what each operation does to them.

Cards behave by the names of Stripe's own test methods (pm_card_visa, pm_card_visa_chargeDeclinedLostCard ...).
Fees: 1.5 % and 25 minor units a charge, 15.00 a dispute, 3.50 a debit that fails, for giving back what a test says; a charge's balance transaction
comes shortly after the answer, as with automatic_async capture. All are of the currency that the account settles in,
the charge's own unless a test says another one and its rate (`settles_in`).

Bank accounts are debited by the names of test methods too (pm_success_de, pm_failedDelayed_at ...): an intent is
`processing` until the bank has spoken, at once or, with a Delayed one, when the test says so. Without a
mandate, which a setup or the checkout page makes, nothing is debited; a debit that comes back is a dispute
that is lost from the start, and ends the mandate.
"""
import copy
import itertools
import re
import secrets
import threading
import time
from decimal import ROUND_HALF_UP

ZERO_DECIMAL = set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
WHOLE_OF_TWO = {"isk", "ugx"}  # two decimals on the wire, always 00
THREE_DECIMAL = set("bhd jod kwd omr tnd".split())
DISPUTE_FEE, FAILURE_FEE = 1500, 350

DECLINES = {  # test method: (error code, decline code)
    "pm_card_visa_chargeDeclined": ("card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("card_declined", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedLostCard": ("card_declined", "lost_card"),
    "pm_card_visa_chargeDeclinedStolenCard": ("card_declined", "stolen_card"),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", "expired_card"),
    "pm_card_chargeDeclinedIncorrectCvc": ("incorrect_cvc", "incorrect_cvc"),
    "pm_card_chargeDeclinedProcessingError": ("processing_error", "processing_error"),
    "pm_card_authenticationRequired": ("authentication_required", "authentication_required"),
}
GOOD = {"pm_card_visa": ("visa", "4242"), "pm_card_mastercard": ("mastercard", "4444"),
        "pm_card_createDispute": ("visa", "0259")}

# Ways that a payer may take on the page; these names are ours, Stripe has none for them.
OTHER_WAYS = {"pm_ideal": "ideal", "pm_bancontact": "bancontact", "pm_klarna": "klarna", "pm_paypal": "paypal", "pm_multibanco": "multibanco",
              "pm_customer_balance": "customer_balance", "pm_new_way": "some_new_way"}
DEBIT = re.compile(r"pm_(success|successDelayed|failed|failedDelayed|disputed|insufficientFunds|exceedsWeeklyVolumeLimit)_(at|de|fr|es)")
BANK_SAYS = {"success": None, "disputed": None, "failed": "generic_could_not_process", "insufficientFunds": "insufficient_funds",
             "exceedsWeeklyVolumeLimit": "charge_exceeds_source_limit"}
ENDS_MANDATE = {"account_closed", "debit_not_authorized", "authorization_revoked", "no_account"}


class Refused(Exception):
    def __init__(self, status, error):
        super().__init__(error.get("message", ""))
        self.status, self.body = status, {"error": error}


def invalid(code, message, param=None):
    return Refused(400, {"type": "invalid_request_error", "code": code, "message": message,
                         **({"param": param} if param else {}), "doc_url": f"https://stripe.com/docs/error-codes/{code}"})


class Ledger:
    def __init__(self):
        self.lock = threading.RLock()
        self.objects, self.order, self.events = {}, [], []
        self.listeners = []
        self.settles_in = None  # (currency, rate as a Decimal)
        self.refund_fee = 0  # of accounts that pay for giving back
        self.later = 0.05  # seconds until a charge's balance transaction is known
        self._numbers = itertools.count(1)

    # ---- objects ----

    def new(self, prefix, kind, **facts):
        made = {"id": f"{prefix}_{next(self._numbers):06d}{secrets.token_hex(9)}", "object": kind,
                "created": int(time.time()), "livemode": False, **facts}
        self.objects[made["id"]] = made
        self.order.append(made["id"])
        return made

    def get(self, ident, kind):
        found = self.objects.get(ident)
        if not found or found["object"] != kind:
            raise Refused(404, {"type": "invalid_request_error", "code": "resource_missing", "param": "id",
                                "message": f"No such {kind}: '{ident}'"})
        return found

    def all(self, kind):
        return [self.objects[ident] for ident in self.order if self.objects[ident]["object"] == kind]

    def say(self, kind, thing):
        event = {"id": f"evt_{next(self._numbers):06d}{secrets.token_hex(9)}", "object": "event",
                 "api_version": "2026-07-29.dahlia", "created": int(time.time()), "livemode": False, "type": kind,
                 "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None},
                 "data": {"object": copy.deepcopy(thing)}}
        self.events.append(event)
        for listener in self.listeners:
            listener(event)

    def expanded(self, thing, paths):
        """A copy of an object with what `expand[]` names put in the place of ids."""
        out = copy.deepcopy(thing)
        for path in paths or []:
            self.expand(out, path.split("."), path)
        return out

    def expand(self, here, steps, path):
        if isinstance(here, list):  # data.charge: of each that is listed
            for each in here:
                self.expand(each, steps, path)
            return
        if not isinstance(here, dict) or steps[0] not in here:
            raise invalid("parameter_unknown", f"This property cannot be expanded ({path}).", "expand")
        if isinstance(here[steps[0]], str):
            here[steps[0]] = copy.deepcopy(self.objects[here[steps[0]]])
        if steps[1:] and here[steps[0]] is not None:
            self.expand(here[steps[0]], steps[1:], path)

    def page(self, things, params, url):
        things = sorted(things, key=lambda each: self.order.index(each["id"]) if each["id"] in self.order
                        else self.events.index(each), reverse=True)
        created = params.get("created")
        if isinstance(created, int):
            created = {"gte": created, "lte": created}
        for word, keep in (("gt", lambda a, b: a > b), ("gte", lambda a, b: a >= b),
                           ("lt", lambda a, b: a < b), ("lte", lambda a, b: a <= b)):
            if created and word in created:
                things = [each for each in things if keep(each["created"], created[word])]
        ids, limit = [each["id"] for each in things], min(params.get("limit", 10), 100)
        if "starting_after" in params:
            if params["starting_after"] not in ids:
                raise invalid("resource_missing", "No such object", "starting_after")
            things = things[ids.index(params["starting_after"]) + 1:]
            more, things = len(things) > limit, things[:limit]
        elif "ending_before" in params:
            if params["ending_before"] not in ids:
                raise invalid("resource_missing", "No such object", "ending_before")
            things = things[:ids.index(params["ending_before"])]
            more, things = len(things) > limit, things[-limit:]
        else:
            more, things = len(things) > limit, things[:limit]
        return {"object": "list", "url": url, "has_more": more, "data": copy.deepcopy(things)}

    # ---- customers and methods ----

    def customer_create(self, params):
        made = self.new("cus", "customer", name=params.get("name"), email=params.get("email"),
                        metadata=params.get("metadata", {}), description=params.get("description"))
        self.say("customer.created", made)
        return made

    def method(self, ident, param="payment_method"):
        """A method by id; the name of a test method makes a new one each time, as with Stripe."""
        if ident in self.objects and self.objects[ident]["object"] == "payment_method":
            return self.objects[ident]
        debit = DEBIT.fullmatch(ident)
        if debit:
            return self.new("pm", "payment_method", type="sepa_debit", customer=None, metadata={}, billing_details={},
                            sepa_debit={"bank_code": "37040044", "branch_code": "", "country": debit[2].upper(), "fingerprint": "f",
                                        "generated_from": None, "last4": "3201"}, _name=ident)
        if ident in OTHER_WAYS:
            return self.new("pm", "payment_method", type=OTHER_WAYS[ident], customer=None, metadata={}, billing_details={},
                            **{OTHER_WAYS[ident]: {}}, _name=ident)
        if ident not in GOOD and ident not in DECLINES:
            raise invalid("resource_missing", f"No such PaymentMethod: '{ident}'", param)
        brand, last4 = GOOD.get(ident, ("visa", "0002"))
        return self.new("pm", "payment_method", type="card", customer=None, metadata={}, billing_details={},
                        card={"brand": brand, "last4": last4, "exp_month": 12, "exp_year": 2034, "funding": "credit"},
                        _name=ident)

    def attach(self, ident, params):
        method = self.method(ident)
        if "customer" not in params:
            raise invalid("parameter_missing", "Missing required param: customer.", "customer")
        self.get(params["customer"], "customer")
        if method["customer"] not in (None, params["customer"]):
            raise invalid("payment_method_unexpected_state", "The payment method is attached to another customer.")
        method["customer"] = params["customer"]
        return method

    def detach(self, ident):
        method = self.get(ident, "payment_method")
        method["customer"] = None
        return method

    # ---- charges ----

    @staticmethod
    def check_amount(amount, currency):
        if currency in THREE_DECIMAL and amount % 10:
            raise invalid("invalid_request_error", f"{currency.upper()} amounts must end in 0", "amount")
        if currency in WHOLE_OF_TWO and amount % 100:
            raise invalid("invalid_charge_amount_no_decimal_compatible",
                          f"Currency {currency.upper()} amounts must be evenly divisible by 100", "amount")
        if currency not in ZERO_DECIMAL and amount < 50:
            raise invalid("amount_too_small", "Amount must be at least 50", "amount")
        if amount > 99999999:
            raise invalid("amount_too_large", "Amount must be no more than 999,999.99", "amount")

    def settle(self, charge):
        """The balance transaction of a charge: what is left of it after the fee."""
        with self.lock:
            if charge["balance_transaction"]:
                return
            made = self.booking(charge["amount"], charge["currency"], lambda amount: amount * 15 // 1000 + 25, "charge", charge["id"], "charge")
            charge["balance_transaction"] = made["id"]
            self.say("charge.updated", charge)

    def booking(self, amount, currency, fee, kind, source, category):
        """A balance transaction, of the currency that the account settles in; fee: what it is, or says what it is of the amount there."""
        rate = None
        if self.settles_in and self.settles_in[0] != currency:
            currency, rate = self.settles_in
            amount = int((amount * rate).to_integral_value(ROUND_HALF_UP))
        fee = fee(amount) if callable(fee) else fee
        return self.new("txn", "balance_transaction", amount=amount, fee=fee, net=amount - fee, currency=currency, type=kind, source=source,
                        status="pending", exchange_rate=None if rate is None else float(rate), reporting_category=category, fee_details=[])

    # ---- debits ----

    def mandate(self, method):
        """The owner of a bank account agrees that it is debited."""
        made = self.new("mandate", "mandate", payment_method=method["id"], status="active", type="multi_use", multi_use={},
                        customer_acceptance={"type": "online", "accepted_at": int(time.time())},
                        payment_method_details={"type": "sepa_debit", "sepa_debit": {
                            "reference": secrets.token_hex(8).upper(), "url": "https://hooks.stripe.com/mandate"}})
        method["_mandate"] = made["id"]
        return made

    def mandate_is(self, mandate, status, told=True):
        """A bank has yet to accept it, or whoever owns the account, or their bank, takes it back, for good."""
        if mandate["status"] not in (status, "inactive"):
            mandate["status"] = status
            if told:
                self.say("mandate.updated", mandate)
        return mandate

    def mandate_end(self, method):
        if method.get("_mandate"):
            self.mandate_is(self.objects[method["_mandate"]], "inactive")

    def debit(self, intent, method):
        """A confirmed intent that the payer's bank has from now on."""
        if intent["currency"] != "eur":
            raise invalid("payment_intent_invalid_parameter", "Payments with sepa_debit support the following currencies: eur.",
                          "currency")
        mandate = self.objects.get(method.get("_mandate"))
        if not mandate or mandate["status"] != "active":
            intent["status"] = "requires_confirmation"
            raise Refused(400, {"type": "invalid_request_error", "payment_intent": copy.deepcopy(intent), "message":
                                "This PaymentIntent requires a mandate, but no existing mandate was found. Collect mandate acceptance"
                                " from the customer and try again, providing acceptance data in the mandate_data parameter."})
        charge = self.charge(intent, method, status="pending", paid=False, captured=True, amount_captured=intent["amount"])
        charge["payment_method_details"]["sepa_debit"]["mandate"] = mandate["id"]
        intent["status"] = "processing"
        self.say("charge.pending", charge)
        self.say("payment_intent.processing", intent)
        way = DEBIT.fullmatch(method["_name"])[1]
        if way in BANK_SAYS:
            threading.Timer(self.later * 4, self.debit_end, [intent["id"], BANK_SAYS[way]]).start()

    def debit_end(self, ident, code=None):
        """The bank has paid, or says why it does not."""
        with self.lock:
            intent = self.get(ident, "payment_intent")
            if intent["status"] != "processing":
                raise invalid("payment_intent_unexpected_state", "The bank has spoken already.")
            charge, method = self.get(intent["latest_charge"], "charge"), self.get(intent["payment_method"], "payment_method")
            if code:
                back = self.booking(-charge["amount"], charge["currency"], FAILURE_FEE, "payment_failure_refund", charge["id"], "charge_failure")
                charge.update(status="failed", failure_code=code, failure_message="The bank could not be debited.",
                              failure_balance_transaction=back["id"])
                intent.update(status="requires_payment_method", payment_method=None, last_payment_error={
                    "type": "invalid_request_error", "code": "payment_intent_payment_attempt_failed", "charge": charge["id"],
                    "message": "The payment failed.", "payment_method": copy.deepcopy(method)})
                if code in ENDS_MANDATE:
                    self.mandate_end(method)
                self.say("charge.failed", charge)
                self.say("payment_intent.payment_failed", intent)
            else:
                charge.update(status="succeeded", paid=True)
                intent.update(status="succeeded", amount_received=intent["amount"])
                if intent["setup_future_usage"] and intent["customer"]:
                    method["customer"] = intent["customer"]
                self.say("charge.succeeded", charge)
                self.say("payment_intent.succeeded", intent)
                threading.Timer(self.later, self.settle, [charge]).start()
                if method["_name"].startswith("pm_disputed"):
                    threading.Timer(self.later * 2, self.dispute, [charge["id"], "debit_not_authorized"]).start()
            for session in self.all("checkout.session"):
                if session["payment_intent"] == intent["id"]:
                    session["payment_status"] = "unpaid" if code else "paid"
                    self.say("checkout.session.async_payment_" + ("failed" if code else "succeeded"), session)
            return intent

    def charge(self, intent, method, **facts):
        charge = self.new("ch", "charge", amount=intent["amount"], currency=intent["currency"], amount_refunded=0, disputed=False,
                          refunded=False, balance_transaction=None, failure_balance_transaction=None, payment_intent=intent["id"], payment_method=method["id"],
                          customer=intent["customer"], metadata=dict(intent["metadata"]), description=intent["description"],
                          payment_method_details={"type": method["type"], method["type"]: {}},
                          **{"failure_code": None, "failure_message": None, **facts})
        intent["latest_charge"] = charge["id"]
        return charge

    def confirm(self, intent, method):
        """A confirmed intent's charge. Raises Refused (402) when the card is declined."""
        intent["payment_method"] = method["id"]
        if method["type"] == "sepa_debit":
            return self.debit(intent, method)
        name = method["_name"]
        declined = DECLINES.get(name)
        if declined and declined[0] == "authentication_required" and not intent["_off_session"]:
            declined = ("payment_intent_action_required", None)
        charge = self.charge(intent, method, captured=not declined, amount_captured=0 if declined else intent["amount"],
                             paid=not declined, status="failed" if declined else "succeeded",
                             failure_code=declined[0] if declined else None)
        if declined:
            error = {"type": "card_error", "code": declined[0], "charge": charge["id"],
                     "message": "Your card was declined.", **({"decline_code": declined[1]} if declined[1] else {})}
            intent["status"] = "requires_payment_method"
            intent["last_payment_error"] = {**error, "payment_method": copy.deepcopy(method)}
            intent["payment_method"] = None
            self.say("charge.failed", charge)
            self.say("payment_intent.payment_failed", intent)
            raise Refused(402, {**error, "payment_intent": copy.deepcopy(intent), "payment_method": copy.deepcopy(method),
                                "doc_url": f"https://stripe.com/docs/error-codes/{error['code']}"})
        intent["status"], intent["amount_received"] = "succeeded", intent["amount"]
        if intent["setup_future_usage"] and intent["customer"]:
            method["customer"] = intent["customer"]
        self.say("charge.succeeded", charge)
        self.say("payment_intent.succeeded", intent)
        threading.Timer(self.later, self.settle, [charge]).start()
        if name == "pm_card_createDispute":
            threading.Timer(self.later * 2, self.dispute, [charge["id"]]).start()

    def payment_intent_create(self, params):
        self.check_amount(params["amount"], params["currency"])
        off_session = params.get("off_session", False)
        if (off_session or params.get("error_on_requires_action")) and not params.get("confirm"):
            raise invalid("parameter_invalid", "off_session and error_on_requires_action go with confirm=true")
        if "customer" in params:
            self.get(params["customer"], "customer")
        automatic = params.get("automatic_payment_methods")
        if automatic and "payment_method_types" in params:
            raise invalid("parameter_invalid", "automatic_payment_methods and payment_method_types exclude each other")
        if params.get("confirm") and "return_url" not in params and automatic and automatic["enabled"] \
                and automatic.get("allow_redirects") != "never":
            raise invalid("parameter_missing", "return_url must be given, or allow_redirects=never", "return_url")
        method = self.method(params["payment_method"]) if "payment_method" in params else None
        if method and method["customer"] and method["customer"] != params.get("customer"):
            raise invalid("payment_method_customer_mismatch", "The method belongs to a customer who must be named.")
        intent = self.new("pi", "payment_intent", amount=params["amount"], amount_received=0, currency=params["currency"],
                          customer=params.get("customer"), description=params.get("description"), latest_charge=None,
                          last_payment_error=None, metadata=params.get("metadata", {}), payment_method=None,
                          payment_method_types=params.get("payment_method_types", ["card"]), cancellation_reason=None,
                          setup_future_usage=params.get("setup_future_usage"), status="requires_payment_method",
                          statement_descriptor_suffix=params.get("statement_descriptor_suffix"), capture_method="automatic_async",
                          _off_session=bool(off_session))
        intent["client_secret"] = intent["id"] + "_secret_" + secrets.token_hex(6)
        self.say("payment_intent.created", intent)
        if params.get("confirm"):
            if not method:
                raise invalid("payment_intent_unexpected_state", "A method is needed to confirm.", "payment_method")
            self.confirm(intent, method)
        elif method:
            intent["payment_method"], intent["status"] = method["id"], "requires_confirmation"
        return intent

    def setup_intent_create(self, params):
        if "customer" in params:
            self.get(params["customer"], "customer")
        method = self.method(params["payment_method"]) if "payment_method" in params else None
        made = self.new("seti", "setup_intent", customer=params.get("customer"), metadata=params.get("metadata", {}),
                        payment_method=method["id"] if method else None, usage=params.get("usage", "off_session"),
                        status="requires_payment_method", last_setup_error=None, mandate=None)
        self.say("setup_intent.created", made)
        if not params.get("confirm"):
            return made
        if not method:
            raise invalid("setup_intent_unexpected_state", "A method is needed to confirm.", "payment_method")
        code = DECLINES.get(method["_name"])
        if code and code[0] != "authentication_required":
            error = {"type": "card_error", "code": code[0], "decline_code": code[1], "message": "Your card was declined."}
            made["last_setup_error"], made["payment_method"] = error, None
            self.say("setup_intent.setup_failed", made)
            raise Refused(402, {**error, "setup_intent": copy.deepcopy(made)})
        made["status"] = "requires_action" if code else "succeeded"
        if method["type"] == "sepa_debit":
            if not (params.get("mandate_data") or params.get("_on_page")):
                raise invalid("parameter_missing", "mandate_data is required to set up a sepa_debit.", "mandate_data")
            made["mandate"] = self.mandate(method)["id"]
        if not code:
            method["customer"] = params.get("customer")
            self.say("setup_intent.succeeded", made)
        return made

    # ---- checkout ----

    def session_create(self, params, base):
        mode = params.get("mode", "payment")
        if "success_url" not in params:
            raise invalid("parameter_missing", "Missing required param: success_url.", "success_url")
        if mode == "payment" and not params.get("line_items"):
            raise invalid("parameter_missing", "Missing required param: line_items.", "line_items")
        now = int(time.time())
        if not now + 1800 <= params.get("expires_at", now + 1800) <= now + 86400 + 60:
            raise invalid("parameter_invalid", "expires_at must be between 30 minutes and 24 hours from now", "expires_at")
        if "customer" in params and ("customer_email" in params or "customer_creation" in params):
            raise invalid("parameter_invalid", "customer excludes customer_email and customer_creation", "customer")
        total = sum(item["price_data"]["unit_amount"] * item.get("quantity", 1) for item in params.get("line_items", []))
        currency = params["line_items"][0]["price_data"]["currency"] if mode == "payment" else None
        if mode == "payment":
            self.check_amount(total, currency)
        made = self.new("cs_test", "checkout.session", mode=mode, status="open", payment_status="unpaid", currency=currency,
                        amount_total=total, customer=params.get("customer"), payment_intent=None, setup_intent=None,
                        client_reference_id=params.get("client_reference_id"), metadata=params.get("metadata", {}),
                        expires_at=params.get("expires_at", now + 86400), success_url=params["success_url"],
                        cancel_url=params.get("cancel_url"), customer_email=params.get("customer_email"), _params=params)
        made["url"] = f"{base}/c/pay/{made['id']}"
        return made

    def session_complete(self, ident, name):
        """The payer has typed a card into the page. Returns where the browser is sent."""
        session = self.get(ident, "checkout.session")
        if session["status"] != "open":
            raise invalid("checkout_session_closed", "This session is over.")
        params, method = session["_params"], self.method(name)
        if not session["customer"] and (params.get("customer_creation") == "always" or session["mode"] == "setup"):
            session["customer"] = self.customer_create({"email": params.get("customer_email")})["id"]
        if session["mode"] == "setup":
            made = self.setup_intent_create({"customer": session["customer"], "payment_method": method["id"], "confirm": True,
                                             "_on_page": True, **params.get("setup_intent_data", {})})
            session["setup_intent"], session["payment_status"] = made["id"], "no_payment_required"
        else:
            data = params.get("payment_intent_data", {})
            if session["payment_intent"]:
                intent = self.get(session["payment_intent"], "payment_intent")
            else:
                intent = self.payment_intent_create({
                    "amount": session["amount_total"], "currency": session["currency"],
                    **({"customer": session["customer"]} if session["customer"] else {}),
                    **{key: data[key] for key in ("metadata", "description", "setup_future_usage") if key in data}})
                session["payment_intent"] = intent["id"]
            if method["type"] == "sepa_debit":
                self.mandate(method)
            self.confirm(intent, method)
            session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"
        session["status"] = "complete"
        self.say("checkout.session.completed", session)
        return session["success_url"]

    def session_expire(self, ident):
        session = self.get(ident, "checkout.session")
        if session["status"] != "open":
            raise invalid("checkout_session_not_open", "Only open sessions can be expired.")
        session["status"] = "expired"
        self.say("checkout.session.expired", session)
        return session

    # ---- money back ----

    def refund_create(self, params):
        if "payment_intent" in params:
            intent = self.get(params["payment_intent"], "payment_intent")
            if intent["status"] != "succeeded":
                raise invalid("payment_intent_unexpected_state", "This PaymentIntent has no successful charge.")
            charge = self.get(intent["latest_charge"], "charge")
        elif "charge" in params:
            charge = self.get(params["charge"], "charge")
        else:
            raise invalid("parameter_missing", "One of the following params should be provided: payment_intent, charge.")
        left = charge["amount_captured"] - charge["amount_refunded"]
        amount = params.get("amount", left)
        if charge["disputed"]:
            raise invalid("charge_disputed", "The charge has been charged back.")
        if left == 0:
            raise invalid("charge_already_refunded", f"Charge {charge['id']} has already been refunded.")
        if amount > left:
            raise invalid("parameter_invalid_integer", "Refund amount is greater than unrefunded amount on charge", "amount")
        if charge["currency"] in THREE_DECIMAL and amount % 10:
            raise invalid("invalid_request_error", "amounts must end in 0", "amount")
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        txn = self.booking(-amount, charge["currency"], self.refund_fee, "refund", charge["id"], "refund")
        made = self.new("re", "refund", amount=amount, charge=charge["id"], currency=charge["currency"],
                        payment_intent=charge["payment_intent"], metadata=params.get("metadata", {}), status="succeeded",
                        reason=params.get("reason"), balance_transaction=txn["id"], failure_balance_transaction=None,
                        failure_reason=None)
        self.say("refund.created", made)
        self.say("charge.refunded", charge)
        return made

    def refund_fail(self, ident):
        """The bank sends a refund back, days later."""
        refund = self.get(ident, "refund")
        charge = self.get(refund["charge"], "charge")
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        back = self.booking(refund["amount"], charge["currency"], 0, "refund_failure", refund["id"], "refund_failure")
        refund.update(status="failed", failure_reason="expired_or_canceled_card", failure_balance_transaction=back["id"])
        self.say("refund.failed", refund)
        return refund

    def dispute(self, ident, reason="fraudulent", warning=False):
        with self.lock:
            charge = self.get(ident, "charge")
            final = charge["payment_method_details"]["type"] == "sepa_debit"  # the bank has taken it back, and nobody is asked
            made = self.new("dp", "dispute", amount=charge["amount"], charge=charge["id"], currency=charge["currency"],
                            payment_intent=charge["payment_intent"], reason=reason, metadata={}, balance_transactions=[],
                            is_charge_refundable=False, evidence={}, enhanced_eligibility_types=[],
                            evidence_details={"due_by": int(time.time()) + 7 * 86400, "has_evidence": False,
                                              "past_due": False, "submission_count": 0},
                            status="warning_needs_response" if warning else "lost" if final else "needs_response")
            if not warning:
                charge["disputed"] = True
                self.dispute_funds(made, -charge["amount"], DISPUTE_FEE)
            self.say("charge.dispute.created", made)
            if not warning:
                self.say("charge.dispute.funds_withdrawn", made)
            if final:
                self.mandate_end(self.get(charge["payment_method"], "payment_method"))
                self.say("charge.dispute.closed", made)
            return made

    def dispute_funds(self, dispute, amount, fee):
        made = self.booking(amount, dispute["currency"], fee, "adjustment", dispute["id"], "dispute" if amount < 0 else "dispute_reversal")
        dispute["balance_transactions"].append(copy.deepcopy(made))

    def dispute_close(self, ident, status, fee_returned=True):
        dispute = self.get(ident, "dispute")
        dispute["status"] = status
        if status == "won":
            self.get(dispute["charge"], "charge")["disputed"] = False
            self.dispute_funds(dispute, dispute["amount"], -DISPUTE_FEE if fee_returned else 0)
            self.say("charge.dispute.funds_reinstated", dispute)
        self.say("charge.dispute.closed", dispute)
        return dispute
