"""A payer: somebody with a pay link and a browser without script; and Stripe's page, as far as they see it."""
import html
import re
import urllib.parse

from .wait import PATIENCE, wait_for

FORM = "application/x-www-form-urlencoded"


class Payer:
    """Somebody with a link and a browser without script."""

    def __init__(self, product, url):
        self.client = product.client()
        self.path = urllib.parse.urlsplit(url).path

    def look(self, path=None, status=200):
        answer = self.client.get(path or self.path).expect(status)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        self.page = answer.body.decode()
        self.text = " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", self.page, flags=re.S)).split())
        return answer

    def nonce(self):
        found = re.search(r'name="nonce" value="([^"]+)"', self.page)
        return found and found.group(1)

    def send(self, **form):
        return self.client.request("POST", self.path, urllib.parse.urlencode(form).encode(), media=FORM)

    def pay(self, method="sandbox_ok", **form):
        self.look()
        return self.send(nonce=self.nonce(), payment_method=method, **form).expect(303)


def link(api, document):
    return api.post(f"/v1/invoices/{document['id']}/pay_link").expect(200).json


def begin(payer, **form):
    """The payer asks to pay on the processor's page; the page leads them there as soon as it is."""
    payer.look()
    answer = payer.send(nonce=payer.nonce(), **form).expect(303)
    assert answer.headers["Location"] == payer.path + "?go"


def there(payer, seconds=PATIENCE):
    """The address of the processor's page, once the payer is led there; who has less patience goes away."""
    def led():
        answer = payer.client.get(payer.path + "?go").expect(200, 303)
        return answer.headers["Location"] if answer.status == 303 else None

    return wait_for(led, seconds, "the page of the processor", every=0.1, patience=seconds)


def session_of(url):
    return url.rsplit("/", 1)[1]


def complete(stripe, url, method="pm_card_visa"):
    """The payer types a card in; where the page leads back to."""
    return stripe.control("/checkout/complete", session=session_of(url), payment_method=method)["location"]
