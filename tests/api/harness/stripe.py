"""The stand-in for Stripe (tests/stand-in/stripe) as tests see it: started, told how to fail, asked what it knows."""
import json
import pathlib
import subprocess
import urllib.request

SERVER = pathlib.Path(__file__).resolve().parents[2] / "stand-in" / "stripe" / "server.py"
API_KEY = "sk_test_standin"
VERSION = "2026-07-29.dahlia"


class Stripe:
    def start(self):
        self.process = subprocess.Popen([str(SERVER)], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the stand-in for Stripe does not start")
        return self

    def stop(self):
        self.process.kill()
        self.process.wait()

    def control(self, path, **given):
        request = urllib.request.Request(self.url + "/_standin" + path, data=json.dumps(given).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def fail(self, *rules):
        """Faults to come (stand-in/stripe/script.py); none: all is well again."""
        self.control("/script", rules=list(rules))

    def state(self):
        return self.control("/state")

    def objects(self, kind):
        return self.state()["objects"][kind]
