"""A real pipeline of 8,800 opportunities becomes 4,238 invoices, and a second run doubles nothing."""
import pytest

from crm_sample import DATA, Sample

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the sample data are not there: {DATA}")


def test_a_real_pipeline_becomes_invoices_once(new_tenant):
    tenant = new_tenant("sample")
    sample = Sample(tenant.program())
    books = sample.run()
    assert books["invoices"] == books["deals_invoiced"] == 4238
    assert books["net"] == 1_000_553_400
    assert books["deals"] == {"won": 4238, "lost": 2473, "open": 2089}
    assert books["billing"]["invoiced"] == 4238 and books["billing"]["pending"] == books["billing"]["draft"] == 0
    assert sample.without_account == 1425
    accounts = books["trial_balance"]["accounts"]
    assert accounts and sum(a["debit"] for a in accounts) == sum(a["credit"] for a in accounts) > 0

    again = Sample(tenant.program()).run()
    assert {key: again[key] for key in ("invoices", "net", "deals", "billing")} == \
        {key: books[key] for key in ("invoices", "net", "deals", "billing")}
