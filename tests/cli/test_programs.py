"""The programs, as a service manager starts them: what cannot work as it is configured says so once, and ends with 78."""
import re
import subprocess

import pytest

CONFIG = 78


@pytest.mark.parametrize("program, key, value, words", [
    ("billfold-invoiced", "secret_file", "/nonexistent/secret", "/nonexistent/secret"),
    ("billfold-paymentd", "secret_file", "/nonexistent/secret", "/nonexistent/secret"),
    ("billfold-paymentd", "stripe_url", "http://stripe.example", "stripe_url"),
    ("billfold-maild", "secret_file", "/nonexistent/secret", "/nonexistent/secret"),
    ("billfold-maild", "mail_from", "nobody", "mail_from"),
    ("billfold-maild", "store_url", "ftp://elsewhere", "store_url")])
def test_a_configuration_that_cannot_be_served_ends_with_78(product, program, key, value, words):
    """Another try would be refused alike: a service manager that starts it again and again hides that."""
    conf = product.home / "etc" / f"{program}-{key}.conf"
    lines = (product.home / "etc" / "billfold.conf").read_text().splitlines()
    # Its page would want the address of the one that runs.
    kept = [line for line in lines if not re.match(rf"{key}\b|\w+_metrics\b", line)]
    conf.write_text("\n".join([*kept, f'{key} = "{value}"']) + "\n")
    argv = [str(product.app / "sbin" / program) if word.endswith("bin/billfold") else word for word in product.argv()]
    argv[argv.index("-c") + 1] = str(conf)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    assert done.returncode == CONFIG and words in done.stderr
