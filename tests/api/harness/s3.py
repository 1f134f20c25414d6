"""The stand-in for S3 (tests/stand-in/s3) as tests see it: started, told how to fail, asked what it knows."""
import base64
import json
import pathlib
import subprocess
import urllib.request

SERVER = pathlib.Path(__file__).resolve().parents[2] / "stand-in" / "s3" / "server.py"
BUCKET, REGION = "documents", "eu-test-1"
ACCESS_KEY, SECRET_KEY = "AKIASTANDIN", "standin/secret+key"


class S3:
    def start(self):
        self.process = subprocess.Popen([str(SERVER)], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the stand-in for S3 does not start")
        return self

    def stop(self):
        self.process.kill()
        self.process.wait()

    def control(self, path, **given):
        request = urllib.request.Request(self.url + "/_standin" + path, data=json.dumps(given).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def fail(self, *rules):
        """Faults to come (stand-in/s3/script.py); none: all is well again."""
        self.control("/script", rules=list(rules))

    def state(self):
        return self.control("/state")

    def tamper(self, key, content):
        self.control("/object", key=key, bytes=base64.b64encode(content).decode())

    def settings(self, secret_file, prefix="billfold"):
        """Lines of billfold.conf by which programs keep documents here."""
        return (f'store_url = "s3+{self.url}/{BUCKET}/{prefix}"\nstore_region = "{REGION}"\n'
                f'store_access_key = "{ACCESS_KEY}"\nstore_secret_file = "{secret_file}"')
