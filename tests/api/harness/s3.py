"""The stand-in for S3 (tests/stand-in/s3) as tests see it, and how programs are told of it."""
import base64

from .standin import StandIn

BUCKET, REGION = "documents", "eu-test-1"
ACCESS_KEY, SECRET_KEY = "AKIASTANDIN", "standin/secret+key"


class S3(StandIn):
    name = "s3"

    def tamper(self, key, content):
        self.control("/object", key=key, bytes=base64.b64encode(content).decode())

    def settings(self, secret_file, prefix="billfold"):
        """Lines of billfold.conf by which programs keep documents here."""
        return (f'store_url = "s3+{self.url}/{BUCKET}/{prefix}"\nstore_region = "{REGION}"\n'
                f'store_access_key = "{ACCESS_KEY}"\nstore_secret_file = "{secret_file}"')
